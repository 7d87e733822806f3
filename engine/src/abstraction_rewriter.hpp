// Rewriting terms with one abstraction: the cheapest term in which any places that its pattern matches are calls.
#pragma once

#include <vector>

#include "abstraction_pattern.hpp"

namespace wakesleep {

class Rewriter {
  public:
    /// `readings`: patterns with the same body, see readings_of; `call`: the leaf that calls it.
    /// `free`: the λ's that an applied parameter puts around its argument may be matched too. They are places that no
    /// program had, so the search's bound doesn't count them, and the search scores with `free` off.
    /// `closes`: `(λ (fn a $0))` becomes `(fn a)`.
    Rewriter(TermTable& terms, Inversion& inversion, std::vector<const Pattern*> readings, TermId call, bool free,
             bool closes)
        : terms_(terms), inversion_(inversion), readings_(std::move(readings)), call_(call), free_(free),
          closes_(closes) {}

    TermId rewrite(TermId term);

  private:
    TermId call_at(TermId term, const Pattern& pattern);
    TermId closed_call_at(TermId term, const Pattern& pattern);
    TermId call_on(const std::vector<TermId>& arguments, std::size_t count, const Pattern& pattern);

    TermTable& terms_;
    Inversion& inversion_;
    std::vector<const Pattern*> readings_;
    TermId call_;
    bool free_, closes_;
    FlatMap rewritten_;
};

}  // namespace wakesleep
