// Programs for a picture, by covering it: statement after statement is drawn where the turtle is, and none that touches a cell
// that the picture leaves blank.
//
// A sketch is a program that isn't finished: statements so far, bodies that are still open, and the cells that are covered. The
// bodies of loops are drawn in all their places at once where those are known, else in the first; when a body is closed, the whole
// loop is run. Sketches are followed best first, by what they cost and by how much of the picture is left.
#pragma once

#include "drawing_bank.hpp"
#include "search.hpp"

namespace wakesleep {

/// Programs of `turtle -> turtle` that draw `picture` with nothing after them, cheapest first. They are to be checked by running
/// them: places are worked out piece by piece here, so that a cell may differ. `programs` counts sketches. Throws EngineError for a
/// picture that is none.
SearchResult search_drawing(DrawingBank& bank, const Value& picture, const Budget& budget, const Cancelled* cancelled);

}  // namespace wakesleep
