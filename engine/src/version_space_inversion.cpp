#include "version_space_inversion.hpp"

#include <algorithm>

#include "error.hpp"

namespace wakesleep {

using Tag = VersionSpaceTable::Tag;

void VersionSpaceInversion::hold() {
    const auto bytes = static_cast<std::int64_t>(factor_bytes_ + factors_.bytes() + one_step_.bytes() + closures_.bytes() +
                                                 pruned_.capacity() * sizeof(pruned_[0]));
    const std::int64_t more = bytes - held_;
    held_ = bytes;
    table_.hold(more);
}

/// Unites the bodies of equal values.
VersionSpaceInversion::Factors VersionSpaceInversion::group(Factors pairs) {
    // Which of equal ones comes first doesn't matter: unions are sorted.
    std::sort(pairs.begin(), pairs.end(), [](const Factor& a, const Factor& b) { return a.value < b.value; });
    Factors grouped;
    std::vector<Space> bodies;
    for (std::size_t i = 0; i < pairs.size();) {
        const Space value = pairs[i].value;
        bodies.clear();
        for (; i < pairs.size() && pairs[i].value == value; ++i) bodies.push_back(pairs[i].body);
        grouped.push_back({value, table_.alternatives(bodies)});
    }
    return grouped;
}

/// S_k of the paper: pairs of a value and the bodies that give members of `space` when index k is replaced by it. The
/// universe as value marks bodies without index k, which anything can be put into.
const VersionSpaceInversion::Factors& VersionSpaceInversion::factors(Space space, int k) {
    const std::uint64_t key = static_cast<std::uint64_t>(space) << 16 | static_cast<std::uint64_t>(k);
    if (const auto* known = factors_.find(key)) return stored_factors_[static_cast<std::size_t>(*known)];
    const VersionSpaceTable::Node node = table_[space];
    Factors pairs;
    if (const Space whole = table_.lower(space, k); whole != void_space) pairs.push_back({whole, table_.index(k)});
    switch (node.tag) {
        case Tag::void_space:
        case Tag::universe: break;
        case Tag::leaf: pairs.push_back({universe, space}); break;
        case Tag::index:
            pairs.push_back({universe, node.first < k ? space : table_.index(node.first + 1)});
            break;
        case Tag::abstraction:
            for (const Factor& body : factors(node.first, k + 1))
                pairs.push_back({body.value, table_.abstraction(body.body)});
            break;
        case Tag::alternatives:
            for (std::int32_t i = 0; i < node.second; ++i) {
                const Factors& of_member = factors(table_.alternative(node, i), k);
                pairs.insert(pairs.end(), of_member.begin(), of_member.end());
            }
            break;
        case Tag::application: {
            const Factors& of_function = factors(node.first, k);
            const Factors& of_argument = factors(node.second, k);
            struct Call {
                Space value, function, argument;
            };
            std::vector<Call> calls;
            for (const Factor& function : of_function)
                for (const Factor& argument : of_argument)
                    if (const Space value = table_.intersection(function.value, argument.value); value != void_space)
                        calls.push_back({value, function.body, argument.body});
            constexpr std::size_t ahead = 8;
            for (std::size_t i = 0; i < calls.size(); ++i) {
                if (i + ahead < calls.size())
                    table_.prefetch_application(calls[i + ahead].function, calls[i + ahead].argument);
                pairs.push_back({calls[i].value, table_.application(calls[i].function, calls[i].argument)});
            }
            break;
        }
    }
    stored_factors_.push_back(group(std::move(pairs)));
    factor_bytes_ += stored_factors_.back().capacity() * sizeof(Factor) + sizeof(Factors);
    hold();
    factors_.insert(key, static_cast<std::int32_t>(stored_factors_.size() - 1));
    return stored_factors_.back();
}

/// Iβ of the paper: everything that reduces to a member of `space` in exactly one step.
Space VersionSpaceInversion::one_step(Space space) {
    if (const auto* known = one_step_.find(static_cast<std::uint64_t>(space))) return *known;
    const VersionSpaceTable::Node node = table_[space];
    std::vector<Space> found;
    if (node.tag == Tag::alternatives) {
        for (std::int32_t i = 0; i < node.second; ++i) found.push_back(one_step(table_.alternative(node, i)));
    } else {
        const Space identity = table_.index(0);
        const Factors redexes = factors(space, 0);
        for (const Factor& redex : redexes)
            if (redex.value != universe && redex.body != identity)
                found.push_back(table_.application(table_.abstraction(redex.body), redex.value));
        if (node.tag == Tag::application) {
            found.push_back(table_.application(one_step(node.first), node.second));
            found.push_back(table_.application(node.first, one_step(node.second)));
        } else if (node.tag == Tag::abstraction) {
            found.push_back(table_.abstraction(one_step(node.first)));
        }
    }
    const Space result = table_.alternatives(found);
    one_step_.insert(static_cast<std::uint64_t>(space), result);
    return result;
}

/// Members whose head is a saturated abstraction, with its body in place of the call. `arguments`: those to the right, the
/// nearest last.
Space VersionSpaceInversion::inlined(Space space, std::vector<Space>& arguments) {
    const VersionSpaceTable::Node node = table_[space];
    if (node.tag == Tag::application) {
        arguments.push_back(node.second);
        const Space result = inlined(node.first, arguments);
        arguments.pop_back();
        return result;
    }
    if (node.tag == Tag::alternatives) {
        std::vector<Space> found;
        for (std::int32_t i = 0; i < node.second; ++i) found.push_back(inlined(table_.alternative(node, i), arguments));
        return table_.alternatives(found);
    }
    if (node.tag != Tag::leaf) return void_space;
    const Term term = table_.leaf_term(node.first);
    if (term.kind() != Kind::abstraction) return void_space;
    Space body = table_.read(term.body());
    std::size_t left = arguments.size();
    std::vector<Space> used;  // the innermost λ's argument first
    for (; table_[body].tag == Tag::abstraction; body = table_[body].first) {
        if (left == 0) return void_space;
        used.insert(used.begin(), arguments[--left]);
    }
    Space result = instantiate(body, used, 0);
    while (left > 0) result = table_.application(result, arguments[--left]);
    return result;
}

Space VersionSpaceInversion::instantiate(Space body, const std::vector<Space>& arguments, int depth) {
    const VersionSpaceTable::Node node = table_[body];
    if (node.free <= depth) return body;
    switch (node.tag) {
        case Tag::index: return table_.raise(arguments[static_cast<std::size_t>(node.first - depth)], depth);
        case Tag::abstraction: return table_.abstraction(instantiate(node.first, arguments, depth + 1));
        default: {
            const Space function = instantiate(node.first, arguments, depth);
            return table_.application(function, instantiate(node.second, arguments, depth));
        }
    }
}

Space VersionSpaceInversion::without_nested_redexes(Space space, bool is_head, bool may_be_redex) {
    const VersionSpaceTable::Node node = table_[space];
    if (!node.redex && (may_be_redex || !is_head || !node.head_lambda)) return space;
    if (node.tag == Tag::abstraction && is_head && !may_be_redex) return void_space;
    const auto at = static_cast<std::size_t>(space);
    const std::size_t way = (is_head ? 2u : 0u) | (may_be_redex ? 1u : 0u);
    if (pruned_.size() <= at) {
        pruned_.resize(std::max(table_.size(), pruned_.size() * 2), {-1, -1, -1, -1});
        hold();
    }
    if (const Space known = pruned_[at][way]; known >= 0) return known;
    Space result = void_space;
    if (node.tag == Tag::application) {
        const Space function = without_nested_redexes(node.first, true, may_be_redex);
        if (function != void_space)
            result = table_.application(function, without_nested_redexes(node.second, false, may_be_redex));
    } else if (node.tag == Tag::abstraction) {
        result = table_.abstraction(without_nested_redexes(node.first, false, !is_head && may_be_redex));
    } else {
        std::vector<Space> kept;
        for (std::int32_t i = 0; i < node.second; ++i)
            kept.push_back(without_nested_redexes(table_.alternative(node, i), is_head, may_be_redex));
        result = table_.alternatives(kept);
    }
    pruned_[at][way] = result;
    return result;
}

Space VersionSpaceInversion::closure(Space space, int steps) {
    const std::uint64_t key = static_cast<std::uint64_t>(space) << 8 | static_cast<std::uint64_t>(steps);
    if (const auto* known = closures_.find(key)) return *known;
    const VersionSpaceTable::Node node = table_[space];
    std::vector<Space> found;
    if (node.tag == Tag::alternatives) {
        for (std::int32_t i = 0; i < node.second; ++i) found.push_back(closure(table_.alternative(node, i), steps));
    } else if (node.tag == Tag::application) {
        const Space function = closure(node.first, steps);
        found.push_back(table_.application(function, closure(node.second, steps)));
    } else if (node.tag == Tag::abstraction) {
        found.push_back(table_.abstraction(closure(node.first, steps)));
    }
    if (node.tag != Tag::alternatives) {
        found.push_back(space);
        Space current = space;
        for (int step = 0; step < steps && current != void_space; ++step) {
            const Space expanded = one_step(current);
            std::vector<Space> arguments;
            current = inline_abstractions_ ? table_.alternatives({expanded, inlined(current, arguments)}) : expanded;
            found.push_back(without_nested_redexes(current, false, true));
        }
    }
    const Space result = table_.alternatives(found);
    closures_.insert(key, result);
    return result;
}

}  // namespace wakesleep
