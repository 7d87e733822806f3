// Expansion's third way to fill a hole: a new applied parameter `(#i t…)`, by inverse β on the contents.

#include <algorithm>
#include <array>
#include <unordered_map>

#include "abstraction_expansion.hpp"

namespace wakesleep {

namespace {

/// Terms that a new applied parameter is applied to.
constexpr int max_list = 3;
/// Of the shortlist, for lists of three.
constexpr std::size_t shorter = 8;
/// Terms without local variables, in a shortlist.
constexpr std::size_t most_others = 4;
/// Of the shortlist, between two looks at the clock.
constexpr std::size_t between_checks = 8;

}  // namespace

/// The terms that an applied parameter may take out of a hole's contents, and what each does in each row.
struct Expansion::Shortlist {
    struct Effect {
        std::size_t row;
        std::uint64_t covers;  // occurrences of local variables inside the term
        int saving;            // cost of the content less with a variable in its place
    };
    std::vector<TermId> terms;
    std::vector<bool> local;                             // whether a term has local variables
    std::vector<std::vector<Effect>> effects;            // of each term, rows ascending
    std::vector<int> places;                             // of the programs that each row stands for
    std::vector<std::size_t> closed_rows;                // whose contents use no local variable
    std::vector<const Inversion::Content*> contents;     // one a row; nullptr where anything would do
    std::vector<const Inversion::Candidates*> candidates;  // some for each row, no term twice:
    std::vector<std::size_t> ends;                         // where each row's end

    template <class Visit>
    void for_each_candidate(Visit&& visit) const {
        for (std::size_t row = 0, at = 0; row < ends.size(); ++row)
            for (; at < ends[row]; ++at)
                for (const Inversion::Candidate& candidate : *candidates[at]) visit(row, candidate);
    }
};

/// What could be taken out of each row's content.
Expansion::Shortlist Expansion::look_into(const PatternState& state) {
    const OpenHole& hole = state.open.back();
    Shortlist found;
    for (std::size_t row = 0; row < state.rows(); ++row) {
        const TermId content = hole.contents[row];
        found.places.push_back(0);
        for (const auto& occurrence : corpus_.occurrences(state.locations[row])) found.places.back() += occurrence.count;
        found.contents.push_back(content == no_term ? nullptr : &inversion_.look_into(content, hole.depth));
        if (content != no_term) {
            if (found.contents.back()->local_occurrences == 0) found.closed_rows.push_back(row);
            found.candidates.push_back(&found.contents.back()->candidates);
            found.candidates.push_back(&inversion_.closed_in(content, config_.inversion_shortlist == 0));
            if (!state.arguments.empty()) {
                std::vector<TermId> arguments;
                for (const auto& column : state.arguments) arguments.push_back(column[row]);
                found.candidates.push_back(&inversion_.around(arguments, content, hole.depth));
            }
        }
        found.ends.push_back(found.candidates.size());
    }
    return found;
}

/// Candidates found in at least min_tasks tasks, the most frequent first; then those without local variables, the ones that
/// save most first, and only if they pay for their place in the body.
Expansion::Shortlist Expansion::shortlist(const PatternState& state) {
    Shortlist result = look_into(state);
    struct Support {
        std::size_t rows = 0;
        bool local = false;
        std::int64_t saving = 0;
        std::vector<int> tasks{};  // distinct, no more than needed
    };
    std::unordered_map<TermId, Support> support;
    const auto enough = static_cast<std::size_t>(config_.min_tasks);
    result.for_each_candidate([&](std::size_t row, const Inversion::Candidate& candidate) {
        Support& found = support[candidate.term];
        ++found.rows;
        found.local |= candidate.covers != 0;
        found.saving += std::int64_t{result.places[row]} * candidate.saving;
        for (const auto& occurrence : corpus_.occurrences(state.locations[row])) {
            if (found.tasks.size() >= enough) break;
            const int task = corpus_.task_of(occurrence.program);
            if (std::find(found.tasks.begin(), found.tasks.end(), task) == found.tasks.end()) found.tasks.push_back(task);
        }
    });
    for (const auto& [term, found] : support)
        if (found.tasks.size() >= enough &&
            (config_.inversion_shortlist == 0 || found.local || found.saving > node_cost + inversion_.cost_in_body(term, config_.hole_cost)))
            result.terms.push_back(term);
    std::sort(result.terms.begin(), result.terms.end(), [&](TermId a, TermId b) {
        const Support &of_a = support[a], &of_b = support[b];
        if (of_a.local != of_b.local) return of_a.local;
        if (!of_a.local && of_a.saving != of_b.saving) return of_a.saving > of_b.saving;
        return of_a.rows != of_b.rows ? of_a.rows > of_b.rows : a < b;
    });
    if (config_.inversion_shortlist > 0) {
        const auto is_local = [&](TermId term) { return support[term].local; };
        const auto locals = static_cast<std::size_t>(std::count_if(result.terms.begin(), result.terms.end(), is_local));
        const auto most = std::min(static_cast<std::size_t>(config_.inversion_shortlist), locals + most_others);
        result.terms.resize(std::min(result.terms.size(), most));
    }

    std::unordered_map<TermId, std::size_t> position;
    for (std::size_t i = 0; i < result.terms.size(); ++i) {
        position[result.terms[i]] = i;
        result.local.push_back(support[result.terms[i]].local);
    }
    result.effects.resize(result.terms.size());
    result.for_each_candidate([&](std::size_t row, const Inversion::Candidate& candidate) {
        if (const auto found = position.find(candidate.term); found != position.end())
            result.effects[found->second].push_back({row, candidate.covers, candidate.saving});
    });
    return result;
}

void Expansion::apply(const PatternState& state) {
    const int longest = std::min(config_.inversion_steps - state.pattern.steps(), max_list);
    if (longest <= 0 || state.pattern.arity() >= config_.max_arity) return;
    const Shortlist found = shortlist(state);
    const std::size_t count = found.terms.size();
    const std::size_t of_three = config_.inversion_shortlist == 0 ? count : std::min(count, shorter);
    Selection covered;
    for (std::size_t first = 0; first < count; ++first) {
        if (first % between_checks == 0 && !keep_going_()) return;
        apply_to(state, found, std::array{first}, covered);
        for (std::size_t second = first + 1; longest > 1 && second < count; ++second) {
            apply_to(state, found, std::array{first, second}, covered);
            for (std::size_t third = second + 1; longest > 2 && third < of_three; ++third)
                apply_to(state, found, std::array{first, second, third}, covered);
        }
    }
}

/// Selects the rows where every local variable of the content lies in one of the chosen terms, with gains as high as they
/// may be with the new parameter. False where the choice is pointless.
bool Expansion::covers_some_rows(const PatternState& state, const Shortlist& shortlist, Choice chosen,
                                 Selection& covered) const {
    covered.rows.clear();
    covered.gains.clear();
    const OpenHole& hole = state.open.back();
    // η-reduction may remove, for each term, a λ, an application and a variable.
    const int steps = static_cast<int>(chosen.size()), eta = steps * (node_cost + leaf_cost);
    bool says_more = false;  // than a plain parameter
    for (const std::size_t term : chosen) says_more |= !shortlist.local[term];
    unsigned needed = 0;
    std::array<std::int64_t, max_list> saved{};
    // Rows that need none of the terms or hold one, in order.
    const std::vector<std::size_t>& closed = shortlist.closed_rows;
    std::size_t next_closed = 0;
    std::array<std::size_t, max_list> next{};
    for (;;) {
        std::size_t row = next_closed < closed.size() ? closed[next_closed] : state.rows();
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const auto& effects = shortlist.effects[chosen[i]];
            if (next[i] < effects.size()) row = std::min(row, effects[next[i]].row);
        }
        if (row == state.rows()) break;
        if (next_closed < closed.size() && closed[next_closed] == row) ++next_closed;
        const Inversion::Content& content = *shortlist.contents[row];
        const std::uint64_t wanted = content.local_occurrences;
        std::array<Shortlist::Effect, max_list> here{};
        std::uint64_t together = 0;
        int saving = 0;  // at most: where one term lies inside another, they don't add up
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const auto& effects = shortlist.effects[chosen[i]];
            if (next[i] == effects.size() || effects[next[i]].row != row) continue;
            const Shortlist::Effect& effect = here[i] = effects[next[i]++];
            together |= effect.covers;
            saving += effect.saving;
        }
        if ((together & wanted) != wanted) continue;
        const int cost = terms_[hole.contents[row]].cost, least_cost = std::max(leaf_cost, cost - saving - eta);
        const bool may_be_left_out = state.closed_at(row) > 0;
        covered.add(row, state.gains[row] - (may_be_left_out ? 0 : node_cost + least_cost));
        says_more |= wanted != 0;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            std::uint64_t others = 0;
            for (std::size_t j = 0; j < chosen.size(); ++j)
                if (j != i) others |= here[j].covers;
            if ((others & wanted) != wanted || content.overflows) needed |= 1u << i;
            saved[i] += std::int64_t{shortlist.places[row]} * here[i].saving;
        }
    }
    if (!says_more) return false;
    // A term that isn't needed to cover local variables must at least pay for its place in the body.
    for (std::size_t i = 0; i < chosen.size(); ++i)
        if (saved[i] > node_cost + inversion_.cost_in_body(shortlist.terms[chosen[i]], config_.hole_cost)) needed |= 1u << i;
    return config_.inversion_shortlist == 0 || needed + 1 == 1u << chosen.size();
}

