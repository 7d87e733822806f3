#include "abstraction_expansion.hpp"

#include <algorithm>
#include <map>

namespace wakesleep {

using Tag = Pattern::Tag;

std::unique_ptr<PatternState> Expansion::root(bool from_left) {
    auto state = std::make_unique<PatternState>();
    state->pattern.from_left = from_left;
    for (const TermId id : corpus_.subterms()) {
        const int gain = terms_[id].cost - leaf_cost;  // a call without arguments is one leaf
        if (gain <= 0) continue;
        state->locations.push_back(id);
        state->gains.push_back(gain);
    }
    std::vector<TermId> contents = state->locations;
    if (config_.inversion_steps > 0) add_closed_rows(*state, contents);
    const auto limit = bound(state->locations, state->gains, state->closed, 0, 1);
    if (!limit) return nullptr;
    state->bound = state->least_bound = *limit;
    state->open.push_back({0, 0, std::move(contents)});
    return state;
}

/// A row for each location λ^k.l at which the pattern may match l.
void Expansion::add_closed_rows(PatternState& state, std::vector<TermId>& contents) const {
    const std::size_t plain = state.rows();
    state.closed.assign(plain, 0);
    for (std::size_t row = 0; row < plain; ++row) {
        const TermId location = state.locations[row];
        TermId content = location;
        for (int count = 1; count <= config_.max_arity && terms_[content].tag == TermTable::Tag::lambda; ++count) {
            content = terms_[content].first;
            if ((terms_[content].free & indices_below(count)) != indices_below(count)) continue;
            state.locations.push_back(location);
            state.gains.push_back(state.gains[row]);
            state.closed.push_back(static_cast<std::int8_t>(count));
            contents.push_back(content);
        }
    }
    if (state.rows() == plain) state.closed.clear();
}

void Expansion::expand(const PatternState& state) {
    grow(state);
    if (state.open.back().node == 0) return;  // a lone parameter is no abstraction
    close(state);
    if (config_.inversion_steps == 0) return;
    apply(state);
    reapply(state);
}

/// The utility that a pattern of these rows can reach at most, or nothing where it can't be kept.
std::optional<std::int64_t> Expansion::bound(const std::vector<TermId>& locations, const std::vector<int>& gains,
                                             const std::vector<std::int8_t>& closed, int body_cost,
                                             std::size_t open_holes) {
    // Where λ^k.l matches, l and λ^(k-1).l do too, and what they gain is counted in their rows. A λ left out with the
    // variable that it binds gains this much more:
    constexpr int left_out = node_cost + node_cost + leaf_cost;
    if (!closed.empty()) {
        counted_ = gains;
        for (std::size_t i = 0; i < closed.size(); ++i)
            if (closed[i] > 0) counted_[i] = std::min(counted_[i], left_out);
    }
    const Corpus::Saving saving = corpus_.saving_bound(locations, closed.empty() ? gains : counted_);
    if (saving.tasks < config_.min_tasks) return std::nullopt;
    const int least_cost = std::min(leaf_cost, config_.hole_cost);
    const std::int64_t limit = saving.cost - body_cost - static_cast<std::int64_t>(open_holes) * least_cost;
    if (config_.upper_bound_pruning && limit <= threshold) return std::nullopt;
    return limit;
}

/// `state` with the selected rows and without its last hole, the pattern untouched; nullptr where it is pruned.
/// Narrows the selection to the rows that stay. `body_cost` and `new_holes` are what the expansion adds.
std::unique_ptr<PatternState> Expansion::child(const PatternState& state, Selection& selection, int body_cost,
                                               std::size_t new_holes) {
    if (config_.location_pruning) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < selection.rows.size(); ++i) {
            if (selection.gains[i] <= 0) continue;
            selection.rows[kept] = selection.rows[i];
            selection.gains[kept] = selection.gains[i];
            if (!selection.argument.empty()) selection.argument[kept] = selection.argument[i];
            ++kept;
        }
        selection.keep_first(kept);
    }
    if (selection.rows.empty()) return nullptr;
    auto locations = take_rows(state.locations, selection.rows);
    auto closed = take_rows(state.closed, selection.rows);
    const std::size_t open_holes = state.open.size() - 1 + new_holes;
    const auto limit = bound(locations, selection.gains, closed, state.pattern.body_cost + body_cost, open_holes);
    if (!limit) return nullptr;
    if (config_.argument_pruning && has_idle_argument(state, selection)) return nullptr;

    auto result = std::make_unique<PatternState>();
    result->pattern = state.pattern;
    result->locations = std::move(locations);
    result->gains = selection.gains;
    result->closed = std::move(closed);
    result->bound = *limit;
    result->least_bound = std::min(state.least_bound, *limit);
    result->open.reserve(open_holes);
    for (std::size_t i = 0; i + 1 < state.open.size(); ++i)
        result->open.push_back({state.open[i].node, state.open[i].depth,
                                take_rows(state.open[i].contents, selection.rows)});
    result->arguments.reserve(state.arguments.size() + 1);
    for (const auto& column : state.arguments) result->arguments.push_back(take_rows(column, selection.rows));
    if (!selection.argument.empty()) result->arguments.push_back(selection.argument);
    return result;
}

