// Sets of terms that share their parts: the hash-consed table behind VersionSpaces.
//
// A space is ∅ (void), Λ (universe: every term), a leaf or an index (that one term), or a union, application or
// abstraction of spaces. Equal spaces built the same way are the same number, so every operation is memoised on numbers.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "error.hpp"
#include "flat_map.hpp"
#include "term.hpp"

namespace wakesleep {

using Space = std::int32_t;
inline constexpr Space void_space = 0;
inline constexpr Space universe = 1;

/// A bound on nodes or bytes is reached.
struct SpaceTooLarge : EngineError {
    using EngineError::EngineError;
};

class VersionSpaceTable {
  public:
    enum class Tag : std::uint8_t { void_space, universe, alternatives, application, abstraction, index, leaf };

    struct Node {
        Tag tag;
        bool single;             // holds exactly one term
        bool head_lambda;        // some member is a λ, perhaps applied
        bool redex;              // some member has a λ with an argument in it
        std::int32_t first;      // application: function; abstraction: body; index, leaf: number; alternatives: offset
        std::int32_t second;     // application: argument; alternatives: count
        std::int32_t free;       // one more than the largest free index of any member (Λ counts as closed)
        std::uint64_t heads;     // signatures: two spaces that share no bit share no member
        std::uint64_t tails;
    };

    /// Throws SpaceTooLarge beyond either bound; bytes are those of the table, its memo tables and what is held beside it.
    explicit VersionSpaceTable(std::size_t max_nodes, std::size_t max_bytes = SIZE_MAX);

    Space application(Space function, Space argument);
    /// Has the processor fetch what `application` will look at: most of its time it waits for memory.
    void prefetch_application(Space function, Space argument) const;
    Space abstraction(Space body);
    Space index(int index);
    Space leaf(Term term);
    /// The union; nested unions are flattened, duplicates dropped.
    Space alternatives(const std::vector<Space>& spaces);
    Space read(Term term);

    const Node& operator[](Space space) const { return nodes_[static_cast<std::size_t>(space)]; }
    Space alternative(const Node& node, std::int32_t i) const {
        return pool_[static_cast<std::size_t>(node.first + i)];
    }
    Term leaf_term(std::int32_t number) const { return leaves_[static_cast<std::size_t>(number)]; }
    std::size_t size() const { return nodes_.size(); }
    std::size_t bytes() const;
    /// Counts `bytes` more that others hold for these spaces; fewer, if negative, which never throws.
    void hold(std::int64_t bytes);
    /// Throws EngineError unless `space` was made here.
    void check(Space space) const;

    /// The members with free indices at or above `cutoff` raised by `by`.
    Space raise(Space space, int by, int cutoff = 0);
    /// Those members that use none of the `by` indices from `cutoff` on, with higher free indices lowered by `by`.
    Space lower(Space space, int by, int cutoff = 0);
    Space intersection(Space a, Space b);
    bool intersects(Space a, Space b);

  private:
    /// Where a node is; its hash tells most nodes apart without a look at them.
    struct Slot {
        Space space = -1;
        std::uint32_t hash = 0;
    };

    Space make(Tag tag, std::int32_t first, std::int32_t second);
    bool same(Space space, Tag tag, std::int32_t first, std::int32_t second) const;
    std::uint32_t hash(Tag tag, std::int32_t first, std::int32_t second) const;
    Node describe(Tag tag, std::int32_t first, std::int32_t second) const;
    void grow_slots();
    void check_bytes() const;

    std::size_t max_nodes_, max_bytes_;
    std::int64_t held_ = 0;
    std::vector<Node> nodes_;
    std::vector<Space> pool_;    // members of the unions
    std::vector<Slot> slots_;    // open addressing over nodes_
    std::vector<Space> flat_;    // of the union that is being made
    std::vector<Term> leaves_;
    std::unordered_map<Term, Space> read_;
    FlatMap raised_, lowered_, intersections_, intersect_;
};

}  // namespace wakesleep
