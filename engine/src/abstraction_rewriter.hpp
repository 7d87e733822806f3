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

/// All the ways in which an abstraction's body can be read as a pattern.
class Readings {
  public:
    /// Throws EngineError where `abstraction` isn't `#(...)`, takes fewer arguments or ignores one.
    Readings(TermTable& terms, Inversion& inversion, Term abstraction, int arity);

    std::vector<const Pattern*> patterns() const;

  private:
    std::vector<Pattern> readings_;
};

/// How often the leaf `call` occurs in a term. `known` is a memo table of this call.
int calls_in(const TermTable& terms, TermId id, TermId call, FlatMap& known);

/// Terms that rewriting may make; far beyond what any corpus that fits a search needs.
inline constexpr std::size_t max_rewriting_nodes = 20'000'000;

}  // namespace wakesleep
