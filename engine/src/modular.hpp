// Arithmetic modulo the prime 2^61 − 1: exact where reals round, and fast.
#pragma once

#include <cstdint>

namespace wakesleep::modular {

using Residue = std::uint64_t;  // below the prime

inline constexpr Residue prime = (Residue(1) << 61) - 1;

inline Residue add(Residue a, Residue b) {
    const Residue sum = a + b;
    return sum >= prime ? sum - prime : sum;
}
inline Residue subtract(Residue a, Residue b) { return a >= b ? a - b : a + prime - b; }
inline Residue multiply(Residue a, Residue b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return add(static_cast<Residue>(product) & prime, static_cast<Residue>(product >> 61));
}
/// Of anything but 0.
inline Residue inverse(Residue a) {
    std::int64_t above = static_cast<std::int64_t>(prime), below = static_cast<std::int64_t>(a), x = 0, y = 1;
    while (below != 0) {
        const std::int64_t quotient = above / below;
        const std::int64_t rest = above - quotient * below, next = x - quotient * y;
        above = below;
        below = rest;
        x = y;
        y = next;
    }
    return x < 0 ? static_cast<Residue>(x + static_cast<std::int64_t>(prime)) : static_cast<Residue>(x);
}

}  // namespace wakesleep::modular
