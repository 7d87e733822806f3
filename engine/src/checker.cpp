#include "checker.hpp"

#include <cmath>

namespace wakesleep {

void insert(std::vector<Found>& solutions, const Found& found, std::size_t keep) {
    const auto before = [](const Found& a, const Found& b) {
        if (a.nats() != b.nats()) return a.nats() < b.nats();
        const std::string left = a.program.to_string(), right = b.program.to_string();
        return left.size() != right.size() ? left.size() < right.size() : left < right;
    };
    const auto same = [&found](const Found& other) { return other.program == found.program; };
    if (std::any_of(solutions.begin(), solutions.end(), same)) return;
    solutions.insert(std::upper_bound(solutions.begin(), solutions.end(), found, before), found);
    if (solutions.size() > keep) solutions.pop_back();
}

void Checker::set_alive() {
    active_.assign((tasks.size() + 63) / 64, 0);
    for (std::size_t t = 0; t < tasks.size(); ++t)
        if (tasks[t].active) active_[t / 64] |= std::uint64_t(1) << (t % 64);
    for (std::size_t t = 0; foresight && t < tasks.size(); ++t) foresight->set_active(t, tasks[t].active);
}

void Checker::check(Reference program, double cost) {
    ++programs;
    if (language_.has_holes() && has_holes(program.node())) return complete(program, cost);
    if (trial_.never_ends(program.node())) return;
    if (compared_ > 0 && !is_new(program.node(), cost)) return;
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
            const double fit = score(trial_, likelihood_, task.cases, program.node());
            if (fit == impossible_fit || cost - fit > room(task)) continue;
            add(task, {program_of(language_, request_, program), cost, fit});
        }
    }
}

void Checker::complete(Reference program, double cost) {
    std::int64_t pulse = trial_.spent();
    const auto stopped = [&] {
        if (trial_.spent() < pulse) return watch_.reason() != nullptr;
        pulse = trial_.spent() + 20'000;
        return watch_.check(programs - 1) != nullptr;
    };
    for (CheckedTask& task : tasks) {
        if (!task.active || cost > room(task)) continue;
        for (const Filling& filling : task.filler->fill(program, room(task) - cost, stopped))
            add(task, {filling.program, cost + filling.nats, filling.log_likelihood});
        if (watch_.reason()) return;
    }
}

bool Checker::is_new(const Node* program, double cost) {
    std::uint64_t hash = 1;
    for (std::size_t i = 0; i < compared_; ++i)
        hash = mix_bits(hash ^ (trial_.run(program, i) ? trial_.result().hash(trial_.output()) : 0x9E3779B97F4A7C15ULL));
    Lately& place = lately_[hash % lately_.size()];
    if (place.behaviour == hash && place.cost <= cost) return false;
    place = {hash, cost};
    return true;
}

void Checker::add(CheckedTask& task, const Found& found) {
    if (task.found.empty()) task.found_seconds = watch_.seconds();
    const double log_likelihood = std::round(found.log_likelihood / same_nats) * same_nats;
    insert(task.found, {found.program, found.cost, log_likelihood}, keep_);
    if (task.found.front().program == found.program) task.best_after = programs;
}

}  // namespace wakesleep
