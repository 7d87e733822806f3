#include "abstraction_corpus.hpp"

#include <algorithm>
#include <functional>
#include <limits>

namespace wakesleep {

namespace {

/// The distinct sub-terms of a program with how often each occurs, largest ids first. `counts` is scratch, all zero between
/// calls.
void count_subterms(const TermTable& terms, TermId program, std::vector<std::int32_t>& counts,
                    std::vector<TermId>& subterms) {
    const auto of = [&](TermId id) -> std::int32_t& { return counts[static_cast<std::size_t>(id)]; };
    const auto meet = [&](TermId id) {
        if (of(id) != 0) return;
        of(id) = -1;
        subterms.push_back(id);
    };
    const auto children = [&](TermId id, auto&& visit) {
        const TermTable::Node& node = terms[id];
        if (node.tag == TermTable::Tag::application || node.tag == TermTable::Tag::lambda) visit(node.first);
        if (node.tag == TermTable::Tag::application) visit(node.second);
    };
    subterms.clear();
    meet(program);
    for (std::size_t i = 0; i < subterms.size(); ++i) children(subterms[i], meet);
    // Children have smaller ids than their parents, so counting down visits every parent first.
    std::sort(subterms.begin(), subterms.end(), std::greater<>());
    for (const TermId id : subterms) of(id) = 0;
    of(program) = 1;
    for (const TermId id : subterms) children(id, [&](TermId child) { of(child) += of(id); });
}

}  // namespace

Corpus::Corpus(const TermTable& terms, std::vector<TermId> programs, std::vector<int> tasks)
    : programs_(std::move(programs)), task_(std::move(tasks)) {
    least_cost_.assign(task_.empty() ? 0 : static_cast<std::size_t>(task_.back()) + 1, std::numeric_limits<int>::max());
    for (std::size_t i = 0; i < programs_.size(); ++i) {
        cost_.push_back(terms[programs_[i]].cost);
        int& least = least_cost_[static_cast<std::size_t>(task_[i])];
        least = std::min(least, cost_.back());
    }
    count_occurrences(terms);
    program_gain_.assign(programs_.size(), 0);
    task_gain_.assign(least_cost_.size(), 0);
}

/// Program by program into one list, then sorted by sub-term, which keeps the programs ascending.
void Corpus::count_occurrences(const TermTable& terms) {
    std::vector<std::int32_t> counts(terms.size(), 0);
    std::vector<TermId> found, subterms;
    std::vector<Occurrence> occurrences;
    first_.assign(terms.size() + 1, 0);
    for (std::size_t program = 0; program < programs_.size(); ++program) {
        count_subterms(terms, programs_[program], counts, found);
        for (const TermId id : found) {
            std::int32_t& count = counts[static_cast<std::size_t>(id)];
            subterms.push_back(id);
            occurrences.push_back({static_cast<std::int32_t>(program), count});
            ++first_[static_cast<std::size_t>(id) + 1];
            count = 0;
        }
    }
    for (std::size_t id = 0; id < terms.size(); ++id) {
        if (first_[id + 1] > 0) subterms_.push_back(static_cast<TermId>(id));
        first_[id + 1] += first_[id];
    }
    total_.assign(terms.size(), 0);
    std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
    occurrences_.resize(occurrences.size());
    for (std::size_t i = 0; i < occurrences.size(); ++i) {
        const auto id = static_cast<std::size_t>(subterms[i]);
        total_[id] += occurrences[i].count;
        occurrences_[next[id]++] = occurrences[i];
    }
}

std::int64_t Corpus::cost() const {
    std::int64_t total = 0;
    for (const int cost : least_cost_) total += cost;
    return total;
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

/// No program competes with another for its task, so gains simply add up.
Corpus::Saving Corpus::saving_bound_of_single_programs(const std::vector<TermId>& locations,
                                                       const std::vector<int>& gains, int enough_tasks) const {
    Saving bound;
    std::vector<std::int32_t> found;
    for (std::size_t i = 0; i < locations.size(); ++i) {
        if (gains[i] <= 0) continue;
        bound.cost += std::int64_t{total_[static_cast<std::size_t>(locations[i])]} * gains[i];
        if (static_cast<int>(found.size()) >= enough_tasks) continue;
        for (const Occurrence& occurrence : occurrences(locations[i])) {
            if (static_cast<int>(found.size()) >= enough_tasks) break;
            if (std::find(found.begin(), found.end(), occurrence.program) == found.end())
                found.push_back(occurrence.program);
        }
    }
    bound.tasks = static_cast<int>(found.size());
    return bound;
}

Corpus::Saving Corpus::saving_bound(const std::vector<TermId>& locations, const std::vector<int>& gains,
                                    int enough_tasks) {
    constexpr int few = 16;  // so many are found in a list as fast as in a table
    if (least_cost_.size() == programs_.size() && enough_tasks <= few)
        return saving_bound_of_single_programs(locations, gains, enough_tasks);
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
