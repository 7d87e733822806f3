// Whether a program's one real constant can be what two examples want: most programs are told apart here, without a fit.
#pragma once

#include <vector>

#include "cases.hpp"

namespace wakesleep {

/// True where no value of `constant`, a node of `program`, gives both of the first two cases their wanted outputs.
///
/// The first case's output is followed back to the constant: through arithmetic and powers by their inverses, and through
/// the rest, loops for instance, where the value is (p + q c) / (r + s c). Such a function takes each value once; three of its
/// values say which it is, a fourth whether it is one. So a constant or two are left, and the second case judges them.
/// False where that can't be followed, and where the outputs may be noisy.
bool is_ruled_out(Trial& trial, const Likelihood& likelihood, const std::vector<Case>& cases, const Node* program, Node& constant);

}  // namespace wakesleep
