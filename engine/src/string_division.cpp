#include "string_division.hpp"

#include <bit>
#include <limits>
#include <unordered_set>

namespace wakesleep {

namespace {

/// Conditions within conditions.
constexpr int max_depth = 4;

}  // namespace

std::optional<Explained> StringDivider::explain(int nonterminal, ExampleSet examples, double bound) {
    const auto whole = plain(nonterminal, examples);
    if (whole && whole->nats < bound) bound = whole->nats;
    const auto parts = divided(nonterminal, examples, bound, 1);
    if (parts) return parts;
    return whole && whole->nats <= bound ? whole : std::nullopt;
}

std::optional<Explained> StringDivider::plain(int nonterminal, ExampleSet examples) {
    const auto known = plain_.find({nonterminal, examples});
    if (known != plain_.end()) return known->second;
    const auto found = explainer_.explain(nonterminal, examples, std::numeric_limits<double>::infinity());
    plain_.emplace(std::pair(nonterminal, examples), found);
    return found;
}

/// A condition for each way to divide the examples, cheapest first.
std::vector<StringDivider::Condition> StringDivider::conditions(int nonterminal, ExampleSet examples) {
    std::vector<Condition> found;
    std::unordered_set<ExampleSet> seen;
    for (std::size_t entry = 0; entry < bank_.entries(nonterminal).size(); ++entry) {
        const Word* values = bank_.values(nonterminal, entry);
        ExampleSet holds = 0;
        for (std::size_t i = 0; i < bank_.examples(); ++i) holds |= ExampleSet(values[i] != 0) << i;
        holds &= examples;
        if (holds == 0 || holds == examples || !seen.insert(holds).second) continue;
        const StringBank::Entry& kept = bank_.entries(nonterminal)[entry];
        found.push_back({kept.nats, kept.expression, holds});
    }
    return found;
}

/// One part is explained by one expression, the other may be divided further.
std::optional<Explained> StringDivider::divided(int nonterminal, ExampleSet examples, double bound, int depth) {
    std::optional<Explained> best;
    if (depth > max_depth || std::popcount(examples) < 2) return best;
    for (std::size_t number = 0; number < grammar_.rules.size(); ++number) {
        const StringRule& rule = grammar_.rules[number];
        if (rule.operation != Operation::if_ || rule.nonterminal != nonterminal) continue;
        for (const Condition& condition : conditions(rule.arguments[0], examples)) {
            if (interrupted_()) return best;
            const double before = rule.nats + condition.nats;
            if (before >= bound) break;
            const ExampleSet parts[] = {condition.holds, examples & ~condition.holds};
            std::array<std::optional<Explained>, 2> explained;
            for (int part = 0; part < 2; ++part) explained[part] = plain(rule.arguments[part + 1], parts[part]);
            for (int part = 0; part < 2; ++part) {  // whichever is plain: the other might be cheaper in parts
                const int other = 1 - part;
                if (!explained[part] || before + explained[part]->nats >= bound) continue;
                if (explained[other]) continue;
                explained[other] = divided(rule.arguments[other + 1], parts[other], bound - before - explained[part]->nats, depth + 1);
            }
            if (!explained[0] || !explained[1]) continue;
            const double nats = before + explained[0]->nats + explained[1]->nats;
            if (nats >= bound) continue;
            bound = nats;
            best = Explained{nats, bank_.express({static_cast<int>(number),
                                                  {condition.expression, explained[0]->expression, explained[1]->expression}})};
        }
    }
    return best;
}

}  // namespace wakesleep
