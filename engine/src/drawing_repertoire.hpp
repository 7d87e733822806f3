// The statements of a bank, laid out for a search: drawings that begin alike are tried together.
#pragma once

#include "drawing_bank.hpp"

namespace wakesleep {

class DrawingRepertoire {
  public:
    /// Strokes, and the statements that draw just these, cheapest first.
    struct Drawing {
        std::vector<int> statements;
    };
    /// One stroke of drawings, which all of those go through that begin like this.
    struct Beginning {
        Stroke stroke;
        int drawing = -1;  // that ends here
        int child = -1, sibling = -1;
    };
    /// Statements of about one price.
    struct Band {
        double nats;                    // they cost so much at least
        int first = -1;                 // of the strokes that drawings begin with: a tree
        std::vector<int> counted = {};  // statements that know a round
    };
    /// Openings whose bodies are begun alike: loops, but for how often they repeat. Those that repeat least come first: where a loop
    /// leaves the picture, so do those that go on for longer.
    struct Family {
        std::vector<int> openings;
        double nats;             // of the cheapest
        double fewest, most;     // that a body's cells count for, before it is closed
    };

    explicit DrawingRepertoire(const DrawingBank& bank);

    std::vector<Band> bands;  // cheapest first
    std::vector<Beginning> beginnings;
    std::vector<Drawing> drawings;
    /// Statements that draw nothing: all, and those that go somewhere else; those that know a round; and families. Each cheapest
    /// first.
    std::vector<int> idle, moves, counted;
    std::vector<Family> families;
};

}  // namespace wakesleep
