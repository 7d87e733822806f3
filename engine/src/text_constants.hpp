// Text constants worth trying: what the outputs have that the inputs don't explain.
#pragma once

#include <string>
#include <vector>

#include "value.hpp"

namespace wakesleep {

inline constexpr std::size_t max_text_constants = 20;

/// An example's values, for mining.
struct MinedExample {
    const std::vector<Value>& inputs;
    const Value& output;
};

/// At most `max_text_constants` texts, the likeliest first: parts of outputs that no input explains and that recur, what
/// all outputs have in common, delimiters, whole outputs.
std::vector<std::u32string> mine_texts(const std::vector<MinedExample>& examples);

}  // namespace wakesleep
