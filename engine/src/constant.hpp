// Constants in programs: primitives that are written as a real number (`2.5`, `-1e-3`) or as a quoted text (`"ab c"`).
//
// A language has them where it has the production REAL (of type real) or STRING (of type list(char)), which stands for any
// constant of its type: the search fills it in. A production of the very name that a constant is written with goes first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace wakesleep {

using Constant = std::variant<double, std::u32string>;

inline constexpr std::string_view real_hole_name = "REAL", text_hole_name = "STRING";

/// Longest text constant, in characters.
inline constexpr std::size_t max_constant_length = 10'000;

/// Nats of each character of a text constant: one of 62, as in DreamCoder.
inline constexpr double nats_per_character = 4.127134385045092;

/// Nats of a real constant, beyond its production: −ln of a probability that all decimals share. A sign is one of two; each
/// of its significant digits, as Python writes it, is one of ten after it was tossed whether there is another; the power of
/// ten of the first, e, has probability 2^−|e| / 3. So 2.0 costs 5.5 nats, 1.8 costs 8.5 and 0.6 6.2; 0.0 costs 1.4.
double nats_of_real(double real);

/// The constant that a primitive's name spells, if any: a finite numeral with a point or an exponent, or a text in double
/// quotes with \" and \\ for a quote and a backslash.
std::optional<Constant> constant_of(std::string_view name);

/// The name of a constant: the shortest numeral that reads back (as Python writes it), or the quoted text.
std::string name_of(const Constant& constant);

}  // namespace wakesleep
