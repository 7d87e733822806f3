// The terms of one abstraction search: a private hash-consed table, compact and with costs, cheaper to search than
// the process-wide terms. Leaves (primitives and `#(...)`) are opaque.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "flat_map.hpp"
#include "error.hpp"
#include "term.hpp"

namespace wakesleep {

/// Costs are Stitch's: 1 for λ and application, 100 for every leaf.
inline constexpr int node_cost = 1;
inline constexpr int leaf_cost = 100;

/// A term of a TermTable: its position there.
using TermId = std::int32_t;
inline constexpr TermId no_term = -1;

/// The free variables of a term as a set of de Bruijn indices: bit i for $i.
using IndexSet = std::uint64_t;
inline constexpr int max_index = 63;

/// The indices below `count`.
inline IndexSet indices_below(int count) { return count > max_index ? ~IndexSet{0} : (IndexSet{1} << count) - 1; }
/// `set` seen from `count` binders further out: indices below `count` dropped, the others lowered.
inline IndexSet outside(IndexSet set, int count) { return count > max_index ? 0 : set >> count; }

/// The table has reached its bound on nodes.
struct TableFull : EngineError {
    using EngineError::EngineError;
};

/// An index above `max_index`.
struct IndexTooLarge : EngineError {
    using EngineError::EngineError;
};

class TermTable {
  public:
    enum class Tag : std::uint8_t { application, lambda, index, leaf };

    struct Node {
        Tag tag;
        std::int32_t first;    // application: function; lambda: body; index: the index; leaf: its number
        std::int32_t second;   // application: argument
        std::int32_t cost;
        IndexSet free;
    };

    explicit TermTable(std::size_t max_nodes) : max_nodes_(max_nodes) {}

    TermId application(TermId function, TermId argument) { return make(Tag::application, function, argument); }
    TermId lambda(TermId body) { return make(Tag::lambda, body, 0); }
    TermId index(int index);
    /// A leaf that stands for `term`.
    TermId leaf(Term term);
    /// A leaf unlike any other, which stands for the call of an abstraction that has no body yet.
    TermId fresh_leaf();

    /// Reads a term; throws IndexTooLarge where an index exceeds `max_index`.
    TermId read(Term term);
    Term write(TermId id);

    const Node& operator[](TermId id) const { return nodes_[static_cast<std::size_t>(id)]; }
    std::size_t size() const { return nodes_.size(); }
    Term leaf_term(int number) const { return leaves_[static_cast<std::size_t>(number)]; }

    /// Free indices at or above `cutoff` raised by `by`; those that a negative `by` would bring below `cutoff` must not
    /// occur. no_term where one would exceed `max_index`.
    TermId shift(TermId id, int by, int cutoff = 0);

  private:
    TermId make(Tag tag, std::int32_t first, std::int32_t second);

    std::size_t max_nodes_;
    std::vector<Node> nodes_;
    std::vector<Term> leaves_;
    FlatMap interned_[4], shifted_;
    std::unordered_map<Term, TermId> read_;
    std::unordered_map<TermId, Term> written_;
};

}  // namespace wakesleep