/// Fills the hole with what stands there in the programs, a group of rows for each head.
void Expansion::grow(const PatternState& state) {
    const OpenHole& hole = state.open.back();
    std::map<std::pair<TermTable::Tag, std::int32_t>, Selection> groups;
    std::vector<std::size_t> free_rows;
    for (std::size_t row = 0; row < state.rows(); ++row) {
        if (hole.contents[row] == no_term) {
            free_rows.push_back(row);
            continue;
        }
        const TermTable::Node content = terms_[hole.contents[row]];
        const bool is_leaf = content.tag == TermTable::Tag::leaf || content.tag == TermTable::Tag::index;
        if (content.tag == TermTable::Tag::index && content.first >= hole.depth) continue;
        groups[{content.tag, is_leaf ? content.first : 0}].add(row, state.gains[row]);
    }
    for (auto& [head, selection] : groups) {
        const auto [tag, first] = head;
        const bool is_application = tag == TermTable::Tag::application, is_lambda = tag == TermTable::Tag::lambda;
        const std::size_t children = is_application ? 2 : is_lambda ? 1 : 0;
        for (const std::size_t row : free_rows) selection.add(row, state.gains[row]);
        auto next = child(state, selection, children > 0 ? node_cost : leaf_cost, children);
        if (!next) continue;
        if (children == 0) {
            const Tag leaf = tag == TermTable::Tag::leaf ? Tag::leaf : Tag::index;
            next->pattern.nodes[static_cast<std::size_t>(hole.node)] = {leaf, 0, first};
            next->pattern.body_cost += leaf_cost;
        } else {
            const std::int32_t node =
                next->pattern.expand(hole.node, is_lambda ? Tag::lambda : Tag::application, static_cast<int>(children));
            OpenHole left{node, hole.depth + (is_lambda ? 1 : 0), {}}, right{node + 1, hole.depth, {}};
            for (const std::int32_t row : selection.rows) {
                const TermId content = hole.contents[static_cast<std::size_t>(row)];
                left.contents.push_back(content == no_term ? no_term : terms_[content].first);
                if (is_application) right.contents.push_back(content == no_term ? no_term : terms_[content].second);
            }
            // From the right, the argument is next: long spines stay short of holes.
            if (is_application && state.pattern.from_left) next->open.push_back(std::move(right));
            next->open.push_back(std::move(left));
            if (is_application && !state.pattern.from_left) next->open.push_back(std::move(right));
        }
        receive_(std::move(next));
    }
}

