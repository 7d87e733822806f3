// Towers: what a builder's hand, moving over a line, does from some moment on.
//
// Tower primitives take a continuation: what is built afterwards. A value of type `tower` is such a continuation, seen from
// where the hand then is: a list with a cell for each block to come, which says how far the hand moves from the block before
// (at first from where it is) and the block's size. So building and moving are a cell each, and equal lists mean equal plans.
#pragma once

#include "value.hpp"

namespace wakesleep {

/// A block to come; the size is in the plan's units, in which the short side of a block is 2.
struct BlockStep {
    std::int32_t shift;
    std::uint16_t width, height;

    Word word() const { return std::bit_cast<Word>(*this); }
    static BlockStep of(Word word) { return std::bit_cast<BlockStep>(word); }
    /// Stands where a program's rest is missing.
    static BlockStep stop() { return {0, 0, 0}; }
    bool is_stop() const { return width == 0; }
};

/// Hands stay within so many units of where they were, and blocks are no larger.
inline constexpr Word max_shift = 1'000'000, max_block = 1000;

/// A plan read and written as `[[x, width, height], …]`, x from where the hand starts. Throws EngineError for anything else.
Word read_tower(const Value& value, Arena& arena);
/// Nothing where the plan has more than `room` blocks.
bool write_tower(const Cell* tower, Value& value, std::int64_t& room);

/// Whether a plan that is cut off where it stops can still become the one wanted; a whole plan has to be it.
bool begins(const Cell* tower, const Cell* wanted);

}  // namespace wakesleep
