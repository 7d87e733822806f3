// The cheapest refactorings of programs with one candidate at hand, as terms.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "version_space_candidates.hpp"

namespace wakesleep {

class SpaceRewriter {
  public:
    /// A member that may be replaced, the call that replaces it, and the call's cost.
    struct Replacement {
        Space member;
        Term call;
        std::int32_t cost;
    };

    /// Unlike the beam this finds calls in members that aren't a space's cheapest.
    SpaceRewriter(VersionSpaceTable& table, const CheapestMembers& cheapest, std::vector<Replacement> replacements);

    /// `spaces` as in CheapestMembers::compute; in order, in as many parts as one likes.
    void compute(std::span<const Space> spaces);

    /// Of the cheapest member of a reachable space.
    std::int32_t cost(Space space) const { return costs(space).argument; }
    Term extract(Space space) { return extract(space, &Costs::argument); }

  private:
    struct Costs {
        std::int32_t function = no_cost, argument = no_cost;

        bool operator==(const Costs&) const = default;
    };
    bool gains(Space space) const { return gains_[static_cast<std::size_t>(space)]; }
    Costs costs(Space space) const;
    bool part_gains(const VersionSpaceTable::Node& node) const;
    const Replacement* replacement(Space space) const;
    std::int32_t without_call(const VersionSpaceTable::Node& node, std::int32_t Costs::*position) const;
    Term extract(Space space, std::int32_t Costs::*position);

    VersionSpaceTable& table_;
    const CheapestMembers& cheapest_;
    std::vector<Replacement> replacements_;
    struct Signature {
        std::uint64_t heads, tails;
    };
    std::vector<Signature> signatures_;  // of the members that are replaced
    std::vector<bool> gains_;  // by space: whether a call makes it cheaper. Few are
    FlatMap places_;           // of those that gain, in:
    std::vector<Costs> costs_;
    std::unordered_map<Space, Term> extracted_[2];
};

}  // namespace wakesleep
