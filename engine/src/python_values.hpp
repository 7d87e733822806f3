// Conversions between Python objects and the engine's values; part of the bindings.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <vector>

#include "search.hpp"
#include "value.hpp"

namespace wakesleep {

/// int, bool, float, str, list or tuple; throws EngineError for anything else.
Value value_from(nanobind::handle object, int depth = 0);
nanobind::object value_to(const Value& value);

/// A sequence of input tuples.
std::vector<std::vector<Value>> inputs_from(nanobind::handle rows);

/// A sequence of pairs: a tuple of inputs, and the output.
Examples examples_from(nanobind::handle examples);

/// Python's handle on what ends a running search.
struct Cancellation {
    std::shared_ptr<Cancelled> flag = std::make_shared<Cancelled>(false);
};

/// A numpy array that owns its data.
template <class Number>
nanobind::object array_of(std::vector<Number> data, std::initializer_list<std::size_t> shape) {
    auto* kept = new std::vector<Number>(std::move(data));
    nanobind::capsule owner(kept, [](void* held) noexcept { delete static_cast<std::vector<Number>*>(held); });
    return nanobind::cast(nanobind::ndarray<nanobind::numpy, Number>(kept->data(), shape, owner));
}

void bind_primitives(nanobind::module_& module);
void bind_terms(nanobind::module_& module);
void bind_likelihood(nanobind::module_& module);
void bind_grammar(nanobind::module_& module);
void bind_abstraction(nanobind::module_& module);
void bind_description(nanobind::module_& module);
void bind_drawing(nanobind::module_& module);
void bind_strings(nanobind::module_& module);
void bind_towers(nanobind::module_& module);

}  // namespace wakesleep
