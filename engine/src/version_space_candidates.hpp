// Which terms the exact method tries as abstractions: DreamCoder's, the cheapest members of the spaces that a task's
// refactorings are made of, where two tasks or more have them.
#pragma once

#include <cstdint>
#include <vector>

#include "version_space_table.hpp"

namespace wakesleep {

/// A cost no term has: of a λ in function position.
inline constexpr std::int32_t no_cost = 1'000'000'000;

/// The cheapest members of spaces, all that tie, on Stitch's costs (abstraction_terms.hpp). A λ may not be called, so what a
/// space costs depends on whether it is in function position.
class CheapestMembers {
  public:
    struct Set {
        std::int32_t cost = no_cost;
        std::int32_t count = 0;
        std::int64_t first = 0;  // position in the pool
    };

    explicit CheapestMembers(VersionSpaceTable& table) : table_(table) {}

    /// `spaces`: ascending, and with every space all its parts. Throws SpaceTooLarge.
    void compute(const std::vector<Space>& spaces);

    const Set& argument(Space space) const { return sets_[static_cast<std::size_t>(space)].argument; }
    const Set& function(Space space) const { return sets_[static_cast<std::size_t>(space)].function; }
    Space member(const Set& set, std::int32_t i) const { return pool_[static_cast<std::size_t>(set.first + i)]; }

  private:
    struct Sets {
        Set function, argument;
    };
    Set one(std::int32_t cost, Space member);
    Set union_of(const VersionSpaceTable::Node& node, Set Sets::*position);
    Set calls(const VersionSpaceTable::Node& node);
    Set lambdas(const VersionSpaceTable::Node& node);
    void hold();

    VersionSpaceTable& table_;
    std::vector<Sets> sets_;
    std::vector<Space> pool_;
    std::int64_t held_ = 0;
};

/// What some of `roots` are made of, ascending.
std::vector<Space> reachable_spaces(const VersionSpaceTable& table, const std::vector<Space>& roots);

/// The members that `min_tasks` tasks have among the cheapest of spaces that they reach, and that are non-trivial: more than
/// one primitive, or one and a variable used twice. Free variables may occur. `tasks`: the spaces of each task's programs.
std::vector<Space> shared_members(const VersionSpaceTable& table, const CheapestMembers& cheapest,
                                  const std::vector<std::vector<Space>>& tasks, int min_tasks);

}  // namespace wakesleep
