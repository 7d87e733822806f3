// A pattern: the body of an abstraction in the making, and what it means for it to match.
#pragma once

#include <cstdint>
#include <vector>

#include "abstraction_inversion.hpp"
#include "abstraction_terms.hpp"

namespace wakesleep {

/// A tree of nodes; node 0 is the root. A `variable` is a parameter #i of the abstraction. A parameter that is applied,
/// (#i t…), is `applied` where that use comes first and says which function it stands for, given the t's; in later uses it
/// is `reapplied`: the function is known, and says what the t's are.
struct Pattern {
    enum class Tag : std::uint8_t { hole, application, lambda, index, leaf, variable, applied, reapplied };
    struct Node {
        Tag tag = Tag::hole;
        std::uint8_t children = 0;  // of a reapplied parameter: how many
        std::int32_t first = 0;     // child, index, leaf number, or parameter
        std::int32_t second = 0;    // second child; applied: the list of terms; reapplied: the first of its children
        bool operator==(const Node&) const = default;
    };

    std::vector<Node> nodes{Node{}};
    bool from_left = false;  // which comes first: the function of an application, or its argument
    int body_cost = 0;  // of what is there; holes count nothing

    struct Parameter {
        int wrappers = 0;  // λ's that its argument starts with and that no program had; the first use decides
        int steps = 0;     // inverse β steps that it stands for: the longest list that it is applied to
    };
    std::vector<Parameter> parameters;

    int arity() const { return static_cast<int>(parameters.size()); }
    int steps() const;

    /// The same with its parameters in another order: `order[i]` becomes #i.
    Pattern reordered(Inversion& inversion, const std::vector<int>& order) const;

    /// Replaces the hole at `at` by a node with fresh holes as children; returns the first child.
    std::int32_t expand(std::int32_t at, Tag tag, int children);
    /// The same with (#parameter ?…).
    std::int32_t reapply(std::int32_t at, std::int32_t parameter, int children, int hole_cost);
};

/// The arguments with which `pattern` matches `term` as a location in a program; false where it doesn't match.
bool match(const Pattern& pattern, TermTable& terms, Inversion& inversion, TermId term,
           std::vector<TermId>& arguments);

/// The pattern as a closed term of `arity` λ's; parameter #0 is the outermost.
TermId closed_body(const Pattern& pattern, TermTable& terms, Inversion& inversion);

/// More than one leaf, or one and a variable used more than once.
bool is_nontrivial(const TermTable& terms, TermId closed_body);

/// The inverse of closed_body: the patterns with that body, the plainest first. Where a parameter comes first as `($i t…)`,
/// it is read as applied to none, one, … or all of the t's that could be taken out of a content, the rest as plain
/// applications. All mean the same body, but `(#0 t)` finds uses that a plain application doesn't, and `((#0 t) u)`
/// arguments that are cheaper than those for `(#0 t u)`. Of very many, the ones alike for all parameters. Where a parameter
/// is applied, once more from the left: other uses come first.
std::vector<Pattern> readings_of(TermTable& terms, Inversion& inversion, TermId closed_body, int arity);

}  // namespace wakesleep
