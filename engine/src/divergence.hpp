// Programs that call themselves whatever their arguments are: they never end, and needn't be run to know it.
#pragma once

#include "code.hpp"

namespace wakesleep {

/// Whether a program of `arity` arguments, bound nearest outside of it, has no value without calling itself, bound beyond
/// them. It may be so though this says no: what functions do that are called by variables isn't looked into.
bool always_calls_itself(const Node* program, int arity);

}  // namespace wakesleep