/// Takes the cost of the selected arguments off the gains, and drops rows where they can't be a new parameter's.
void Expansion::charge(const PatternState& state, Selection& selection) const {
    const auto is_known = [&](std::size_t row, TermId argument) {
        const auto has_it = [&](const std::vector<TermId>& column) { return column[row] == argument; };
        return std::any_of(state.arguments.begin(), state.arguments.end(), has_it);
    };
    std::size_t kept = 0;
    for (std::size_t i = 0; i < selection.rows.size(); ++i) {
        const auto row = static_cast<std::size_t>(selection.rows[i]);
        const TermId argument = selection.argument[i];
        const TermTable::Node& node = terms_[argument];
        const bool left_out = (node.free & indices_below(state.closed_at(row))) != 0;
        if (left_out && (node.tag != TermTable::Tag::index || is_known(row, argument))) continue;
        selection.rows[kept] = selection.rows[i];
        selection.gains[kept] = selection.gains[i] - (left_out ? 0 : node_cost + node.cost);
        selection.argument[kept++] = argument;
    }
    selection.keep_first(kept);
}

/// Fills the hole with a parameter, where the content uses no local variable.
void Expansion::close(const PatternState& state) {
    const OpenHole& hole = state.open.back();
    Selection closed;
    std::vector<std::size_t> free_rows;
    for (std::size_t row = 0; row < state.rows(); ++row) {
        const TermId content = hole.contents[row];
        if (content == no_term) {
            free_rows.push_back(row);
            continue;
        }
        if (terms_[content].free & indices_below(hole.depth)) continue;
        const TermId argument = terms_.shift(content, -hole.depth);
        closed.add(row, state.gains[row], argument);
    }
    if (closed.rows.empty()) return;
    for (std::size_t parameter = 0; parameter < state.arguments.size(); ++parameter) {
        Selection equal;
        for (std::size_t i = 0; i < closed.rows.size(); ++i) {
            const auto row = static_cast<std::size_t>(closed.rows[i]);
            if (state.arguments[parameter][row] == closed.argument[i]) equal.add(row, state.gains[row]);
        }
        if (equal.rows.empty()) continue;
        for (const std::size_t row : free_rows) equal.add(row, state.gains[row]);
        if (auto next = child(state, equal, config_.hole_cost, 0)) {
            use_parameter(*next, state, Tag::variable, static_cast<std::int32_t>(parameter), 0, config_.hole_cost);
            receive_(std::move(next));
        }
    }
    if (state.pattern.arity() >= config_.max_arity) return;
    charge(state, closed);
    if (auto next = child(state, closed, config_.hole_cost, 0)) {
        next->pattern.parameters.emplace_back();
        use_parameter(*next, state, Tag::variable, state.pattern.arity(), 0, config_.hole_cost);
        receive_(std::move(next));
    }
}

void Expansion::use_parameter(PatternState& state, const PatternState& parent, Tag tag, std::int32_t parameter,
                              std::int32_t list, int body_cost) {
    state.pattern.nodes[static_cast<std::size_t>(parent.open.back().node)] = {tag, 0, parameter, list};
    state.pattern.body_cost += body_cost;
}

/// Whether a parameter is the same constant in every row, or equal to another one. A pattern without it does better: each
/// call saves an argument, and of equal parameters nothing else changes; a constant costs more in the body once for each
/// use there, so the pattern with it could win only where it is used there more often than the abstraction is called.
bool Expansion::has_idle_argument(const PatternState& state, const Selection& selection) const {
    const std::size_t known = state.arguments.size(), count = known + (selection.argument.empty() ? 0 : 1);
    const auto at = [&](std::size_t column, std::size_t i) {
        return column < known ? state.arguments[column][static_cast<std::size_t>(selection.rows[i])]
                              : selection.argument[i];
    };
    const auto in_all_rows = [&](auto&& holds) {
        for (std::size_t i = 0; i < selection.rows.size(); ++i)
            if (!holds(i)) return false;
        return true;
    };
    for (std::size_t column = 0; column < count; ++column) {
        const TermId first = at(column, 0);
        if (terms_[first].free == 0 && in_all_rows([&](std::size_t i) { return at(column, i) == first; })) return true;
        for (std::size_t other = 0; other < column; ++other)
            if (in_all_rows([&](std::size_t i) { return at(column, i) == at(other, i); })) return true;
    }
    return false;
}

}  // namespace wakesleep
