// The exact method of abstraction sleep, DreamCoder's: candidates and costs from the version spaces of all refactorings of
// the programs within n steps of inverse β. For small corpora; abstraction_search.hpp is the fast one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "abstraction_search.hpp"
#include "term.hpp"

namespace wakesleep {

struct VersionSpaceSearchConfig {
    int inversion_steps = 3;  // each needs 16 to 40 times the nodes
    int max_arity = 3;
    int keep = 20;        // candidates returned
    int min_tasks = 2;    // that have a candidate, and that gain by it
    int hole_cost = 100;  // of a parameter's use in the body; Stitch's utility has 0
    int beam = 1'000'000;                           // candidates whose costs are kept in every space
    std::int64_t max_nodes = 4'000'000;             // then fewer steps
    std::int64_t max_bytes = std::int64_t{2} << 30; // of spaces, memo tables and costs, about; then fewer steps
};

struct VersionSpaceSearchResult {
    std::vector<AbstractionCandidate> candidates;  // best first
    std::vector<std::vector<Term>> rewritten;      // the corpus with the best candidate; unchanged where there is none
    int steps = 0;              // of inverse β that were taken
    std::string note;           // why they are fewer than asked for, or empty
    std::int64_t considered = 0;  // candidates before those with too many parameters are dropped
    std::int64_t nodes = 0, bytes = 0;
};

/// One inner list of programs per task, programs in β-normal form. A call may have fewer arguments than parameters (`fn` for
/// `(λ (fn $0))`). A candidate's utility is that of programs that were really rewritten.
/// Throws EngineError for a config out of range.
VersionSpaceSearchResult search_version_spaces(const std::vector<std::vector<Term>>& corpus,
                                               const VersionSpaceSearchConfig& config);

}  // namespace wakesleep
