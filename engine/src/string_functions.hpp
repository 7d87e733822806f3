// SMT-LIB's functions on strings, as its theory of Unicode strings defines them: total, so none of them fails.
//
// Positions count from 0. A position outside of a string is no error: there is no character and no substring there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wakesleep {

/// str.substr: at most `count` characters from `start`; empty where start is outside or count isn't positive.
std::u32string_view substring(std::u32string_view text, std::int64_t start, std::int64_t count);

/// str.indexof: where `part` first occurs at or after `start`, or −1. The empty part occurs wherever start is inside.
std::int64_t index_of(std::u32string_view text, std::u32string_view part, std::int64_t start);

/// str.replace: `text` with its first `part` replaced. The empty part is found in front.
std::u32string replace_first(std::u32string_view text, std::u32string_view part, std::u32string_view by);

/// str.to_int: the natural number that the decimal digits spell; −1 for anything else. Nothing where it is beyond
/// max_integer (value.hpp).
std::optional<std::int64_t> to_integer(std::u32string_view text);

/// str.from_int: its decimal digits; empty for a negative number.
std::u32string from_integer(std::int64_t number);

inline bool has_prefix(std::u32string_view text, std::u32string_view part) { return text.starts_with(part); }
inline bool has_suffix(std::u32string_view text, std::u32string_view part) { return text.ends_with(part); }
inline bool contains(std::u32string_view text, std::u32string_view part) {
    return text.find(part) != std::u32string_view::npos;
}

}  // namespace wakesleep
