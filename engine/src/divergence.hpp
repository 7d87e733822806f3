// Programs that call themselves whatever their arguments are: they never end, and needn't be run to know it.
#pragma once

#include <vector>

#include "code.hpp"

namespace wakesleep {

/// Whether a program of `arity` arguments, bound nearest outside of it, has no value without calling itself, bound beyond
/// them. It may be so though this says no: what functions do that are called by variables isn't looked into.
bool always_calls_itself(const Node* program, int arity);

/// Which arguments of a production (its node, the arguments missing) must have a value for the application to have one.
/// Functions among the arguments aren't run for what they are.
std::vector<bool> needed_arguments(const Node& production);

}  // namespace wakesleep
