// Inverse β inside a hole: which sub-terms could be handed to an applied hole `(#i t…)`, and which function the hole
// then stands for.
//
// A hole sits under `depth` λ's of its pattern; variables bound by those are *local*. Its content may become an argument
// of the abstraction only if no local variable is left in it, so a content that uses local variables is turned into a
// function of terms t… that hold them: content = (λ…λ content[t ↦ variable]) t….
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "abstraction_terms.hpp"

namespace wakesleep {

class Inversion {
  public:
    explicit Inversion(TermTable& terms) : terms_(terms) {}

    /// A term that could be taken out of a content.
    struct Candidate {
        TermId term;               // as seen from the hole; a leaf `parameter(i)` in it stands for argument i
        std::uint64_t covers = 0;  // which occurrences of local variables (in order, the first 64) lie inside it
        int saving = 0;            // cost of the content less with variables in its place
    };
    using Candidates = std::vector<Candidate>;
    struct Content {
        Candidates candidates;                // sub-terms all of whose free variables are local, and at least one
        std::uint64_t local_occurrences = 0;  // all of them, as `covers` counts
        bool overflows = false;               // more than 64: coverage is then only a filter
    };
    /// What could be taken out of `content` in a hole under `depth` λ's. Stays valid.
    const Content& look_into(TermId content, int depth);

    /// Sub-terms without free variables; lone primitives only if asked for. Stays valid.
    const Candidates& closed_in(TermId content, bool primitives);
    /// Small sub-terms of small contents in which arguments occur, given from outside the pattern, and nothing else from
    /// there. Stays valid.
    const Candidates& around(const std::vector<TermId>& arguments, TermId content, int depth);

    /// The leaf that stands for argument `number` in candidates.
    TermId parameter(int number);
    bool mentions_parameters(TermId term) const;
    /// The list with the arguments, given from outside, in their leaves' place.
    int instance(int list, const std::vector<TermId>& arguments, int depth);
    /// The cost of a term of a pattern, a parameter costing `hole_cost`.
    int cost_in_body(TermId term, int hole_cost) const;

    /// The list of terms that an applied hole is applied to, interned.
    int list(const std::vector<TermId>& terms);
    const std::vector<TermId>& terms_of(int list) const { return lists_[static_cast<std::size_t>(list)]; }

    /// The function f such that `content` = f t…, free of local variables, η-reduced; largest occurrences are taken out
    /// first. no_term where a local variable is left.
    TermId function_of(TermId content, int list, int depth);

  private:
    using Found = std::map<TermId, Candidate>;
    class Around;

    TermId take_out(TermId term, int list, int depth, int under);
    std::uint64_t scan(TermId term, int depth, int under, Content& found, Found& candidates, int& seen) const;
    void scan_closed(TermId term, bool primitives, Found& candidates) const;
    TermId filled_in(TermId term, const std::vector<TermId>& arguments, int depth);
    void add(Found& candidates, TermId term, std::uint64_t covers, TermId stands_for) const;

    TermTable& terms_;
    std::vector<std::vector<TermId>> lists_;
    std::vector<bool> holds_closed_;  // whether a list has a term without free variables
    std::map<std::vector<TermId>, int> list_ids_;
    std::unordered_map<std::uint64_t, Content> contents_;
    std::unordered_map<std::uint64_t, Candidates> closed_;
    std::map<std::vector<TermId>, Candidates> around_;  // by the arguments, the content and the depth
    std::vector<TermId> parameters_;
    FlatMap places_, taken_out_;  // (list, depth) → place; (term, place, under) → result
    int place_count_ = 0;
};

}  // namespace wakesleep
