// Explanations of towers as the text of programs, and the calls that an explanation may use.
#include <algorithm>

#include "tower_explanation.hpp"

namespace wakesleep {

std::string TowerExplainer::text(const TowerStep& of, int index) const {
    return text(of.body, of.lead, of.tail, index, inner_);
}

std::string TowerExplainer::text(int last, Form lead, Form tail, int index, const Level& level) const {
    std::vector<int> chain;
    for (int each = last; each >= 0; each = steps_[static_cast<std::size_t>(each)].previous) chain.push_back(each);
    int open = 0;
    std::string written;
    for (auto each = chain.rbegin(); each != chain.rend(); ++each, ++open) {
        const TowerStep& step = steps_[static_cast<std::size_t>(*each)];
        written += level.moves.open(each == chain.rbegin() ? lead + step.move : step.move, index, open);
        switch (step.kind) {
            case TowerStep::Kind::block: written += step.shape == 0 ? "(1x3 " : "(3x1 "; break;
            case TowerStep::Kind::loop:
                written += "(tower_loopM " + level.integers.text(step.count, index) + " (lambda (lambda " +
                           text(step, step.indexed ? 1 : -1) + ")) ";
                break;
            case TowerStep::Kind::embed: written += "(tower_embed (lambda " + text(step, index + 1) + ") "; break;
            case TowerStep::Kind::call:
                written += opened(calls_[static_cast<std::size_t>(step.call)], step.integers, level.integers, index);
                break;
        }
    }
    written += level.moves.open(tail, index, open) + "$0";
    return written + std::string(static_cast<std::size_t>(open), ')');
}

std::string TowerExplainer::opened(const TowerCall& call, const std::vector<Form>& integers, const Integers& texts,
                                   int index) const {
    std::string written = "(" + call.head + " ";
    std::size_t next = 0;
    for (const auto& argument : call.arguments)
        written += (argument.text.empty() ? texts.text(integers[next++], index) : argument.text) + " ";
    return written;
}

double TowerExplainer::price_of(const TowerCall& call, const Integers& integers) const {
    double price = call.price;
    for (const auto& argument : call.arguments)
        if (argument.text.empty()) price += integers.price({argument.value, 0});
    return price;
}

std::vector<Leap> TowerExplainer::leaps(const Integers& integers) const {
    std::vector<Leap> found;
    for (const TowerCall& call : calls_) {
        if (!call.blocks.empty() || call.displacement == 0) continue;
        std::vector<Form> values;
        for (const auto& argument : call.arguments)
            if (argument.text.empty()) values.push_back({argument.value, 0});
        const double price = price_of(call, integers);
        if (price < unaffordable) found.push_back({call.displacement, price, opened(call, values, integers, -1)});
    }
    return found;
}

/// Which calls may come next at which block.
void TowerExplainer::match_calls() {
    matching_.resize(static_cast<std::size_t>(plan_.size()));
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        const TowerCall& call = calls_[i];
        std::vector<int> integers;
        for (const auto& argument : call.arguments)
            if (argument.text.empty()) integers.push_back(argument.value);
        by_integers_.try_emplace({call.family, integers}, static_cast<int>(i));
        const int length = static_cast<int>(call.blocks.size());
        if (length == 0) blockless_.push_back(static_cast<int>(i));
        for (int at = 0; length > 0 && at + length <= plan_.size(); ++at) {
            int fit = 0;
            while (fit < length) {
                const PlannedBlock& block = call.blocks[static_cast<std::size_t>(fit)];
                const int x = call.blocks.front().x + plan_.x(at + fit) - plan_.x(at);
                if (block.shape != plan_.shape(at + fit) || block.x != x) break;
                ++fit;
            }
            if (fit == length) matching_[static_cast<std::size_t>(at)].push_back(static_cast<int>(i));
        }
    }
}

}  // namespace wakesleep
