#include "foresight.hpp"

#include <algorithm>

#include "tower.hpp"
#include "turtle.hpp"

namespace wakesleep {

namespace {

std::optional<Word> literal(const Node* node) {
    while (node->operation == Operation::known) node = node->argument(0).node();
    if (node->operation == Operation::one) return 1;
    return node->operation == Operation::constant ? std::optional(node->operand) : std::nullopt;
}

}  // namespace

Foresight::Foresight(const Language& language, Type request, const Likelihood& likelihood, Trial& trial,
                     bool merged)
    : trial_(trial), merged_(merged), type_(request.returns()) {
    if (!likelihood.is_exact() || trial.is_recursive() || type_.is_variable()) return;
    if (type_.name() == "tower") kind_ = Kind::tower;
    if (type_.name() == "turtle") kind_ = Kind::turtle;
    if (!usable()) return;
    stop_.operation = kind_ == Kind::tower ? Operation::stop_tower : Operation::stop_turtle;
    for (const Node& production : trial.productions())
        if (!production.arguments)
            if (const auto distance = literal(&production)) literals_.push_back(*distance);
    for (const Production& production : language.productions()) {
        unfilled_.emplace_back();
        for (Type argument : production.arguments) unfilled_.back().push_back(argument == type_ ? &stop_ : &unknown_);
    }
}

void Foresight::add(std::size_t task, std::size_t input, Word wanted) {
    if (tasks_.size() <= task) tasks_.resize(task + 1);
    tasks_[task].wanted.push_back({input, wanted});
}

void Foresight::prepare(Node* node) const {
    const auto token = static_cast<std::size_t>(node->token);
    for (int i = 0; i < node->arguments; ++i)
        node->first()[i] = {token < unfilled_.size() ? unfilled_[token][static_cast<std::size_t>(i)] : &unknown_, 0};
}

const Node* Foresight::rest_of(const GrammarState& state) {
    const auto id = static_cast<std::size_t>(state.id);
    if (id >= continues_.size()) continues_.resize(id + 64);
    if (!continues_[id]) continues_[id] = state.hole->type == type_ ? 2 : 1;
    return continues_[id] == 2 ? &stop_ : nullptr;
}

bool Foresight::may_fit(const Node* program) {
    has_run_ = false;
    return std::any_of(tasks_.begin(), tasks_.end(), [&](const Watched& task) {
        return task.active && std::all_of(task.wanted.begin(), task.wanted.end(),
                                          [&](const Wanted& wanted) { return fits_so_far(program, wanted); });
    });
}

bool Foresight::is_redundant(const Node& first, const Node& second) const {
    const auto moves = [](const Node& node) { return node.operation == Operation::go_left || node.operation == Operation::go_right; };
    if (!moves(first) || !moves(second)) return false;
    const auto one = literal(first.argument(0).node()), other = literal(second.argument(0).node());
    if (!one || !other) return false;
    const Word distance = first.operation == second.operation ? *one + *other : std::abs(*one - *other);
    return distance == 0 || *one < *other || std::find(literals_.begin(), literals_.end(), distance) != literals_.end();
}

bool Foresight::looks_up(const GrammarState& state) const {
    // A completion that mentions inner variables has no behaviour of its own.
    return merged_ && kind_ == Kind::tower && trial_.inputs() == 1 && !state.hole->variables &&
           static_cast<int>(state.hole->scope.size()) == trial_.arity();
}

std::uint64_t Foresight::wanted_behaviour(const GrammarState& state, const Node* program) {
    if (!looks_up(state)) return 0;
    const Watched* task = nullptr;
    for (const Watched& each : tasks_) {
        if (!each.active) continue;
        if (task) return 0;
        task = &each;
    }
    if (!task || task->wanted.size() != 1 || !trial_.run(program, 0)) return 0;
    const Cell* wanted = as_list(task->wanted[0].word);
    for (const Cell* built = as_list(trial_.output()); built; built = built->tail, wanted = wanted->tail) {
        const BlockStep step = BlockStep::of(built->head);
        if (step.is_stop() && built->tail) return 0;  // it is gone on with, at least twice
        if (step.is_stop()) {
            if (!wanted) return Behaviours::behaviour_of(trial_.result().hash(0));
            BlockStep next = BlockStep::of(wanted->head);
            next.shift -= step.shift;
            const Cell rest{next.word(), wanted->tail, wanted->length};
            return Behaviours::behaviour_of(trial_.result().hash(as_word(&rest)));
        }
        if (!wanted) return 0;
    }
    return 0;
}

bool Foresight::fits_so_far(const Node* program, const Wanted& wanted) {
    if (!has_run_ || ran_ != wanted.input) {
        gave_ = trial_.run(program, wanted.input);
        ran_ = wanted.input;
        has_run_ = true;
    }
    if (!gave_) return true;  // it needs what isn't known yet
    const Cell *output = as_list(trial_.output()), *right = as_list(wanted.word);
    return kind_ == Kind::tower ? begins(output, right) : draws(output, right);
}

}  // namespace wakesleep
