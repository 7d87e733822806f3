// What every task costs with each candidate at hand, for all candidates in one pass: DreamCoder's beam over version spaces.
#pragma once

#include <cstdint>
#include <vector>

#include "version_space_candidates.hpp"

namespace wakesleep {

/// A member that is replaced by a call, and what that costs: the leaf, and the variables that it has to be applied to.
struct Callable {
    Space member;
    std::int32_t candidate;  // several members are one candidate where they differ in their free variables only
    std::int32_t cost;
};

class CandidateBeam {
  public:
    /// What a space costs with `candidate`; only where that is less than the cheapest member, in either position.
    struct Entry {
        std::int32_t candidate;
        std::int32_t function, argument;
    };

    /// `beam`: candidates kept a space, the cheapest in either position. At least as many as there are makes costs exact, up to
    /// uses in members that aren't a space's cheapest.
    CandidateBeam(VersionSpaceTable& table, const CheapestMembers& cheapest, std::int32_t beam)
        : table_(table), cheapest_(cheapest), beam_(beam) {}
    ~CandidateBeam() { table_.hold(-held_); }
    CandidateBeam(const CandidateBeam&) = delete;
    CandidateBeam& operator=(const CandidateBeam&) = delete;

    /// `spaces` as in CheapestMembers::compute. Throws SpaceTooLarge.
    void compute(const std::vector<Space>& spaces, const std::vector<Callable>& callables);

    /// The entries of a space, by candidate.
    const Entry* begin(Space space) const { return entries_.data() + starts_[static_cast<std::size_t>(space)].first; }
    const Entry* end(Space space) const { return begin(space) + starts_[static_cast<std::size_t>(space)].count; }

  private:
    struct Range {
        std::int64_t first = 0;
        std::int32_t count = 0;
    };
    void offer(std::int32_t candidate, std::int32_t function, std::int32_t argument);
    void offer_calls(const VersionSpaceTable::Node& node);
    void narrow(std::vector<Entry>& entries) const;
    Range store();
    void hold();

    VersionSpaceTable& table_;
    const CheapestMembers& cheapest_;
    std::int32_t beam_;
    std::vector<Entry> entries_;
    std::vector<Range> starts_;
    std::int64_t held_ = 0;
    // Of the space at hand:
    std::int32_t function_ = no_cost, argument_ = no_cost;  // its cheapest member
    std::vector<std::int32_t> slot_;                        // candidate → its offer, −1
    std::vector<Entry> offers_;
};

}  // namespace wakesleep
