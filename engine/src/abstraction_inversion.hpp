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

    /// A sub-term of a content all of whose free variables are local, and at least one.
    struct Candidate {
        TermId term;               // as seen from the hole
        std::uint64_t covers = 0;  // which occurrences of local variables (in order, the first 64) lie inside it
        int occurrences = 0;
    };
    struct Content {
        std::vector<Candidate> candidates;
        std::uint64_t local_occurrences = 0;  // all of them, as `covers` counts
        bool overflows = false;               // more than 64: coverage is then only a filter
    };
    /// What could be taken out of `content` in a hole under `depth` λ's. Stays valid.
    const Content& look_into(TermId content, int depth);

    /// The list of terms that an applied hole is applied to, interned.
    int list(const std::vector<TermId>& terms);
    const std::vector<TermId>& terms_of(int list) const { return lists_[static_cast<std::size_t>(list)]; }

    /// The function f such that `content` = f t…, free of local variables, η-reduced; largest occurrences are taken out
    /// first. no_term where a local variable is left.
    TermId function_of(TermId content, int list, int depth);

  private:
    TermId take_out(TermId term, int list, int depth, int under);
    std::uint64_t scan(TermId term, int depth, int under, Content& found, std::map<TermId, Candidate>& candidates,
                       int& seen) const;

    TermTable& terms_;
    std::vector<std::vector<TermId>> lists_;
    std::map<std::vector<TermId>, int> list_ids_;
    std::unordered_map<std::uint64_t, Content> contents_;
    FlatMap places_, taken_out_;  // (list, depth) → place; (term, place, under) → result
    int place_count_ = 0;
};

}  // namespace wakesleep
