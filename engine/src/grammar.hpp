// Weighted productions: P[program | grammar] of η-long programs, by DreamCoder's type-directed process.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "derivation.hpp"

namespace wakesleep {

class GrammarTable;

/// What a compiled table leaves out. Nothing of it changes what is found, or at what cost.
struct Pruning {
    /// Branches that no completion keeps in the window, or none exists for; else the search looks into them.
    bool completion_bounds = true;
    /// Programs that the language's equations make redundant, at unchanged costs, but for those that `comparisons` of
    /// branches reject. Without effect on contextual grammars, and with a continuation.
    bool equations = false;
    /// Programs that call themselves whatever their arguments are, as far as the heads above the call tell.
    bool divergence = false;

    bool operator==(const Pruning&) const = default;
};

/// At each hole everything that unifies competes: a production with its weight in the hole's context, each of the n
/// variables that fit with weight variable − log n; then normalised. Where a program may call itself, the program is one of
/// the variables, as DreamCoder has it; but contextual grammars weigh it apart, by the column of `fix1`, which is never
/// chosen otherwise: what calls itself seldom asks `empty?` of the result, and hardly ever takes its own argument for it.
/// Immutable but for a cache of compiled tables.
class Grammar {
  public:
    /// `weights` holds `rows` rows of productions + 1 natural logs (the last is the variable's), unnormalised: one row
    /// for all contexts, or one for each. Throws EngineError for another shape or a NaN.
    Grammar(std::shared_ptr<const Language> language, std::vector<double> weights, int rows);
    ~Grammar();

    const std::shared_ptr<const Language>& language() const { return language_; }
    const Contexts& contexts() const { return contexts_; }
    const std::vector<double>& weights() const { return weights_; }
    int rows() const { return rows_; }
    int columns() const { return columns_; }
    bool contextual() const { return rows_ > 1; }
    /// Whether the program that calls itself has a weight of its own.
    bool weighs_itself() const { return contextual() && language_->recursion() >= 0; }
    /// The weights that hold in a context.
    const double* row(int context) const { return weights_.data() + (rows_ > 1 ? context : 0) * columns_; }

    /// ln P of an η-long term at `request`; −∞ for what the grammar can't derive.
    double log_likelihood(Term term, Type request) const;

    /// Programs drawn independently, with ln P; draws that pass `max_nodes` are dropped.
    std::vector<std::pair<Term, double>> sample(Type request, int count, std::uint64_t seed, int max_nodes) const;

    /// A compiled table for `request`: one that an earlier search gave back, or a new one. At most `max_kept_bytes` of
    /// tables are kept for later, the latest ones.
    static constexpr std::size_t max_kept_bytes = std::size_t(128) << 20;
    std::unique_ptr<GrammarTable> borrow_table(Type request, const Pruning& pruning) const;
    void give_back(std::unique_ptr<GrammarTable> table) const;

  private:
    std::shared_ptr<const Language> language_;
    Contexts contexts_;
    std::vector<double> weights_;
    int rows_, columns_;
    mutable std::mutex tables_mutex_;
    mutable std::vector<std::unique_ptr<GrammarTable>> tables_;
};

/// How often each production was chosen, and could have been, in derivations of weighted programs: arrays of
/// contexts × (productions + 1), all variables in the last column. One expectation step of inside–outside: an η-long
/// program has a single derivation. Calls of the program itself are in the column of `fix1`, or else among the variables.
struct Counts {
    std::vector<double> uses, possible;
};

/// Adds one program's choices; false (and nothing added) when the language can't derive it.
bool count_choices(const Language& language, const Contexts& contexts, Term term, Type request, double weight, bool itself_apart,
                   Counts& counts);

}  // namespace wakesleep
