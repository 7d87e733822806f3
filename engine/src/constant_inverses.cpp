#include "constant_inverses.hpp"

#include <algorithm>
#include <cmath>

namespace wakesleep {

namespace {

/// Tolerances above this count as noise.
constexpr double most_tolerance = 1e-5;

/// What x is in x^exponent = wanted.
std::optional<Values> base_of(double exponent, double wanted) {
    const bool whole = std::floor(exponent) == exponent, even = std::fmod(exponent, 2) == 0;
    if (exponent == 0) return wanted == 1 ? std::nullopt : std::optional(Values());
    if (wanted == 0) return exponent > 0 ? Values(0) : Values();
    if (wanted < 0 && (!whole || even)) return Values();
    const double root = std::copysign(std::pow(std::abs(wanted), 1 / exponent), wanted);
    return even ? Values(root, -root) : Values(root);
}

/// What x is in base^x = wanted.
std::optional<Values> exponent_of(double base, double wanted) {
    if (base == 0) return wanted == 0 || wanted == 1 ? std::nullopt : std::optional(Values());
    if (wanted == 0) return Values();
    if (std::abs(base) == 1) return std::abs(wanted) == 1 ? std::nullopt : std::optional(Values());
    const double exponent = std::log(std::abs(wanted)) / std::log(std::abs(base));
    if (base > 0) return wanted > 0 ? Values(exponent) : Values();
    const bool whole = std::abs(exponent - std::round(exponent)) <= nearly_whole;  // or no real number is the result
    return whole && std::fmod(std::round(exponent), 2) == (wanted > 0 ? 0 : std::copysign(1, exponent)) ? Values(std::round(exponent)) : Values();
}

}  // namespace

bool is_free_of_noise(const Likelihood& likelihood) {
    const bool tolerant = likelihood.kind() == Likelihood::Kind::tolerance;
    return likelihood.is_exact() || (tolerant && likelihood.first() <= most_tolerance);
}

double allowed_error(const Likelihood& likelihood, double wanted) {
    if (likelihood.kind() != Likelihood::Kind::tolerance) return 0;
    return std::max(likelihood.second(), likelihood.first() * std::abs(wanted));
}

std::optional<double> first_real(const Shape& shape, Word value) {
    if (shape.is_real()) return as_real(value);
    if (!shape.is_list()) return std::nullopt;
    const Cell* cell = as_list(value);
    return cell ? first_real(shape.element(), cell->head) : std::nullopt;
}

bool contains(const Node* node, const Node* wanted) {
    if (node == wanted) return true;
    if (node->operation == Operation::known) return false;
    for (int i = 0; i < node->arguments; ++i)
        if (contains(node->argument(i).node(), wanted)) return true;
    return false;
}

bool is_arithmetic(Operation operation) {
    return operation == Operation::add_reals || operation == Operation::subtract_reals || operation == Operation::multiply_reals ||
           operation == Operation::divide_reals || operation == Operation::power;
}

std::optional<Values> inverse(Operation operation, int unknown, double other, double wanted) {
    switch (operation) {
        case Operation::add_reals: return wanted - other;
        case Operation::subtract_reals: return unknown == 0 ? wanted + other : other - wanted;
        case Operation::multiply_reals:
            if (other == 0) return wanted == 0 ? std::nullopt : std::optional(Values());
            return wanted / other;
        case Operation::divide_reals:
            if (unknown == 0) return wanted * other;
            if (wanted == 0 || other == 0) return other == wanted ? std::nullopt : std::optional(Values());
            return other / wanted;
        default:
            return unknown == 0 ? base_of(other, wanted) : exponent_of(other, wanted);
    }
}

}  // namespace wakesleep
