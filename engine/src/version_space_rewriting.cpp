#include "version_space_rewriting.hpp"

#include <algorithm>

#include "abstraction_terms.hpp"

namespace wakesleep {

using Tag = VersionSpaceTable::Tag;

SpaceRewriter::SpaceRewriter(VersionSpaceTable& table, const std::vector<Space>& spaces,
                             std::vector<Replacement> replacements)
    : table_(table), replacements_(std::move(replacements)) {
    if (spaces.empty()) return;
    costs_.resize(static_cast<std::size_t>(spaces.back()) + 1);
    for (const Space space : spaces) {
        const VersionSpaceTable::Node& node = table_[space];
        Costs costs{without_call(node, &Costs::function), without_call(node, &Costs::argument)};
        if (const Replacement* found = replacement(space)) {
            costs.function = std::min(costs.function, found->cost);
            costs.argument = std::min(costs.argument, found->cost);
        }
        costs_[static_cast<std::size_t>(space)] = costs;
    }
}

/// The cheapest call that may stand for `space`. Not asked of unions: their alternatives answer.
const SpaceRewriter::Replacement* SpaceRewriter::replacement(Space space) const {
    const Tag tag = table_[space].tag;
    if (tag != Tag::application && tag != Tag::abstraction) return nullptr;
    const Replacement* best = nullptr;
    for (const Replacement& one : replacements_)
        if ((!best || one.cost < best->cost) && table_.intersects(one.member, space)) best = &one;
    return best;
}

std::int32_t SpaceRewriter::without_call(const VersionSpaceTable::Node& node, std::int32_t Costs::*position) const {
    const auto of = [this](Space space) -> const Costs& { return costs_[static_cast<std::size_t>(space)]; };
    std::int32_t cost = no_cost;
    switch (node.tag) {
        case Tag::void_space:
        case Tag::universe: break;
        case Tag::index:
        case Tag::leaf: cost = leaf_cost; break;
        case Tag::abstraction:
            if (position == &Costs::argument && of(node.first).argument != no_cost)
                cost = of(node.first).argument + node_cost;
            break;
        case Tag::application:
            if (of(node.first).function != no_cost && of(node.second).argument != no_cost)
                cost = of(node.first).function + of(node.second).argument + node_cost;
            break;
        case Tag::alternatives:
            for (std::int32_t i = 0; i < node.second; ++i)
                cost = std::min(cost, of(table_.alternative(node, i)).*position);
            break;
    }
    return cost;
}

Term SpaceRewriter::extract(Space space, std::int32_t Costs::*position) {
    auto& known = extracted_[position == &Costs::argument];
    if (const auto found = known.find(space); found != known.end()) return found->second;
    const VersionSpaceTable::Node node = table_[space];
    const std::int32_t cost = costs_[static_cast<std::size_t>(space)].*position;
    Term term;
    if (cost < without_call(node, position)) {
        term = replacement(space)->call;
    } else {
        switch (node.tag) {
            case Tag::void_space:
            case Tag::universe: throw EngineError("the version space has no cheapest member");
            case Tag::index: term = Term::index_of(node.first); break;
            case Tag::leaf: term = table_.leaf_term(node.first); break;
            case Tag::abstraction: term = Term::lambda(extract(node.first, &Costs::argument)); break;
            case Tag::application: {
                const Term function = extract(node.first, &Costs::function);
                term = Term::apply(function, extract(node.second, &Costs::argument));
                break;
            }
            case Tag::alternatives:
                for (std::int32_t i = 0; i < node.second && !term; ++i)
                    if (costs_[static_cast<std::size_t>(table_.alternative(node, i))].*position == cost)
                        term = extract(table_.alternative(node, i), position);
                break;
        }
    }
    return known[space] = term;
}

}  // namespace wakesleep
