#include "version_space.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_set>

#include "error.hpp"

namespace wakesleep {

using Tag = VersionSpaceTable::Tag;

namespace {

constexpr int max_inversion_steps = 100;
constexpr std::size_t max_listed = 20'000'000;  // terms held while members are listed, about 160 MB

}  // namespace

VersionSpaces::VersionSpaces(std::int64_t max_nodes, bool inline_abstractions)
    : table_(static_cast<std::size_t>(std::clamp<std::int64_t>(max_nodes, 2, std::numeric_limits<Space>::max()))),
      inversion_(table_, inline_abstractions) {}

Space VersionSpaces::incorporate(Term term) {
    std::lock_guard lock(mutex_);
    return table_.read(term);
}

Space VersionSpaces::inverse_beta(Space space, int steps) {
    std::lock_guard lock(mutex_);
    table_.check(space);
    if (steps < 0 || steps > max_inversion_steps)
        throw EngineError("inversion steps must lie between 0 and " + std::to_string(max_inversion_steps));
    return inversion_.closure(space, steps);
}

Space VersionSpaces::unite(Space a, Space b) {
    std::lock_guard lock(mutex_);
    table_.check(a);
    table_.check(b);
    return table_.alternatives({a, b});
}

Space VersionSpaces::intersect(Space a, Space b) {
    std::lock_guard lock(mutex_);
    table_.check(a);
    table_.check(b);
    return table_.intersection(a, b);
}

std::int64_t VersionSpaces::nodes() {
    std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(table_.size());
}

double VersionSpaces::size(Space space) {
    std::lock_guard lock(mutex_);
    table_.check(space);
    std::unordered_map<Space, double> known;
    return count(space, known);
}

double VersionSpaces::count(Space space, std::unordered_map<Space, double>& known) {
    if (const auto found = known.find(space); found != known.end()) return found->second;
    const VersionSpaceTable::Node node = table_[space];
    double result = 1.0;
    switch (node.tag) {
        case Tag::void_space: result = 0.0; break;
        case Tag::universe: result = std::numeric_limits<double>::infinity(); break;
        case Tag::alternatives:
            result = 0.0;
            for (std::int32_t i = 0; i < node.second; ++i) result += count(table_.alternative(node, i), known);
            break;
        case Tag::application: result = count(node.first, known) * count(node.second, known); break;
        case Tag::abstraction: result = count(node.first, known); break;
        case Tag::index:
        case Tag::leaf: break;
    }
    return known[space] = result;
}

std::vector<Term> VersionSpaces::members(Space space, std::int64_t limit) {
    std::lock_guard lock(mutex_);
    table_.check(space);
    if (limit <= 0) return {};
    std::unordered_map<Space, std::vector<Term>> known;
    std::size_t stored = 0;
    return list(space, static_cast<std::size_t>(limit), known, stored);
}

/// Cut lists of the parts suffice: a cut part alone already gives as many members as are wanted.
const std::vector<Term>& VersionSpaces::list(Space space, std::size_t limit,
                                             std::unordered_map<Space, std::vector<Term>>& known,
                                             std::size_t& stored) {
    if (const auto found = known.find(space); found != known.end()) return found->second;
    const VersionSpaceTable::Node node = table_[space];
    std::vector<Term> result;
    switch (node.tag) {
        case Tag::void_space: break;
        case Tag::universe: throw EngineError("the universe of all terms can't be listed");
        case Tag::index: result.push_back(Term::index_of(node.first)); break;
        case Tag::leaf: result.push_back(table_.leaf_term(node.first)); break;
        case Tag::abstraction:
            for (const Term body : list(node.first, limit, known, stored)) result.push_back(Term::lambda(body));
            break;
        case Tag::application: {
            const auto& functions = list(node.first, limit, known, stored);
            const auto& arguments = list(node.second, limit, known, stored);
            for (const Term function : functions)
                for (const Term argument : arguments) {
                    if (result.size() >= limit) break;
                    result.push_back(Term::apply(function, argument));
                }
            break;
        }
        case Tag::alternatives: {
            std::unordered_set<Term> seen;
            for (std::int32_t i = 0; i < node.second && result.size() < limit; ++i)
                for (const Term member : list(table_.alternative(node, i), limit, known, stored))
                    if (result.size() < limit && seen.insert(member).second) result.push_back(member);
            break;
        }
    }
    stored += result.size();
    if (stored > max_listed) throw EngineError("too many members to list; ask for fewer");
    return known[space] = std::move(result);
}

Term VersionSpaces::minimal(Space space, const NodeCost& cost) {
    std::lock_guard lock(mutex_);
    table_.check(space);
    std::unordered_map<Space, Cheapest> known;
    const Cheapest best = cheapest(space, cost, known);
    if (!best.term) throw EngineError("the version space has no cheapest member: it is empty or holds every term");
    return best.term;
}

VersionSpaces::Cheapest VersionSpaces::cheapest(Space space, const NodeCost& cost,
                                                std::unordered_map<Space, Cheapest>& known) {
    if (const auto found = known.find(space); found != known.end()) return found->second;
    const VersionSpaceTable::Node node = table_[space];
    Cheapest best{std::numeric_limits<double>::infinity(), {}};
    switch (node.tag) {
        case Tag::void_space:
        case Tag::universe: break;
        case Tag::index: best = {cost.leaf, Term::index_of(node.first)}; break;
        case Tag::leaf: best = {cost.leaf, table_.leaf_term(node.first)}; break;
        case Tag::abstraction:
            if (const Cheapest body = cheapest(node.first, cost, known); body.term)
                best = {cost.lambda + body.cost, Term::lambda(body.term)};
            break;
        case Tag::application: {
            const Cheapest function = cheapest(node.first, cost, known);
            const Cheapest argument = cheapest(node.second, cost, known);
            if (function.term && argument.term)
                best = {cost.application + function.cost + argument.cost, Term::apply(function.term, argument.term)};
            break;
        }
        case Tag::alternatives:
            for (std::int32_t i = 0; i < node.second; ++i)
                if (const Cheapest member = cheapest(table_.alternative(node, i), cost, known);
                    member.term && (!best.term || member.cost < best.cost))
                    best = member;
            break;
    }
    return known[space] = best;
}

}  // namespace wakesleep
