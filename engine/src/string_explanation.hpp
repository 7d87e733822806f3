// Explains wanted strings top down: as a row of pieces, each of which one expression gives on every example.
//
// The search goes from the left. A state says how far each example's string is explained; a piece that stands next in all
// of them leads to another. Pieces are the bank's strings, and substrings whose position and length are the bank's
// integers: these come at a depth that the bank itself reaches much later. A greedy search finds a row, another one
// (Dijkstra) the cheapest, as far as either comes.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "string_bank.hpp"

namespace wakesleep {

/// A set of examples.
using ExampleSet = std::uint64_t;
inline constexpr std::size_t max_examples_of_set = 64;

struct Explained {
    double nats;
    int expression;
};

class StringExplainer {
  public:
    /// `wanted`: a word for each example. All must outlive the explainer.
    StringExplainer(const StringGrammar& grammar, const Texts& texts, StringBank& bank, const std::vector<Word>& wanted,
                    const std::function<bool()>& interrupted);

    /// The cheapest expression of the nonterminal found that gives what is wanted on these examples and costs less than
    /// `bound`.
    std::optional<Explained> explain(int nonterminal, ExampleSet examples, double bound);

  private:
    using Offsets = std::vector<std::uint16_t>;  // of each example of the set
    struct Piece {
        double nats;
        Expression expression;
        int made = -1;  // the expression, once it is one of the bank's
    };
    using Pieces = std::map<Offsets, Piece>;  // by where they lead
    struct State;

    std::optional<Explained> find(int nonterminal, double bound);
    std::optional<Explained> explain_text(int nonterminal, double bound, double greed);
    const Pieces& pieces(int nonterminal, const Offsets& from);
    void add_kept(int nonterminal, const Offsets& from, Pieces& found);
    void add_substrings(const StringRule& rule, int number, const Offsets& from, Pieces& found);
    void add_lengths(const StringRule& rule, Expression expression, double nats, const Offsets& from,
                     const std::vector<std::int64_t>& starts, const std::vector<std::u32string_view>& bases, Pieces& found);
    void add(Pieces& found, Offsets to, double nats, const Expression& expression, int made);
    int make(const Piece& piece) { return piece.made >= 0 ? piece.made : bank_.express(piece.expression); }

    std::u32string_view rest(std::size_t i, const Offsets& from) const { return goals_[i].substr(from[i]); }

    const StringGrammar& grammar_;
    const Texts& texts_;
    StringBank& bank_;
    const std::vector<Word>& wanted_;
    const std::function<bool()>& interrupted_;
    // Of the explanation that is under way:
    std::vector<std::size_t> members_;        // of the set
    std::vector<std::u32string_view> goals_;  // what they want
    double bound_ = 0;
    std::map<std::pair<int, Offsets>, Pieces> known_;
};

}  // namespace wakesleep
