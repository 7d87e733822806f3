// Statements of drawings: productions that add something to what is drawn afterwards, run by themselves.
//
// A program that draws is a sequence of statements, each of which takes the rest of the program as an argument. What a
// statement does doesn't depend on that rest: commands, seen from where the turtle then is.
#pragma once

#include <span>
#include <vector>

#include "grammar.hpp"
#include "machine.hpp"
#include "turtle_walk.hpp"

namespace wakesleep {

/// What an argument of a statement is for.
enum class Part : std::uint8_t {
    value,   // of a ground type
    body,    // turtle -> turtle: statements
    rounds,  // int -> turtle -> turtle: statements that know the number of their round
    rest,
};

/// A production that can be used as a statement.
struct StatementForm {
    int production;
    std::vector<Part> parts;
    std::vector<Type> types;
    double nats;  // of its choice, its arguments not counted

    bool has_body() const;
};

/// What a statement is run with, for each argument; nothing for the rest.
struct StatementArgument {
    Word value = 0;
    const Splice* body = nullptr;
};

/// The statements of a grammar.
class Statements {
  public:
    /// `grammar` must outlive them, and have one row of weights. Throws EngineError for other grammars.
    explicit Statements(const Grammar& grammar);

    const Grammar& grammar() const { return grammar_; }
    const std::vector<StatementForm>& forms() const { return forms_; }
    /// What it costs, in nats, that no further statement comes, where so many rests can be chosen.
    double end_nats(int rests) const;

    /// Its commands, up to a stop, until the next run; null where it fails.
    const Cell* run(const StatementForm& form, std::span<const StatementArgument> arguments);
    /// The value of a closed term; of a term λ. … in round `round` where that isn't negative. Nothing where it fails.
    std::optional<Word> value(Reference code, int round);
    CodeBook& book() { return book_; }

  private:
    const Grammar& grammar_;
    std::vector<StatementForm> forms_;
    double end_nats_ = 0;
    CodeBook book_;
    std::vector<Node> productions_;
    Machine machine_;
    Node stop_;
    const Node *rest_, *round_;  // variables of the two innermost λ's
    Pool pool_;
    std::vector<std::byte> scratch_;
};

/// What commands draw when the turtle starts at the origin, where it is then, and the marks it meets.
struct Effect {
    struct Mark {
        Pose pose;
        int round;
    };
    std::vector<Stroke> strokes;
    std::vector<Mark> marks;
    Pose end;
    bool drawn = false;  // false where it goes too far to be drawn

    static Effect of(const Cell* commands);
    /// Equal for effects that draw the same strokes in the same order, up to rounding; and end at one pose.
    std::uint64_t strokes_hash() const;
    std::uint64_t hash() const;
};

/// A command that draws nothing and is met as a mark of this round.
Word mark_of(int round);

/// The commands before the stop.
Commands commands_of(const Cell* commands);

}  // namespace wakesleep
