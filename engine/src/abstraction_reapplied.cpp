// Expansion's fourth way to fill a hole: a parameter that is known, applied to new holes. Each row's function says what it
// must have been applied to, so the t's of (#i t…) may be anything: closed, with parameters in them, old and new, and
// applied ones too.

#include <algorithm>

#include "abstraction_expansion.hpp"
#include "abstraction_solving.hpp"

namespace wakesleep {

namespace {

/// Terms that a known parameter is applied to.
constexpr int max_terms = 3;

}  // namespace

void Expansion::reapply(const PatternState& state) {
    for (std::size_t parameter = 0; parameter < state.arguments.size(); ++parameter)
        for (int count = 1; count <= max_terms; ++count) {
            const int more = std::max(0, count - state.pattern.parameters[parameter].steps);
            if (state.pattern.steps() + more <= config_.inversion_steps) reapply(state, parameter, count);
        }
}

void Expansion::reapply(const PatternState& state, std::size_t parameter, int count) {
    const OpenHole& hole = state.open.back();
    const auto terms = static_cast<std::size_t>(count);
    Selection selection;
    std::vector<TermId> solved(state.rows() * terms, no_term);  // [row * terms + term]
    bool is_inverse = false;  // else it is an application as it stands there, which `grow` makes
    bool is_smaller = false;  // where the function is the identity, t is the content
    for (std::size_t row = 0; row < state.rows(); ++row) {
        const TermId content = hole.contents[row], function = state.arguments[parameter][row];
        if (content != no_term) {
            std::vector<TermId> given(terms, no_term);
            if (!solve(terms_, function, content, hole.depth, given)) continue;
            std::copy(given.begin(), given.end(), solved.begin() + static_cast<std::ptrdiff_t>(row * terms));
            is_inverse |= leading_lambdas(terms_, function, count) == count;
            is_smaller |= std::find(given.begin(), given.end(), content) == given.end();
        }
        selection.add(row, state.gains[row]);
    }
    if (!is_inverse || !is_smaller) return;
    auto next = child(state, selection, count * node_cost + config_.hole_cost, terms);
    if (!next) return;
    Pattern::Parameter& reapplied = next->pattern.parameters[parameter];
    reapplied.steps = std::max(reapplied.steps, count);
    const std::int32_t node =
        next->pattern.reapply(hole.node, static_cast<std::int32_t>(parameter), count, config_.hole_cost);
    for (std::size_t turn = 0; turn < terms; ++turn) {
        const std::size_t i = state.pattern.from_left ? terms - 1 - turn : turn;  // the last is filled next
        OpenHole opened{node + static_cast<std::int32_t>(i), hole.depth, {}};
        for (const std::int32_t row : selection.rows)
            opened.contents.push_back(solved[static_cast<std::size_t>(row) * terms + i]);
        next->open.push_back(std::move(opened));
    }
    receive_(std::move(next));
}

}  // namespace wakesleep
