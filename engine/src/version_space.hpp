// Version spaces: sets of refactorings of programs, too many to list, that share their parts. They define what a refactoring
// is, and are the exact method for small corpora; abstraction_search.hpp is the fast one.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "version_space_inversion.hpp"
#include "version_space_table.hpp"

namespace wakesleep {

/// What a term costs: its nodes, each kind with its price.
struct NodeCost {
    double application = 1.0;
    double lambda = 1.0;
    double leaf = 100.0;
};

/// A growing set of spaces, each a number. Every operation is memoised; safe to share between threads, one at a time works.
/// Throws EngineError beyond `max_nodes` nodes (an inversion step multiplies them by 16 to 40); what exists stays usable.
class VersionSpaces {
  public:
    /// `inline_abstractions`: refactorings may also undo calls of `#(...)`.
    explicit VersionSpaces(std::int64_t max_nodes = 2'000'000, bool inline_abstractions = true);

    /// The space of just this term; `#(...)` in it are opaque.
    Space incorporate(Term term);
    /// The members of `space` and all their refactorings within `steps` steps of inverse β; see VersionSpaceInversion.
    Space inverse_beta(Space space, int steps);
    Space unite(Space a, Space b);
    Space intersect(Space a, Space b);

    /// How many terms there are, infinite with Λ. A term that several branches of a union hold counts once for each.
    double size(Space space);
    /// Up to `limit` distinct members, in an order that depends only on how the space was built.
    std::vector<Term> members(Space space, std::int64_t limit);
    /// The cheapest member; among equals always the same one.
    Term minimal(Space space, const NodeCost& cost);
    std::int64_t nodes();

  private:
    double count(Space space, std::unordered_map<Space, double>& known);
    const std::vector<Term>& list(Space space, std::size_t limit, std::unordered_map<Space, std::vector<Term>>& known,
                                  std::size_t& stored);
    struct Cheapest {
        double cost;
        Term term;
    };
    Cheapest cheapest(Space space, const NodeCost& cost, std::unordered_map<Space, Cheapest>& known);

    std::mutex mutex_;
    VersionSpaceTable table_;
    VersionSpaceInversion inversion_;
};

}  // namespace wakesleep
