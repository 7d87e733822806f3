#include "version_space_rewriting.hpp"

#include <algorithm>

#include "abstraction_terms.hpp"

namespace wakesleep {

using Tag = VersionSpaceTable::Tag;

SpaceRewriter::SpaceRewriter(VersionSpaceTable& table, const CheapestMembers& cheapest,
                             std::vector<Replacement> replacements)
    : table_(table), cheapest_(cheapest), replacements_(std::move(replacements)), gains_(table.size(), false) {
    for (const Replacement& one : replacements_)
        signatures_.push_back({table_[one.member].heads, table_[one.member].tails});
}

void SpaceRewriter::compute(std::span<const Space> spaces) {
    for (const Space space : spaces) {
        const VersionSpaceTable::Node& node = table_[space];
        const Replacement* found = replacement(space);
        if (!found && !part_gains(node)) continue;
        Costs least{without_call(node, &Costs::function), without_call(node, &Costs::argument)};
        if (found) {
            least.function = std::min(least.function, found->cost);
            least.argument = std::min(least.argument, found->cost);
        }
        if (least == costs(space)) continue;
        places_.insert(static_cast<std::uint64_t>(space), static_cast<std::int32_t>(costs_.size()));
        costs_.push_back(least);
        gains_[static_cast<std::size_t>(space)] = true;
    }
}

SpaceRewriter::Costs SpaceRewriter::costs(Space space) const {
    if (!gains(space)) return {cheapest_.function(space).cost, cheapest_.argument(space).cost};
    return costs_[static_cast<std::size_t>(*places_.find(static_cast<std::uint64_t>(space)))];
}

bool SpaceRewriter::part_gains(const VersionSpaceTable::Node& node) const {
    switch (node.tag) {
        case Tag::abstraction: return gains(node.first);
        case Tag::application: return gains(node.first) || gains(node.second);
        case Tag::alternatives:
            for (std::int32_t i = 0; i < node.second; ++i)
                if (gains(table_.alternative(node, i))) return true;
            return false;
        default: return false;
    }
}

/// The cheapest call that may stand for `space`. Not asked of unions: their alternatives answer.
const SpaceRewriter::Replacement* SpaceRewriter::replacement(Space space) const {
    const VersionSpaceTable::Node& node = table_[space];
    if (node.tag != Tag::application && node.tag != Tag::abstraction) return nullptr;
    const Replacement* best = nullptr;
    for (std::size_t i = 0; i < replacements_.size(); ++i) {
        if (!(node.heads & signatures_[i].heads) || !(node.tails & signatures_[i].tails)) continue;
        const Replacement& one = replacements_[i];
        if ((!best || one.cost < best->cost) && table_.intersects(one.member, space)) best = &one;
    }
    return best;
}

std::int32_t SpaceRewriter::without_call(const VersionSpaceTable::Node& node, std::int32_t Costs::*position) const {
    std::int32_t cost = no_cost;
    switch (node.tag) {
        case Tag::void_space:
        case Tag::universe: break;
        case Tag::index:
        case Tag::leaf: cost = leaf_cost; break;
        case Tag::abstraction:
            if (position == &Costs::argument && costs(node.first).argument != no_cost)
                cost = costs(node.first).argument + node_cost;
            break;
        case Tag::application:
            if (costs(node.first).function != no_cost && costs(node.second).argument != no_cost)
                cost = costs(node.first).function + costs(node.second).argument + node_cost;
            break;
        case Tag::alternatives:
            for (std::int32_t i = 0; i < node.second; ++i)
                cost = std::min(cost, costs(table_.alternative(node, i)).*position);
            break;
    }
    return cost;
}

Term SpaceRewriter::extract(Space space, std::int32_t Costs::*position) {
    auto& known = extracted_[position == &Costs::argument];
    if (const auto found = known.find(space); found != known.end()) return found->second;
    const VersionSpaceTable::Node node = table_[space];
    const std::int32_t cost = costs(space).*position;
    Term term;
    if (cost < without_call(node, position)) {
        term = replacement(space)->call;
    } else {
        switch (node.tag) {
            case Tag::void_space:
            case Tag::universe: throw EngineError("the version space has no cheapest member");
            case Tag::index: term = Term::index_of(node.first); break;
            case Tag::leaf: term = table_.leaf_term(node.first); break;
            case Tag::abstraction: term = Term::lambda(extract(node.first, &Costs::argument)); break;
            case Tag::application: {
                const Term function = extract(node.first, &Costs::function);
                term = Term::apply(function, extract(node.second, &Costs::argument));
                break;
            }
            case Tag::alternatives:
                for (std::int32_t i = 0; i < node.second && !term; ++i)
                    if (costs(table_.alternative(node, i)).*position == cost)
                        term = extract(table_.alternative(node, i), position);
                break;
        }
    }
    return known[space] = term;
}

}  // namespace wakesleep
