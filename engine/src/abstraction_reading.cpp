// From an abstraction's body back to the patterns that have it.

#include <algorithm>
#include <limits>

#include "abstraction_pattern.hpp"

namespace wakesleep {

using Tag = Pattern::Tag;

namespace {

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
        const auto applies = [](const Pattern::Node& node) {
            return node.tag == Tag::applied || node.tag == Tag::reapplied;
        };
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
