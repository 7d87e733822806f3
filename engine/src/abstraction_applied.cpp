// Expansion's third way to fill a hole: an applied parameter `(#i t…)`, by inverse β on the contents.

#include <algorithm>
#include <array>
#include <unordered_map>

#include "abstraction_expansion.hpp"

namespace wakesleep {

namespace {

/// Terms that one applied parameter is applied to; longer lists were never worth their pairs.
constexpr int max_list = 2;

}  // namespace

/// The terms that an applied parameter may take out of a hole's contents, and what each does in each row.
struct Expansion::Shortlist {
    struct Effect {
        std::size_t row;
        std::uint64_t covers;  // occurrences of local variables inside the term
        int saving;            // cost of the content less with a variable in its place
    };
    std::vector<TermId> terms;
    std::vector<std::vector<Effect>> effects;         // of each term, rows ascending
    std::vector<const Inversion::Content*> contents;  // one a row
    std::vector<std::size_t> closed_rows;             // whose contents use no local variable
};

/// Candidates found in at least min_tasks tasks, the most frequent first.
Expansion::Shortlist Expansion::shortlist(const PatternState& state) {
    const OpenHole& hole = state.open.back();
    Shortlist result;
    struct Support {
        std::size_t rows = 0;
        std::vector<int> tasks;  // distinct, no more than needed
    };
    std::unordered_map<TermId, Support> support;
    const auto enough = static_cast<std::size_t>(config_.min_tasks);
    for (std::size_t row = 0; row < state.rows(); ++row) {
        result.contents.push_back(&inversion_.look_into(hole.contents[row], hole.depth));
        for (const auto& candidate : result.contents.back()->candidates) {
            Support& found = support[candidate.term];
            ++found.rows;
            for (const auto& occurrence : corpus_.occurrences(state.locations[row])) {
                if (found.tasks.size() >= enough) break;
                const int task = corpus_.task_of(occurrence.program);
                if (std::find(found.tasks.begin(), found.tasks.end(), task) == found.tasks.end())
                    found.tasks.push_back(task);
            }
        }
    }
    for (const auto& [term, found] : support)
        if (found.tasks.size() >= enough) result.terms.push_back(term);
    std::sort(result.terms.begin(), result.terms.end(), [&](TermId a, TermId b) {
        const std::size_t rows_a = support[a].rows, rows_b = support[b].rows;
        return rows_a != rows_b ? rows_a > rows_b : a < b;
    });
    if (config_.inversion_shortlist > 0 && result.terms.size() > static_cast<std::size_t>(config_.inversion_shortlist))
        result.terms.resize(static_cast<std::size_t>(config_.inversion_shortlist));

    std::unordered_map<TermId, std::size_t> position;
    for (std::size_t i = 0; i < result.terms.size(); ++i) position[result.terms[i]] = i;
    result.effects.resize(result.terms.size());
    for (std::size_t row = 0; row < state.rows(); ++row) {
        if (result.contents[row]->local_occurrences == 0) result.closed_rows.push_back(row);
        for (const auto& candidate : result.contents[row]->candidates)
            if (const auto found = position.find(candidate.term); found != position.end())
                result.effects[found->second].push_back(
                    {row, candidate.covers, candidate.occurrences * (terms_[candidate.term].cost - leaf_cost)});
    }
    return result;
}

void Expansion::apply(const PatternState& state) {
    int longest = config_.inversion_steps - state.pattern.steps();
    for (const auto& parameter : state.pattern.parameters) longest = std::max(longest, parameter.steps);
    longest = std::min(longest, max_list);
    if (longest <= 0) return;
    const Shortlist found = shortlist(state);
    for (std::size_t first = 0; first < found.terms.size(); ++first) {
        if (!keep_going_()) return;
        apply_to(state, found, {first});
        for (std::size_t second = first + 1; longest > 1 && second < found.terms.size(); ++second)
            apply_to(state, found, {first, second});
    }
}

/// Rows where every local variable of the content lies in one of the chosen terms.
struct Expansion::Covered {
    Selection rows;                       // gains: at most those with a new parameter
    std::vector<int> least_cost, most_cost;  // of the function that the content becomes, one a row
};

/// Selects those rows. False where the choice is pointless.
bool Expansion::covers_some_rows(const PatternState& state, const Shortlist& shortlist,
                                 const std::vector<std::size_t>& chosen, Covered& covered) const {
    const OpenHole& hole = state.open.back();
    // η-reduction may remove, for each term, a λ, an application and a variable.
    const int steps = static_cast<int>(chosen.size()), eta = steps * (node_cost + leaf_cost);
    bool uses_local_variables = false;
    unsigned needed = 0;
    // Rows that need none of the terms or hold one, in order.
    const std::vector<std::size_t>& closed = shortlist.closed_rows;
    std::size_t next_closed = 0;
    std::array<std::size_t, max_list> next{};
    std::array<std::uint64_t, max_list> covers{};
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
        std::uint64_t together = 0;
        int saving = 0, largest_saving = 0;  // where one term lies inside another, they don't add up
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const auto& effects = shortlist.effects[chosen[i]];
            covers[i] = 0;
            if (next[i] == effects.size() || effects[next[i]].row != row) continue;
            const Shortlist::Effect& effect = effects[next[i]++];
            covers[i] = effect.covers;
            together |= effect.covers;
            saving += effect.saving;
            largest_saving = std::max(largest_saving, effect.saving);
        }
        if ((together & wanted) != wanted) continue;
        const int cost = terms_[hole.contents[row]].cost, least_cost = std::max(leaf_cost, cost - saving - eta);
        covered.rows.add(row, state.gains[row] - node_cost - least_cost);
        covered.least_cost.push_back(least_cost);
        covered.most_cost.push_back(cost - largest_saving + steps * node_cost);
        uses_local_variables |= wanted != 0;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            std::uint64_t others = 0;
            for (std::size_t j = 0; j < chosen.size(); ++j)
                if (j != i) others |= covers[j];
            if ((others & wanted) != wanted || content.overflows) needed |= 1u << i;
        }
    }
    if (!uses_local_variables) return false;  // a plain parameter does it
    return config_.inversion_shortlist == 0 || needed + 1 == 1u << chosen.size();
}

