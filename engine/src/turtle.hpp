// LOGO turtles: what a pen that is moved over the plane does from some moment on, and the pictures that this draws.
//
// As tower.hpp has it of hands: primitives take a continuation, and a value of type `turtle` is one, a list of commands seen
// from where the turtle then is. Lengths and angles are integers, so that equal commands are equal words. A picture is the
// set of the cells of a fine grid that its strokes touch, however they were drawn.
#pragma once

#include <array>

#include "value.hpp"

namespace wakesleep {

/// A unit of length, and a full turn. Divisible by all numbers up to 16, and 1,000: quotients of these are exact.
inline constexpr Word measure_unit = 720'720'000;
/// A turtle goes no farther by one command.
inline constexpr Word max_measure = measure_unit << 20;

enum class Command : std::uint8_t {
    forward,  // by a length
    turn,     // by an angle, less than a full turn
    remember, // position, heading and pen
    recall,   // what was remembered last, which is forgotten
    lift,     // the pen; what it was is remembered, unless nothing recalls it
    put,      // the pen back as it was
    stop,     // a program's rest that is missing
    picture,  // strokes that were given
};

/// A command with its measure, as a cell's word. Of a `lift`: 1 where nothing puts the pen back.
inline Word command_word(Command command, Word measure = 0) { return measure << 3 | static_cast<Word>(command); }
inline Command command_of(Word word) { return static_cast<Command>(word & 7); }
inline Word measure_of(Word word) { return word >> 3; }

struct Stroke {
    double x0, y0, x1, y1;
};

/// Strokes as they were given, in a place that outlives them, with the cells they touch.
struct alignas(16) Picture {
    static constexpr int cells_per_unit = 16, reach = 16;  // units from the start in each direction
    static constexpr int side = 2 * reach * cells_per_unit;

    const Stroke* strokes;
    std::size_t count;
    const std::uint64_t* touched;  // a bit for each cell, row by row
    std::int64_t cells;            // how many are touched
};

/// Loops that are looked into have no more rounds.
inline constexpr int max_rounds = 20;

using Commands = std::vector<Word>;

/// What a loop's body does in each round, worked out before; null where that isn't known, or is an error. A body that does the
/// same in each round has that as its first.
using Splice = std::array<const Commands*, max_rounds>;

/// What a picture takes beside its strokes, with room to spare.
inline constexpr std::size_t picture_bytes = std::size_t(Picture::side) * Picture::side / 8 + 256;

/// Strokes read and written as `[[x0, y0, x1, y1], …]` in units, from where the turtle starts, looking along x.
/// Throws EngineError for anything else.
Word read_turtle(const Value& value, Arena& arena);
/// Nothing where there are more than `room` numbers.
bool write_turtle(const Cell* turtle, Value& value, std::int64_t& room);

/// Whether a turtle draws a picture that was read; where it stops, whether it has drawn nothing else so far.
bool draws(const Cell* turtle, const Cell* wanted);
/// Whether a word is a picture that was read, the empty one among them.
inline bool is_picture(const Cell* turtle) { return !turtle || command_of(turtle->head) == Command::picture; }

}  // namespace wakesleep
