#include "abstraction_pattern.hpp"

#include <algorithm>
#include <string>

#include "abstraction_solving.hpp"

namespace wakesleep {

using Tag = Pattern::Tag;

std::int32_t Pattern::expand(std::int32_t at, Tag tag, int children) {
    const auto first = static_cast<std::int32_t>(nodes.size());
    nodes[static_cast<std::size_t>(at)] = {tag, 0, first, children > 1 ? first + 1 : 0};
    nodes.resize(nodes.size() + static_cast<std::size_t>(children));
    body_cost += node_cost;
    return first;
}

std::int32_t Pattern::reapply(std::int32_t at, std::int32_t parameter, int children, int hole_cost) {
    const auto first = static_cast<std::int32_t>(nodes.size());
    nodes[static_cast<std::size_t>(at)] = {Tag::reapplied, static_cast<std::uint8_t>(children), parameter, first};
    nodes.resize(nodes.size() + static_cast<std::size_t>(children));
    body_cost += children * node_cost + hole_cost;
    return first;
}

int Pattern::steps() const {
    int total = 0;
    for (const Parameter& parameter : parameters) total += parameter.steps;
    return total;
}

Pattern Pattern::reordered(Inversion& inversion, const std::vector<int>& order) const {
    Pattern result = *this;
    std::vector<std::int32_t> place(order.size());
    std::vector<TermId> leaves(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto parameter = static_cast<std::size_t>(order[i]);
        place[parameter] = static_cast<std::int32_t>(i);
        leaves[parameter] = inversion.parameter(static_cast<int>(i));
        result.parameters[i] = parameters[parameter];
    }
    for (Node& node : result.nodes) {
        if (node.tag == Tag::variable || node.tag == Tag::applied || node.tag == Tag::reapplied)
            node.first = place[static_cast<std::size_t>(node.first)];
        if (node.tag == Tag::applied) node.second = inversion.instance(node.second, leaves, 0);
    }
    return result;
}

namespace {

class Matcher {
  public:
    Matcher(const Pattern& pattern, TermTable& terms, Inversion& inversion, std::vector<TermId>& arguments)
        : pattern_(pattern), terms_(terms), inversion_(inversion), arguments_(arguments) {}

    bool matches(std::int32_t at, TermId term, int depth) {
        const Pattern::Node node = pattern_.nodes[static_cast<std::size_t>(at)];
        const TermTable::Node found = terms_[term];
        switch (node.tag) {
            case Tag::hole: return true;
            case Tag::index: return found.tag == TermTable::Tag::index && found.first == node.first;
            case Tag::leaf: return found.tag == TermTable::Tag::leaf && found.first == node.first;
            case Tag::lambda:
                return found.tag == TermTable::Tag::lambda && matches(node.first, found.first, depth + 1);
            case Tag::application:
                if (found.tag != TermTable::Tag::application) return false;
                if (pattern_.from_left)
                    return matches(node.first, found.first, depth) && matches(node.second, found.second, depth);
                return matches(node.second, found.second, depth) && matches(node.first, found.first, depth);
            case Tag::variable:
                return (found.free & indices_below(depth)) == 0 && bind(node.first, terms_.shift(term, -depth));
            case Tag::applied: {
                const int list = inversion_.instance(node.second, arguments_, depth);
                if (list < 0) return false;
                const TermId function = inversion_.function_of(term, list, depth);
                return function != no_term && bind(node.first, function);
            }
            case Tag::reapplied: {
                std::vector<TermId> given(static_cast<std::size_t>(node.children), no_term);
                const TermId function = arguments_[static_cast<std::size_t>(node.first)];
                if (function == no_term || !solve(terms_, function, term, depth, given)) return false;
                for (int i = 0; i < node.children; ++i) {
                    const int at_turn = pattern_.from_left ? i : node.children - 1 - i;
                    const TermId one = given[static_cast<std::size_t>(at_turn)];
                    if (one != no_term && !matches(node.second + at_turn, one, depth)) return false;
                }
                return true;
            }
        }
        return false;
    }

