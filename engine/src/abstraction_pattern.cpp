#include "abstraction_pattern.hpp"

#include <algorithm>
#include <limits>
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

constexpr int max_children = 255;  // a node's count is a byte
constexpr std::size_t max_readings = 64;

class PatternReader {
  public:
    /// `longest`: for each parameter, how many terms it may be applied to where it comes first.
    PatternReader(TermTable& terms, Inversion& inversion, const std::vector<int>& longest, bool from_left)
        : terms_(terms), inversion_(inversion), longest_(longest), known_(longest.size(), false) {
        pattern_.parameters.resize(longest.size());
        pattern_.from_left = from_left;
    }

    void fill(std::int32_t at, TermId id, int depth) {
        const TermTable::Node node = terms_[id];
        switch (node.tag) {
            case TermTable::Tag::lambda: fill(pattern_.expand(at, Tag::lambda, 1), node.first, depth + 1); break;
            case TermTable::Tag::leaf: put(at, {Tag::leaf, 0, node.first}, leaf_cost); break;
            case TermTable::Tag::index:
                if (node.first < depth) {
                    put(at, {Tag::index, 0, node.first}, leaf_cost);
                } else {
                    put(at, {Tag::variable, 0, number_of(node.first, depth)}, leaf_cost);
                    known_[static_cast<std::size_t>(number_of(node.first, depth))] = true;
                }
                break;
            case TermTable::Tag::application:
                if (fill_applied(at, id, depth)) break;
                const std::int32_t child = pattern_.expand(at, Tag::application, 2);
                if (pattern_.from_left) fill(child, node.first, depth);
                fill(child + 1, node.second, depth);
                if (!pattern_.from_left) fill(child, node.first, depth);
                break;
        }
    }

    Pattern take() { return std::move(pattern_); }

  private:
    int number_of(int index, int depth) const { return pattern_.arity() - 1 - (index - depth); }

    void put(std::int32_t at, Pattern::Node node, int cost) {
        pattern_.nodes[static_cast<std::size_t>(at)] = node;
        pattern_.body_cost += cost;
    }

    bool fill_applied(std::int32_t at, TermId id, int depth) {
        std::vector<TermId> arguments, takeable;
        int cost = leaf_cost;
        TermId head = id;
        for (; terms_[head].tag == TermTable::Tag::application; head = terms_[head].first) {
            const TermId argument = terms_[head].second;
            arguments.push_back(argument);
            takeable.push_back(takeable_from(argument, depth, 0));
            cost += node_cost + terms_[argument].cost;
        }
        if (terms_[head].tag != TermTable::Tag::index || terms_[head].first < depth) return false;
        std::reverse(arguments.begin(), arguments.end());
        std::reverse(takeable.begin(), takeable.end());
        const int count = static_cast<int>(arguments.size());
        const int number = number_of(terms_[head].first, depth);
        if (known_[static_cast<std::size_t>(number)] && count <= max_children) {
            const std::int32_t child = pattern_.reapply(at, number, count, leaf_cost);
            for (int i = 0; i < count; ++i) {
                const int at_turn = pattern_.from_left ? i : count - 1 - i;
                fill(child + at_turn, arguments[static_cast<std::size_t>(at_turn)], depth);
            }
            return true;
        }
        if (std::find(takeable.begin(), takeable.end(), no_term) != takeable.end()) return false;
        if (count > longest_[static_cast<std::size_t>(number)]) return false;
        known_[static_cast<std::size_t>(number)] = true;
        Pattern::Parameter& parameter = pattern_.parameters[static_cast<std::size_t>(number)];
        parameter.wrappers = parameter.steps = count;
        put(at, {Tag::applied, 0, number, inversion_.list(takeable)}, cost);
        return true;
    }

    /// The term with leaves for the parameters met before; no_term if it has others, or is but a leaf.
    TermId takeable_from(TermId id, int depth, int under) {
        const TermTable::Node node = terms_[id];
        switch (node.tag) {
            case TermTable::Tag::leaf: return under == 0 ? no_term : id;
            case TermTable::Tag::index: {
                if (node.first < depth) return id;
                const int number = number_of(node.first, depth);
                return known_[static_cast<std::size_t>(number)] ? inversion_.parameter(number) : no_term;
            }
            case TermTable::Tag::lambda: {
                const TermId body = takeable_from(node.first, depth + 1, under + 1);
                return body == no_term ? no_term : terms_.lambda(body);
            }
            case TermTable::Tag::application: break;
        }
        const TermId function = takeable_from(node.first, depth, under + 1);
        const TermId argument = takeable_from(node.second, depth, under + 1);
        return function == no_term || argument == no_term ? no_term : terms_.application(function, argument);
    }

    TermTable& terms_;
    Inversion& inversion_;
    const std::vector<int>& longest_;
    std::vector<bool> known_;
    Pattern pattern_;
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

std::vector<Pattern> readings_of(TermTable& terms, Inversion& inversion, TermId closed_body, int arity) {
    for (int i = 0; i < arity; ++i) closed_body = terms[closed_body].first;
    const auto parameters = static_cast<std::size_t>(arity);
    std::vector<Pattern> readings;
    for (const bool from_left : {false, true}) {
        const auto read = [&](const std::vector<int>& longest) {
            PatternReader reader(terms, inversion, longest, from_left);
            reader.fill(0, closed_body, 0);
            return reader.take();
        };
        const auto add = [&](const std::vector<int>& longest) {
            Pattern reading = read(longest);
            const auto same = [&](const Pattern& other) { return other.nodes == reading.nodes; };
            if (std::none_of(readings.begin(), readings.end(), same)) readings.push_back(std::move(reading));
        };
        std::vector<int> most(parameters);
        std::size_t count = 1;
        const Pattern fullest = read(std::vector<int>(parameters, std::numeric_limits<int>::max()));
        const auto applies = [](const Pattern::Node& node) { return node.tag == Tag::applied || node.tag == Tag::reapplied; };
        if (from_left && std::none_of(fullest.nodes.begin(), fullest.nodes.end(), applies)) break;
        for (std::size_t i = 0; i < parameters; ++i) {
            most[i] = fullest.parameters[i].steps;
            count = std::min(max_readings + 1, count * static_cast<std::size_t>(most[i] + 1));
        }
        if (count > max_readings) {
            const int longest = *std::max_element(most.begin(), most.end());
            for (int all = 0; all <= std::min(longest, max_children); ++all) add(std::vector<int>(parameters, all));
            continue;
        }
        for (std::size_t number = 0; number < count; ++number) {
            std::vector<int> longest(parameters);
            std::size_t rest = number;
            for (std::size_t i = 0; i < parameters; ++i) {
                longest[i] = static_cast<int>(rest % static_cast<std::size_t>(most[i] + 1));
                rest /= static_cast<std::size_t>(most[i] + 1);
            }
            add(longest);
        }
    }
    return readings;
}

}  // namespace wakesleep
