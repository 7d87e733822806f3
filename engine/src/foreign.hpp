// Primitives that are evaluated outside of the machine, which knows their types and hands them values.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "type.hpp"
#include "value.hpp"

namespace wakesleep {

class Machine;

/// Taken for a pure function: equal arguments, equal results. Several machines may call one at a time.
class Foreign {
  public:
    static constexpr int max_arguments = 15;

    virtual ~Foreign() = default;
    virtual Type type() const = 0;
    /// The value of one without arguments; its lists live as long as this.
    virtual Word constant() const = 0;
    /// What it gives for a word for each argument. What goes wrong is a failure of the machine, which also runs the
    /// functions among the arguments (Machine::call).
    virtual Word call(Machine& machine, const Word* arguments) = 0;
};

/// By the primitive's name.
using ForeignPrimitives = std::unordered_map<std::string, std::shared_ptr<Foreign>>;

}  // namespace wakesleep
