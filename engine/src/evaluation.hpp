// Running one program on many inputs: the everyday form of evaluation, outside a search.
#pragma once

#include <variant>
#include <vector>

#include "language.hpp"
#include "machine.hpp"

namespace wakesleep {

/// A value, or why there is none.
using Outcome = std::variant<Value, Failure>;

/// What `program` gives on each tuple of inputs. The program is checked against `request` and brought to η-long form
/// first. Throws IllTyped, UnknownName, or EngineError for inputs that don't fit the request.
std::vector<Outcome> evaluate(const Language& language, Term program, Type request,
                              const std::vector<std::vector<Value>>& inputs, const Limits& limits);

}  // namespace wakesleep
