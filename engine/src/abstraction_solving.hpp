// What a known function must have been applied to: the t's of (f t…) = content.
#pragma once

#include <vector>

#include "abstraction_terms.hpp"

namespace wakesleep {

/// Whether `content`, under `depth` λ's that `function` is outside of, is `function` applied to some terms, β-reduced;
/// `given`, no_term throughout, gets them. Those that the function ignores stay no_term: anything would do.
bool solve(TermTable& terms, TermId function, TermId content, int depth, std::vector<TermId>& given);

/// The λ's that a term starts with, at most `most`.
int leading_lambdas(const TermTable& terms, TermId term, int most);

}  // namespace wakesleep
