// Programs with holes for constants that differ in their writing only.
#pragma once

#include <cstdint>
#include <vector>

#include "code.hpp"

namespace wakesleep {

/// A hash of the functions that a program with holes can become. Arithmetic on holes alone is a hole, order doesn't matter
/// in sums and products, and one hole among their parts is as good as several.
class HoleForm {
  public:
    /// `real_token`: the production of holes for reals.
    explicit HoleForm(int real_token) : real_token_(real_token) {}

    std::uint64_t of(const Node* node) const;

  private:
    /// What is added or multiplied.
    struct Parts {
        std::vector<std::uint64_t> hashes;
        bool hole = false, divisor = false;  // whether a hole is among them, or divides them
    };

    std::uint64_t combined(const Node* node, Operation operation) const;
    void gather(const Node* node, Operation operation, bool divides, Parts& parts) const;

    int real_token_;
};

}  // namespace wakesleep
