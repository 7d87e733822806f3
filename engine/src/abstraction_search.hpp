// Finding the abstraction that compresses a corpus most: Stitch's top-down, corpus-guided search over patterns, extended by
// applied parameters `(#i t…)`, which reach what bounded inverse β reaches.
//
// It doesn't know types: a caller drops the candidates that have none. Nor does it know nats: costs are Stitch's
// (abstraction_terms.hpp), and a caller scores the candidates anew on whatever it minimises.
#pragma once

#include <cstdint>
#include <vector>

#include "term.hpp"

namespace wakesleep {

struct AbstractionSearchConfig {
    int inversion_steps = 1;  // inverse β steps inside one abstraction: Σ terms of applied parameters. 0: Stitch's setting
    int max_arity = 3;
    int keep = 20;       // candidates returned
    int min_tasks = 2;   // that gain by the candidate
    int hole_cost = 100; // of a parameter's use in the body; Stitch's utility has 0
    double cpu_seconds = 10.0;               // then the best so far
    std::int64_t max_nodes = 5'000'000;      // terms, about 60 bytes each with their memo tables; then the best so far
    std::int64_t max_cells = 60'000'000;     // entries of the queued patterns' columns, 4 bytes each; then the best so far
    // Terms considered for a new applied parameter: the most frequent first, few that have no local variables, fewer for
    // lists of three; and only lists of which each term is needed to cover local variables or pays for itself. 0: all of
    // them.
    int inversion_shortlist = 60;
    // Search once more with holes filled from the left: a parameter's first use says which function it stands for, only
    // later ones may be applied to anything. Finds a few per cent more, for about twice the time.
    bool both_orders = false;

    bool upper_bound_pruning = true;  // drop patterns that can't beat the candidates kept
    bool location_pruning = true;     // drop locations where a pattern can't save anything
    // Drop parameters that are always the same constant, or equal to another one. Loses only an abstraction that all its
    // calls hand the same constant, because in the body, written out at each use, it would cost more than in the calls.
    bool argument_pruning = true;

    // Slow. Every finished pattern's utility is computed again from rewritten terms, whose meaning is compared with the
    // programs'; EngineError where it differs or exceeds a bound on the way to it.
    bool check_by_rewriting = false;
};

struct AbstractionCandidate {
    Term body;  // closed, `arity` λ's around the pattern, parameter #0 outermost
    int arity = 0;
    std::int64_t utility = 0;  // what the tasks' cheapest programs save, less the cost of the body without those λ's
    std::int64_t uses = 0;     // calls in the rewritten programs
    int tasks = 0;             // with a call in a rewritten program
};

struct AbstractionSearchResult {
    std::vector<AbstractionCandidate> candidates;  // best first
    bool complete = true;       // false where a budget ended the search
    std::int64_t patterns = 0;  // expanded
    double cpu_seconds = 0.0;
};

/// One inner list of programs per task. With inversion_steps > 0 calls may leave out last arguments, as in `(fn a)` for
/// `(λ (fn a $0))`; the order of parameters is chosen for that. Throws EngineError for indices above 63 and for a config
/// out of range.
AbstractionSearchResult search_abstractions(const std::vector<std::vector<Term>>& corpus,
                                            const AbstractionSearchConfig& config);

/// The cheapest rewriting of each program with calls of `abstraction`, `#(...)`, on `arity` arguments. Arguments for
/// applied parameters are η-reduced. `close_uses`: calls leave out last arguments where `(λ (fn a $0))` is `(fn a)`.
/// Each result's β-normal form, abstractions expanded, is that of its program.
std::vector<Term> rewrite_with(const std::vector<Term>& programs, Term abstraction, int arity, bool close_uses);

}  // namespace wakesleep
