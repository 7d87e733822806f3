#include "abstraction_inversion.hpp"

#include <algorithm>

namespace wakesleep {

using Tag = TermTable::Tag;

std::uint64_t Inversion::scan(TermId term, int depth, int under, Content& found, Found& candidates, int& seen) const {
    const TermTable::Node node = terms_[term];
    if ((outside(node.free, under) & indices_below(depth)) == 0) return 0;
    std::uint64_t covers = 0;
    switch (node.tag) {
        case Tag::index:
            if (seen < 64) covers = std::uint64_t{1} << seen;
            else found.overflows = true;
            ++seen;
            break;
        case Tag::application:
            covers = scan(node.first, depth, under, found, candidates, seen);
            covers |= scan(node.second, depth, under, found, candidates, seen);
            break;
        case Tag::lambda: covers = scan(node.first, depth, under + 1, found, candidates, seen); break;
        case Tag::leaf: break;
    }
    const bool uses_inner_variables = (node.free & indices_below(under)) != 0;
    const bool uses_outer_variables = (outside(node.free, under) & ~indices_below(depth)) != 0;
    if (!uses_inner_variables && !uses_outer_variables) {
        const TermId seen_from_hole = terms_.shift(term, -under);
        add(candidates, seen_from_hole, covers, seen_from_hole);
    }
    return covers;
}

void Inversion::add(Found& candidates, TermId term, std::uint64_t covers, TermId stands_for) const {
    Candidate& candidate = candidates[term];
    candidate.term = term;
    candidate.covers |= covers;
    candidate.saving += terms_[stands_for].cost - leaf_cost;
}

const Inversion::Content& Inversion::look_into(TermId content, int depth) {
    const std::uint64_t key = static_cast<std::uint64_t>(content) << 16 | static_cast<std::uint64_t>(depth);
    if (const auto known = contents_.find(key); known != contents_.end()) return known->second;
    Content found;
    Found candidates;
    int seen = 0;
    found.local_occurrences = scan(content, depth, 0, found, candidates, seen);
    for (const auto& [term, candidate] : candidates) found.candidates.push_back(candidate);
    return contents_.emplace(key, std::move(found)).first->second;
}

int Inversion::list(const std::vector<TermId>& terms) {
    const auto [entry, fresh] = list_ids_.try_emplace(terms, static_cast<int>(lists_.size()));
    if (fresh) {
        lists_.push_back(terms);
        const auto is_closed = [&](TermId term) { return terms_[term].free == 0; };
        holds_closed_.push_back(std::any_of(terms.begin(), terms.end(), is_closed));
    }
    return entry->second;
}

TermId Inversion::take_out(TermId term, int list, int depth, int under) {
    const TermTable::Node node = terms_[term];
    if (outside(node.free, under) == 0 && !holds_closed_[static_cast<std::size_t>(list)]) return term;
    const int count = static_cast<int>(terms_of(list).size());
    if (under + count > max_index) return no_term;
    const std::uint64_t place_key = static_cast<std::uint64_t>(list) << 16 | static_cast<std::uint64_t>(depth);
    const auto* known_place = places_.find(place_key);
    const int place = known_place ? *known_place : place_count_++;
    if (!known_place) places_.insert(place_key, place);
    const std::uint64_t key = static_cast<std::uint64_t>(term) << 32 | static_cast<std::uint64_t>(place) << 6 |
                              static_cast<std::uint64_t>(under);
    if (const auto* known = taken_out_.find(key)) return *known;

    TermId result = no_term;
    bool is_one_of_them = false;
    for (int i = 0; i < count && !is_one_of_them; ++i)
        if (term == terms_.shift(terms_of(list)[static_cast<std::size_t>(i)], under)) {
            result = terms_.index(under + count - 1 - i);
            is_one_of_them = true;
        }
    if (!is_one_of_them) {
        if (outside(node.free, under) == 0 && (node.tag == Tag::index || node.tag == Tag::leaf)) {
            result = term;
        } else if (node.tag == Tag::index) {
            const bool local = node.first - under < depth;
            const int raised = node.first - depth + count;
            result = local || raised > max_index ? no_term : terms_.index(raised);
        } else if (node.tag == Tag::lambda) {
            const TermId body = take_out(node.first, list, depth, under + 1);
            if (body != no_term) result = terms_.lambda(body);
        } else {
            const TermId function = take_out(node.first, list, depth, under);
            const TermId argument = function == no_term ? no_term : take_out(node.second, list, depth, under);
            if (argument != no_term) result = terms_.application(function, argument);
        }
    }
    taken_out_.insert(key, result);
    return result;
}

TermId Inversion::function_of(TermId content, int list, int depth) {
    // A content without free variables is returned as it is, whatever the λ's around it.
    TermId body = take_out(content, list, depth, 0);
    if (body == no_term) return no_term;
    std::size_t lambdas = terms_of(list).size();
    for (; lambdas > 0; --lambdas) {  // λ.f $0 is f where f doesn't use $0
        const TermTable::Node node = terms_[body];
        if (node.tag != Tag::application) break;
        const TermTable::Node argument = terms_[node.second];
        if (argument.tag != Tag::index || argument.first != 0 || (terms_[node.first].free & 1)) break;
        body = terms_.shift(node.first, -1);
    }
    for (; lambdas > 0; --lambdas) body = terms_.lambda(body);
    return body;
}

}  // namespace wakesleep
