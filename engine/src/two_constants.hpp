// Whether a program's two real constants can be what a few examples want: most programs are told apart here, without a fit.
#pragma once

#include <vector>

#include "cases.hpp"

namespace wakesleep {

/// True where no values of `first` and `second`, nodes of `program`, give the first few cases their wanted outputs.
///
/// The outputs are followed back to where the program parts into what holds the one constant and what holds the other. There
/// most programs are k0 + k1 a + k2 b + k3 a b = 0 for a case, a quotient's denominator multiplied out; or the logarithm
/// is, of a or its logarithm, of b or its. Five values of a case say which, and what the k are. Cases are then linear
/// equations in a, b and a b, one more than the unknowns that are in them, and the last must agree with the others.
/// False where the program is none of these, and where the outputs may be noisy.
bool is_ruled_out(Trial& trial, const Likelihood& likelihood, const std::vector<Case>& cases, const Node* program, Node& first,
                  Node& second);

}  // namespace wakesleep
