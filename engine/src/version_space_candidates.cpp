#include "version_space_candidates.hpp"

#include <algorithm>

#include "abstraction_terms.hpp"

namespace wakesleep {

using Tag = VersionSpaceTable::Tag;

namespace {

/// Counts primitives and whether a variable occurs twice. Binders of one depth count as one variable, as in DreamCoder.
struct Triviality {
    const VersionSpaceTable& table;
    int primitives = 0;
    bool repeats = false;
    std::vector<int> variables{};

    void visit(Space space, int depth) {
        const VersionSpaceTable::Node& node = table[space];
        switch (node.tag) {
            case Tag::leaf: ++primitives; break;
            case Tag::index: {
                const int variable = node.first - depth;
                if (std::find(variables.begin(), variables.end(), variable) != variables.end()) repeats = true;
                else variables.push_back(variable);
                break;
            }
            case Tag::abstraction: visit(node.first, depth + 1); break;
            case Tag::application:
                visit(node.first, depth);
                visit(node.second, depth);
                break;
            default: break;  // a single term holds no others
        }
    }
};

bool is_nontrivial(const VersionSpaceTable& table, Space term) {
    Triviality found{table};
    found.visit(term, 0);
    return found.primitives > 1 || (found.primitives == 1 && found.repeats);
}

}  // namespace

void CheapestMembers::compute(const std::vector<Space>& spaces) {
    if (!spaces.empty()) sets_.resize(std::max(sets_.size(), static_cast<std::size_t>(spaces.back()) + 1));
    for (const Space space : spaces) {
        const VersionSpaceTable::Node node = table_[space];
        Sets sets;
        switch (node.tag) {
            case Tag::void_space:
            case Tag::universe: break;
            case Tag::index:
            case Tag::leaf: sets.function = sets.argument = one(leaf_cost, space); break;
            case Tag::abstraction: sets.argument = lambdas(node); break;
            case Tag::application: sets.function = sets.argument = calls(node); break;
            case Tag::alternatives:
                sets.argument = union_of(node, &Sets::argument);
                sets.function = union_of(node, &Sets::function);
                break;
        }
        sets_[static_cast<std::size_t>(space)] = sets;
        hold();
    }
}

void CheapestMembers::hold() {
    const auto bytes = static_cast<std::int64_t>(sets_.capacity() * sizeof(Sets) + pool_.capacity() * sizeof(Space));
    table_.hold(bytes - held_);
    held_ = bytes;
}

CheapestMembers::Set CheapestMembers::one(std::int32_t cost, Space member) {
    pool_.push_back(member);
    return {cost, 1, static_cast<std::int64_t>(pool_.size()) - 1};
}

CheapestMembers::Set CheapestMembers::lambdas(const VersionSpaceTable::Node& node) {
    const Set body = argument(node.first);
    if (body.cost == no_cost) return {};
    Set result{body.cost + node_cost, body.count, static_cast<std::int64_t>(pool_.size())};
    for (std::int32_t i = 0; i < body.count; ++i) pool_.push_back(table_.abstraction(member(body, i)));
    return result;
}

CheapestMembers::Set CheapestMembers::calls(const VersionSpaceTable::Node& node) {
    const Set called = function(node.first), given = argument(node.second);
    if (called.cost == no_cost || given.cost == no_cost) return {};
    Set result{called.cost + given.cost + node_cost, called.count * given.count,
               static_cast<std::int64_t>(pool_.size())};
    for (std::int32_t i = 0; i < called.count; ++i)
        for (std::int32_t j = 0; j < given.count; ++j) {
            pool_.push_back(table_.application(member(called, i), member(given, j)));
            if ((pool_.size() & 0xFFFF) == 0) hold();
        }
    return result;
}

CheapestMembers::Set CheapestMembers::union_of(const VersionSpaceTable::Node& node, Set Sets::*position) {
    const auto set_of = [&](std::int32_t i) -> const Set& {
        return sets_[static_cast<std::size_t>(table_.alternative(node, i))].*position;
    };
    Set best;
    int ties = 0;
    for (std::int32_t i = 0; i < node.second; ++i) {
        const Set& set = set_of(i);
        if (set.cost == no_cost) continue;
        if (set.cost < best.cost) {
            best = set;
            ties = 0;
        } else if (set.cost == best.cost) {
            ++ties;
        }
    }
    if (ties == 0) return best;  // shares the alternative's members
    std::vector<Space> members;
    for (std::int32_t i = 0; i < node.second; ++i)
        if (const Set& set = set_of(i); set.cost == best.cost)
            members.insert(members.end(), pool_.begin() + set.first, pool_.begin() + set.first + set.count);
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    best.first = static_cast<std::int64_t>(pool_.size());
    best.count = static_cast<std::int32_t>(members.size());
    pool_.insert(pool_.end(), members.begin(), members.end());
    return best;
}

std::vector<Space> reachable_spaces(const VersionSpaceTable& table, const std::vector<Space>& roots) {
    std::vector<bool> seen(table.size(), false);
    std::vector<Space> left, found;
    const auto meet = [&](Space space) {
        if (seen[static_cast<std::size_t>(space)]) return;
        seen[static_cast<std::size_t>(space)] = true;
        left.push_back(space);
    };
    for (const Space root : roots) meet(root);
    while (!left.empty()) {
        const Space space = left.back();
        left.pop_back();
        found.push_back(space);
        const VersionSpaceTable::Node& node = table[space];
        if (node.tag == Tag::alternatives)
            for (std::int32_t i = 0; i < node.second; ++i) meet(table.alternative(node, i));
        if (node.tag == Tag::application || node.tag == Tag::abstraction) meet(node.first);
        if (node.tag == Tag::application) meet(node.second);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<Space> shared_members(const VersionSpaceTable& table, const CheapestMembers& cheapest,
                                  const std::vector<std::vector<Space>>& tasks, int min_tasks) {
    std::vector<std::int32_t> last_task(table.size(), -1), task_count(table.size(), 0);
    for (std::size_t task = 0; task < tasks.size(); ++task)
        for (const Space space : reachable_spaces(table, tasks[task])) {
            const CheapestMembers::Set& set = cheapest.argument(space);
            for (std::int32_t i = 0; i < set.count; ++i) {
                const auto member = static_cast<std::size_t>(cheapest.member(set, i));
                if (last_task[member] == static_cast<std::int32_t>(task)) continue;
                last_task[member] = static_cast<std::int32_t>(task);
                ++task_count[member];
            }
        }
    std::vector<Space> shared;
    for (std::size_t member = 0; member < task_count.size(); ++member)
        if (task_count[member] >= min_tasks && is_nontrivial(table, static_cast<Space>(member)))
            shared.push_back(static_cast<Space>(member));
    return shared;
}

}  // namespace wakesleep
