// What a program's constant must be for a wanted output: arithmetic followed back.
#pragma once

#include <array>
#include <optional>

#include "cases.hpp"

namespace wakesleep {

/// Relative to the largest value: rounding, and what still counts as the same.
inline constexpr double rounding = 1e-11, same = 1e-9;
/// A number closer to a whole one is meant to be it.
inline constexpr double nearly_whole = 1e-7;

/// The values that an argument or the constant may have; none: nothing gives what is wanted.
struct Values {
    std::array<double, 2> values{};
    int count = 0;

    Values() = default;
    Values(double one) : values{one}, count(1) {}
    Values(double one, double other) : values{one, other}, count(2) {}
};

/// Whether outputs are as wanted but for rounding, so that an example can say that a program is wrong.
bool is_free_of_noise(const Likelihood& likelihood);
/// How far an output may be off where this value is wanted.
double allowed_error(const Likelihood& likelihood, double wanted);

/// The first real in a value; nothing for integers, characters and empty lists.
std::optional<double> first_real(const Shape& shape, Word value);
bool contains(const Node* node, const Node* wanted);
bool is_arithmetic(Operation operation);

/// What the argument number `unknown` is that makes an application `wanted` where the other one is `other`; nothing where that
/// can't be told.
std::optional<Values> inverse(Operation operation, int unknown, double other, double wanted);

}  // namespace wakesleep