void Expansion::apply_to(const PatternState& state, const Shortlist& shortlist,
                         const std::vector<std::size_t>& chosen) {
    Covered covered;
    if (!covers_some_rows(state, shortlist, chosen, covered)) return;
    std::vector<TermId> list;
    int body_cost = config_.hole_cost;
    for (const std::size_t term : chosen) {
        list.push_back(shortlist.terms[term]);
        body_cost += node_cost + terms_[list.back()].cost;
    }
    const int steps = static_cast<int>(chosen.size());
    const bool may_add = state.pattern.arity() < config_.max_arity &&
                         state.pattern.steps() + steps <= config_.inversion_steps &&
                         bound(take_rows(state.locations, covered.rows.rows), covered.rows.gains,
                               state.pattern.body_cost + body_cost, state.open.size() - 1);
    if (!may_add && state.arguments.empty()) return;
    apply_list(state, list, body_cost, covered, may_add);
    if (list.size() > 1 && !state.arguments.empty()) {  // a parameter met before may take them the other way round
        std::reverse(list.begin(), list.end());
        apply_list(state, list, body_cost, covered, false);
    }
}

/// Fills the hole with `(#i list…)`: an old parameter whose arguments agree, or, with `may_add`, a new one.
void Expansion::apply_list(const PatternState& state, const std::vector<TermId>& list, int body_cost,
                           const Covered& covered, bool may_add) {
    const OpenHole& hole = state.open.back();
    const int steps = static_cast<int>(list.size());
    Selection functions;
    int list_id = -1;
    for (std::size_t i = 0; i < covered.rows.rows.size(); ++i) {
        const auto row = static_cast<std::size_t>(covered.rows.rows[i]);
        const auto may_agree = [&](const std::vector<TermId>& column) {
            const int cost = terms_[column[row]].cost;
            return covered.least_cost[i] <= cost && cost <= covered.most_cost[i];
        };
        if (!may_add && std::none_of(state.arguments.begin(), state.arguments.end(), may_agree)) continue;
        if (list_id < 0) list_id = inversion_.list(list);
        const TermId function = inversion_.function_of(hole.contents[row], list_id, hole.depth);
        if (function != no_term) functions.add(row, state.gains[row] - node_cost - terms_[function].cost, function);
    }
    if (functions.rows.empty()) return;
    for (std::size_t parameter = 0; parameter < state.arguments.size(); ++parameter) {
        const int more = std::max(0, steps - state.pattern.parameters[parameter].steps);
        if (state.pattern.steps() + more > config_.inversion_steps) continue;
        Selection equal;
        for (std::size_t i = 0; i < functions.rows.size(); ++i) {
            const auto row = static_cast<std::size_t>(functions.rows[i]);
            if (state.arguments[parameter][row] == functions.argument[i]) equal.add(row, state.gains[row]);
        }
        if (auto next = child(state, equal, body_cost, 0)) {
            next->pattern.parameters[parameter].steps += more;
            use_parameter(*next, state, Pattern::Tag::applied, static_cast<std::int32_t>(parameter), list_id, body_cost);
            receive_(std::move(next));
        }
    }
    if (!may_add) return;
    if (auto next = child(state, functions, body_cost, 0)) {
        next->pattern.parameters.push_back({steps, steps});
        use_parameter(*next, state, Pattern::Tag::applied, state.pattern.arity(), list_id, body_cost);
        receive_(std::move(next));
    }
}

}  // namespace wakesleep
