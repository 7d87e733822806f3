// What a grammar's cheapest statements draw, one for each effect; and its statements that take others as a body, opened.
//
// Nothing here knows of the picture that is looked for: a bank is made once for a grammar.
#pragma once

#include <map>
#include <unordered_set>

#include "drawing_statement.hpp"

namespace wakesleep {

struct DrawingLimits {
    double nats = 21;             // of a statement
    std::size_t statements = 60'000;  // kept; the same number of those that know a loop's round is tried a fifth
    std::int64_t tries = 150'000;     // statements run
    double opening_nats = 24;         // of an opening
    std::size_t openings = 6'000;
};

/// A value that an argument may have: closed, or known for each round of a loop.
struct ArgumentValue {
    Term term;  // λ round. … where it is counted
    double nats;
    bool counted;
    std::array<std::optional<Word>, max_rounds> words;  // the first alone where it isn't counted

    std::optional<Word> word(int round) const { return words[counted ? static_cast<std::size_t>(round) : 0]; }
};

/// What stands in one argument of a statement: a value's number, a statement's, or nothing.
struct DrawingArgument {
    int index = -1;
    bool outer = false;  // a statement as the body of rounds that knows the rounds outside of them
};

/// A statement with all that is in it but for the rest.
struct DrawingStatement {
    int form;
    std::vector<DrawingArgument> arguments;
    double nats;
    bool counted;  // whether it knows the round of a loop around it
    // By round; one where it isn't counted. Commands are missing where it fails.
    std::vector<std::optional<Commands>> commands;
    std::vector<Effect> effects;

    const Effect* effect(int round) const {
        const auto row = static_cast<std::size_t>(counted ? round : 0);
        return commands[row] ? &effects[row] : nullptr;
    }
    const Commands* commands_in(int round) const {
        const auto& row = commands[static_cast<std::size_t>(counted ? round : 0)];
        return row ? &*row : nullptr;
    }
};

/// A statement whose body is still open, and the places where it will be drawn.
///
/// Either a statement of one form; or a loop of `inner`, which gives its body back where it was, and a statement `then`.
struct DrawingOpening {
    int form;
    std::vector<DrawingArgument> arguments;
    std::size_t body;  // the argument that is open
    double nats;       // with the end of the body
    int inner = -1, then = -1;
    bool counted = false;    // its body knows rounds of its own
    bool settled = false;    // the body decides nothing about the copies' places: they are all that there are
    bool returning = false;  // they are if the body ends where it began, as is assumed
    int repeats = 1;         // how often the body is drawn
    std::vector<Effect::Mark> copies;  // only the first, if more isn't known
    std::vector<Stroke> strokes;       // drawn beside the body
};

class DrawingBank {
  public:
    /// `grammar` must outlive it.
    DrawingBank(const Grammar& grammar, const DrawingLimits& limits);

    Statements& statements() { return statements_; }
    /// Cheapest first.
    const std::vector<DrawingStatement>& all() const { return all_; }
    const std::vector<DrawingOpening>& openings() const { return openings_; }
    std::int64_t tries() const { return tries_; }

    /// The commands of an opening with this body, as Statements::run has them.
    const Cell* close(const DrawingOpening& opening, const Splice& body);

    /// λ rest. …, or λ round. λ rest. … where it is counted.
    Term term(const DrawingStatement& statement) const;
    /// The same of an opening whose body is such a function; `counted` says whether the body knows a round, and `outer` whether that is the one
    /// around the opening.
    Term term(const DrawingOpening& opening, Term body, bool counted, bool outer) const;

  private:
    void make_values(Type type);
    void make_layer(double lower, double upper);
    void choose(std::size_t place, double nats, bool counted);
    void add(double nats, bool counted);
    const Cell* run(const DrawingStatement& statement, int round);
    void open();
    void add_opening(DrawingOpening opening);
    std::vector<StatementArgument> closed_arguments(const DrawingOpening& opening) const;
    Term applied(const StatementForm& form, const std::vector<DrawingArgument>& arguments, const std::vector<Term>& bodies, bool counted) const;
    Term body_term(Term function, bool counted, bool outer, Part part) const;
    const std::vector<ArgumentValue>& values(Type type) const { return values_.at(type.id()); }

    const DrawingLimits limits_;
    Statements statements_;
    std::map<std::uint32_t, std::vector<ArgumentValue>> values_;  // by type
    std::vector<DrawingStatement> all_, layer_;
    std::vector<DrawingOpening> openings_;
    std::unordered_set<std::uint64_t> seen_, seen_openings_;
    std::int64_t tries_ = 0;
    std::size_t counted_ = 0;
    // Of the statement that is being put together.
    const StatementForm* form_ = nullptr;
    std::vector<DrawingArgument> chosen_;
    std::vector<double> rest_nats_;  // what the arguments from one on cost at least
    double lower_ = 0, upper_ = 0;
};

}  // namespace wakesleep
