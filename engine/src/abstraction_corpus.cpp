#include "abstraction_corpus.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace wakesleep {

Corpus::Corpus(TermTable& terms, const std::vector<std::vector<Term>>& tasks) {
    for (const auto& programs : tasks) {
        if (programs.empty()) continue;
        const int task = static_cast<int>(least_cost_.size());
        least_cost_.push_back(std::numeric_limits<int>::max());
        for (const Term program : programs) {
            programs_.push_back(terms.read(program));
            task_.push_back(task);
            cost_.push_back(terms[programs_.back()].cost);
            least_cost_.back() = std::min(least_cost_.back(), cost_.back());
        }
    }
    occurrences_.resize(terms.size());
    for (std::size_t i = 0; i < programs_.size(); ++i) count_occurrences(terms, static_cast<std::int32_t>(i));
    for (std::size_t id = 0; id < occurrences_.size(); ++id)
        if (!occurrences_[id].empty()) subterms_.push_back(static_cast<TermId>(id));
    program_gain_.assign(programs_.size(), 0);
    task_gain_.assign(least_cost_.size(), 0);
}

void Corpus::count_occurrences(TermTable& terms, std::int32_t program) {
    // Children have smaller ids than their parents, so counting down visits every parent first.
    std::map<TermId, std::int32_t, std::greater<>> counts{{programs_[static_cast<std::size_t>(program)], 1}};
    for (auto at = counts.begin(); at != counts.end(); ++at) {
        const auto [id, count] = *at;
        const TermTable::Node node = terms[id];
        if (node.tag == TermTable::Tag::application || node.tag == TermTable::Tag::lambda) counts[node.first] += count;
        if (node.tag == TermTable::Tag::application) counts[node.second] += count;
        occurrences_[static_cast<std::size_t>(id)].push_back({program, count});
    }
}

void Corpus::offer(int task, std::int64_t gain) {
    std::int64_t& best = task_gain_[static_cast<std::size_t>(task)];
    if (gain <= best) return;
    if (best == 0) touched_tasks_.push_back(task);
    best = gain;
}

Corpus::Saving Corpus::collect() {
    Saving total;
    total.tasks = static_cast<int>(touched_tasks_.size());
    for (const int task : touched_tasks_) {
        total.cost += task_gain_[static_cast<std::size_t>(task)];
        task_gain_[static_cast<std::size_t>(task)] = 0;
    }
    touched_tasks_.clear();
    return total;
}

Corpus::Saving Corpus::saving_bound(const std::vector<TermId>& locations, const std::vector<int>& gains) {
    for (std::size_t i = 0; i < locations.size(); ++i) {
        if (gains[i] <= 0) continue;
        for (const Occurrence& occurrence : occurrences(locations[i])) {
            std::int64_t& gain = program_gain_[static_cast<std::size_t>(occurrence.program)];
            if (gain == 0) touched_programs_.push_back(occurrence.program);
            gain += std::int64_t{occurrence.count} * gains[i];
        }
    }
    for (const std::int32_t program : touched_programs_) {
        const auto at = static_cast<std::size_t>(program);
        const int task = task_[at];
        // A program that isn't its task's cheapest must first catch up.
        offer(task, program_gain_[at] - (cost_[at] - least_cost_[static_cast<std::size_t>(task)]));
        program_gain_[at] = 0;
    }
    touched_programs_.clear();
    return collect();
}

Corpus::Saving Corpus::saving(const std::vector<std::int32_t>& programs, const std::vector<int>& costs) {
    for (std::size_t i = 0; i < programs.size(); ++i) {
        const int task = task_of(programs[i]);
        offer(task, std::int64_t{least_cost_[static_cast<std::size_t>(task)]} - costs[i]);
    }
    return collect();
}

std::vector<std::int32_t> Corpus::programs_with(const std::vector<TermId>& locations) {
    std::vector<std::int32_t> found;
    for (const TermId location : locations)
        for (const Occurrence& occurrence : occurrences(location)) {
            std::int64_t& mark = program_gain_[static_cast<std::size_t>(occurrence.program)];
            if (mark == 0) found.push_back(occurrence.program);
            mark = 1;
        }
    for (const std::int32_t program : found) program_gain_[static_cast<std::size_t>(program)] = 0;
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace wakesleep