void Expansion::apply_to(const PatternState& state, const Shortlist& shortlist, Choice chosen, Selection& covered) {
    const OpenHole& hole = state.open.back();
    if (!covers_some_rows(state, shortlist, chosen, covered)) return;
    std::vector<TermId> list;
    int body_cost = config_.hole_cost;
    for (const std::size_t term : chosen) {
        list.push_back(shortlist.terms[term]);
        body_cost += node_cost + inversion_.cost_in_body(list.back(), config_.hole_cost);
    }
    if (!bound(take_rows(state.locations, covered.rows), covered.gains,
               take_rows(state.closed, covered.rows), state.pattern.body_cost + body_cost, state.open.size() - 1))
        return;
    const int list_id = inversion_.list(list), steps = static_cast<int>(list.size());
    Selection functions;
    std::vector<TermId> arguments;
    for (const std::int32_t row : covered.rows) {
        const auto at = static_cast<std::size_t>(row);
        arguments.clear();
        for (const auto& column : state.arguments) arguments.push_back(column[at]);
        const int instance = inversion_.instance(list_id, arguments, hole.depth);
        if (instance < 0) continue;
        const TermId function = inversion_.function_of(hole.contents[at], instance, hole.depth);
        if (function != no_term) functions.add(at, state.gains[at], function);
    }
    charge(state, functions);
    if (auto next = child(state, functions, body_cost, 0)) {
        next->pattern.parameters.push_back({steps, steps});
        use_parameter(*next, state, Pattern::Tag::applied, state.pattern.arity(), list_id, body_cost);
        receive_(std::move(next));
    }
}

}  // namespace wakesleep
