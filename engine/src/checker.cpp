#include "checker.hpp"

namespace wakesleep {

void insert(std::vector<Found>& solutions, const Found& found, std::size_t keep) {
    const auto before = [](const Found& a, const Found& b) {
        return a.cost != b.cost ? a.cost < b.cost : a.program.to_string() < b.program.to_string();
    };
    solutions.insert(std::upper_bound(solutions.begin(), solutions.end(), found, before), found);
    if (solutions.size() > keep) solutions.pop_back();
}

void Checker::set_alive() {
    active_.assign((tasks.size() + 63) / 64, 0);
    for (std::size_t t = 0; t < tasks.size(); ++t)
        if (tasks[t].active) active_[t / 64] |= std::uint64_t(1) << (t % 64);
}

void Checker::check(Reference program, double cost) {
    ++programs;
    alive_ = active_;
    for (const SharedInput& input : shared) {
        const bool gave = trial_.run(program.node(), input.input);
        const std::vector<std::uint64_t>* right = nullptr;
        for (const auto& [output, tasks_of] : input.wanted)
            if (gave && trial_.result().equal(trial_.output(), output)) right = &tasks_of;
        for (std::size_t w = 0; w < alive_.size(); ++w) alive_[w] &= ~input.tasks[w] | (right ? (*right)[w] : 0);
    }
    for (std::size_t w = 0; w < alive_.size(); ++w) {
        for (std::uint64_t left = alive_[w]; left; left &= left - 1) {
            CheckedTask& task = tasks[w * 64 + static_cast<std::size_t>(std::countr_zero(left))];
            if (!fits(task, program.node())) continue;
            if (task.found.empty()) task.found_seconds = watch_.seconds();
            if (task.found.size() == keep_ && task.found.back().cost < cost) continue;
            insert(task.found, {term_of(language_, program), cost}, keep_);
        }
    }
}

bool Checker::fits(CheckedTask& task, const Node* program) {
    auto& cases = task.cases;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if (!trial_.run(program, cases[i].input) || !trial_.result().equal(trial_.output(), cases[i].output)) {
            if (i > 0) std::swap(cases[i], cases[i - 1]);
            return false;
        }
    }
    return true;
}

}  // namespace wakesleep
