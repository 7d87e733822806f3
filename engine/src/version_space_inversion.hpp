// Inverse β-reduction on version spaces, DreamCoder's definition (Ellis et al. 2021): which terms reduce to members of a space.
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "version_space_table.hpp"

namespace wakesleep {

class VersionSpaceInversion {
  public:
    /// `inline_abstractions`: a call of `#(...)` also counts as its body applied to the arguments.
    VersionSpaceInversion(VersionSpaceTable& table, bool inline_abstractions)
        : table_(table), inline_abstractions_(inline_abstractions) {}
    ~VersionSpaceInversion() { table_.hold(-held_); }
    VersionSpaceInversion(const VersionSpaceInversion&) = delete;
    VersionSpaceInversion& operator=(const VersionSpaceInversion&) = delete;

    /// `space`, and its refactorings by up to `steps` reductions at the top, with the same for every sub-term. A λ that
    /// heads a redex holds no redex of its own: the body of an abstraction is not itself refactored.
    Space closure(Space space, int steps);

  private:
    /// One way to see members as a substitution: they are `body` with index k replaced by a member of `value`.
    struct Factor {
        Space value;
        Space body;
    };
    using Factors = std::vector<Factor>;  // by value, each once

    const Factors& factors(Space space, int k);
    Factors group(Factors pairs);
    Space one_step(Space space);
    Space inlined(Space space, std::vector<Space>& arguments);
    Space instantiate(Space body, const std::vector<Space>& arguments, int depth);
    Space without_nested_redexes(Space space, bool is_head, bool may_be_redex);

    void hold();

    VersionSpaceTable& table_;
    std::size_t factor_bytes_ = 0;
    std::int64_t held_ = 0;  // what the table was told
    bool inline_abstractions_;
    std::deque<Factors> stored_factors_;
    FlatMap factors_, one_step_, closures_;
    std::vector<std::array<Space, 4>> pruned_;  // by space, and what is asked of it; -1 where it wasn't
};

}  // namespace wakesleep
