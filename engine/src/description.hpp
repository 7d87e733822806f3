// The description length of frontiers given a library, with θ fitted to them: what abstraction sleep lowers.
//
// A derivation's choices don't depend on weights: of each program the sum of what was chosen and of the kinds of holes it
// was chosen at is enough for its probability under any weights, and for the next weights. They are kept between calls, as
// are rewritten programs, so that a candidate costs only the programs that it changes.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "abstraction_terms.hpp"
#include "grammar.hpp"
#include "language.hpp"

namespace wakesleep {

/// A task's programs, η-long at `request`, with ln P[x|ρ] of each.
struct Frontier {
    Type request;
    std::vector<Term> programs;
    std::vector<double> log_likelihoods;
};

struct Description {
    std::vector<double> weights;  // one row: ln θ of each production, then of the variables
    std::vector<std::vector<double>> log_priors;  // parallel to the frontiers' programs; −∞ for what can't be derived
    double log_evidence = 0;      // Σ over tasks of ln Σ_ρ P[x|ρ] P[ρ|L]
};

class Describer {
  public:
    /// `pseudocounts` smooth θ; `refits` rounds of shares and θ, from uniform weights.
    Describer(double pseudocounts, int refits);

    Description describe(const Language& language, const std::vector<Frontier>& frontiers);

    /// The frontiers rewritten with an abstraction of the language, of each program the form that is more probable once θ
    /// is fitted to all as rewritten, the new one where they tie; programs that have become equal are one. Nothing where
    /// no program changes. A rewriting counts only if it has the request's type and the β-normal form, abstractions
    /// spelled out, of the original.
    std::optional<std::pair<std::vector<Frontier>, Description>> rewrite(const Language& language,
                                                                          const std::vector<Frontier>& frontiers,
                                                                          Term abstraction, int arity);

  private:
    /// Hole type, and whether a variable fits.
    using Hole = std::pair<Type, bool>;
    struct Choices {
        bool derived = false;
        double constant = 0;  // ln P that no weight changes
        std::vector<std::pair<std::int32_t, std::int32_t>> uses, holes;  // (head or kind of hole, how often)
    };
    struct ProgramKey {
        Term program;
        Type request;
        bool operator==(const ProgramKey&) const = default;
    };
    struct ProgramHash {
        std::size_t operator()(const ProgramKey& key) const {
            return std::hash<Term>()(key.program) * 31 + std::hash<Type>()(key.request);
        }
    };
    /// A language's columns for the heads and holes that are known.
    struct Columns {
        std::vector<int> heads;                  // −1 for what is no production; the variables' is the last
        std::vector<std::vector<int>> holes;
        int count = 0;
    };

    const Choices& choices(const Language& language, Term program, Type request);
    Choices choices_of(const Language& language, Term program, Type request);
    Columns columns(const Language& language);
    double log_prior(const Choices& choices, const Columns& columns, const std::vector<double>& weights,
                     const std::vector<double>& log_totals) const;
    std::vector<double> log_totals(const Columns& columns, const std::vector<double>& weights) const;
    Description describe(const Language& language, const Columns& columns, const std::vector<Frontier>& frontiers);
    std::optional<std::vector<Frontier>> rewritten(const Language& language, const std::vector<Frontier>& frontiers,
                                                   Term abstraction, int arity);
    Term meaning(const Language& language, Term program, Type request);

    double pseudocounts_;
    int refits_;
    TermTable terms_;
    std::unordered_map<ProgramKey, Choices, ProgramHash> choices_;
    std::unordered_map<ProgramKey, Term, ProgramHash> meanings_;
    std::unordered_map<Term, std::int32_t> heads_;
    std::vector<Term> head_terms_;
    std::vector<Hole> holes_;
};

}  // namespace wakesleep