  private:
    bool bind(std::int32_t parameter, TermId argument) {
        TermId& bound = arguments_[static_cast<std::size_t>(parameter)];
        if (bound == no_term) bound = argument;
        return bound == argument;
    }

    const Pattern& pattern_;
    TermTable& terms_;
    Inversion& inversion_;
    std::vector<TermId>& arguments_;
};

class BodyBuilder {
  public:
    BodyBuilder(const Pattern& pattern, TermTable& terms, Inversion& inversion)
        : pattern_(pattern), terms_(terms), inversion_(inversion) {
        for (int i = 0; i < pattern.arity(); ++i) parameters_.push_back(parameter(i, 0));
    }

    TermId build(std::int32_t at, int depth) {
        const Pattern::Node node = pattern_.nodes[static_cast<std::size_t>(at)];
        switch (node.tag) {
            case Tag::hole: throw EngineError("the pattern has an open hole");
            case Tag::index: return terms_.index(node.first);
            case Tag::leaf: return terms_.leaf(terms_.leaf_term(node.first));
            case Tag::lambda: return terms_.lambda(build(node.first, depth + 1));
            case Tag::application: {
                const TermId function = build(node.first, depth);
                return terms_.application(function, build(node.second, depth));
            }
            case Tag::variable:
            case Tag::applied:
            case Tag::reapplied: break;
        }
        TermId result = parameter(node.first, depth);
        if (node.tag == Tag::applied) {
            const int list = inversion_.instance(node.second, parameters_, depth);
            if (list < 0) throw EngineError("the pattern's body needs an index above $" + std::to_string(max_index));
            for (const TermId term : inversion_.terms_of(list)) result = terms_.application(result, term);
        }
        if (node.tag == Tag::reapplied)
            for (int i = 0; i < node.children; ++i) result = terms_.application(result, build(node.second + i, depth));
        return result;
    }

  private:
    TermId parameter(int number, int depth) { return terms_.index(depth + pattern_.arity() - 1 - number); }

    const Pattern& pattern_;
    TermTable& terms_;
    Inversion& inversion_;
    std::vector<TermId> parameters_;  // as seen from outside the pattern
};

/// Counts leaves, and whether any bound variable occurs twice.
struct Triviality {
    const TermTable& terms;
    int leaves = 0;
    bool repeats = false;
    std::vector<int> uses{};  // of each enclosing binder, innermost last

    void visit(TermId id) {
        const TermTable::Node node = terms[id];
        switch (node.tag) {
            case TermTable::Tag::leaf: ++leaves; break;
            case TermTable::Tag::index:
                if (++uses[uses.size() - 1 - static_cast<std::size_t>(node.first)] > 1) repeats = true;
                break;
            case TermTable::Tag::lambda:
                uses.push_back(0);
                visit(node.first);
                uses.pop_back();
                break;
            case TermTable::Tag::application:
                visit(node.first);
                visit(node.second);
                break;
        }
    }
};

}  // namespace

bool match(const Pattern& pattern, TermTable& terms, Inversion& inversion, TermId term,
           std::vector<TermId>& arguments) {
    arguments.assign(static_cast<std::size_t>(pattern.arity()), no_term);
    return Matcher(pattern, terms, inversion, arguments).matches(0, term, 0) &&
           std::find(arguments.begin(), arguments.end(), no_term) == arguments.end();
}

TermId closed_body(const Pattern& pattern, TermTable& terms, Inversion& inversion) {
    TermId body = BodyBuilder(pattern, terms, inversion).build(0, 0);
    for (int i = 0; i < pattern.arity(); ++i) body = terms.lambda(body);
    return body;
}

bool is_nontrivial(const TermTable& terms, TermId closed_body) {
    Triviality found{terms};
    found.visit(closed_body);
    return found.leaves > 1 || (found.leaves == 1 && found.repeats);
}

}  // namespace wakesleep
