// Programs with holes for constants that differ in their writing only.
#pragma once

#include <cstdint>
#include <vector>

#include "code.hpp"

namespace wakesleep {

/// A hash of the functions that a program with holes can become. Arithmetic on holes alone is a hole, order doesn't matter
/// in sums and products, and one hole among their parts is as good as several.
///
/// `wide` forms are those of all programs that become no more than one program does: whatever is computed from holes and
/// fixed numbers is a hole there, `REAL - pi` for one, and fixed numbers beside a hole don't count.
class HoleForm {
  public:
    /// `real_token`: the production of holes for reals.
    explicit HoleForm(int real_token, bool wide = false) : real_token_(real_token), wide_(wide) {}

    std::uint64_t of(const Node* node);
    /// Whether a part of the last programs is less than the hole that it counts as.
    bool is_narrower() const { return narrower_; }

  private:
    /// What a part is computed from.
    enum class Kind { variable, number, hole };
    /// What is added or multiplied.
    struct Parts {
        std::vector<std::uint64_t> hashes;
        std::vector<std::uint64_t> numbers;  // of a wide form
        bool hole = false, divisor = false;  // whether a hole is among them, or divides them
    };

    Kind kind_of(const Node* node) const;
    std::uint64_t combined(const Node* node, Operation operation);
    void gather(const Node* node, Operation operation, bool divides, Parts& parts);

    int real_token_;
    bool wide_, narrower_ = false;
};

}  // namespace wakesleep
