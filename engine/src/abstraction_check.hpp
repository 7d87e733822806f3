// The slow check of an abstraction search: utilities from terms that are really rewritten, written down and read again.
#pragma once

#include <cstdint>
#include <vector>

#include "abstraction_corpus.hpp"
#include "abstraction_terms.hpp"

namespace wakesleep {

/// What the tasks' cheapest programs save if `rewritten`, one for each program of the corpus, may replace them; `call`
/// stands for `abstraction`. Throws EngineError for a rewriting that isn't its program, abstractions expanded.
std::int64_t saved_by_rewriting(const TermTable& terms, const Corpus& corpus, const std::vector<TermId>& rewritten,
                                TermId call, Term abstraction);

/// Cost of the abstraction's body below its `arity` λ's, a parameter costing `hole_cost`.
std::int64_t cost_of_body(Term abstraction, int arity, int hole_cost);

}  // namespace wakesleep
