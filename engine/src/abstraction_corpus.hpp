// The programs that an abstraction search compresses: where each sub-term occurs, and what a saving there is worth.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "abstraction_terms.hpp"

namespace wakesleep {

/// One inner list of programs per task; a task costs as much as its cheapest program.
class Corpus {
  public:
    /// `tasks[i]` is the task of `programs[i]`; they ascend from 0 without a gap.
    Corpus(const TermTable& terms, std::vector<TermId> programs, std::vector<int> tasks);

    struct Occurrence {
        std::int32_t program;
        std::int32_t count;
    };
    struct Saving {
        std::int64_t cost = 0;  // over all tasks
        int tasks = 0;          // with any saving
    };

    /// Distinct sub-terms of the programs, ascending.
    const std::vector<TermId>& subterms() const { return subterms_; }
    /// Where a sub-term occurs, programs ascending.
    std::span<const Occurrence> occurrences(TermId subterm) const {
        const auto at = static_cast<std::size_t>(subterm);
        return {occurrences_.data() + first_[at], first_[at + 1] - first_[at]};
    }
    int task_of(std::int32_t program) const { return task_[static_cast<std::size_t>(program)]; }
    int tasks() const { return static_cast<int>(least_cost_.size()); }
    const std::vector<TermId>& programs() const { return programs_; }
    /// Of the tasks' cheapest programs.
    std::int64_t cost() const;

    /// At most how much the tasks gain if every occurrence of `locations[i]` costs `gains[i]` less. Tasks may be counted
    /// up to `enough_tasks` only.
    Saving saving_bound(const std::vector<TermId>& locations, const std::vector<int>& gains, int enough_tasks);
    /// How much the tasks gain if `programs[i]` is replaced by a program of cost `costs[i]`.
    Saving saving(const std::vector<std::int32_t>& programs, const std::vector<int>& costs);
    /// The programs in which any of `locations` occurs, ascending.
    std::vector<std::int32_t> programs_with(const std::vector<TermId>& locations);

  private:
    void count_occurrences(const TermTable& terms);
    Saving saving_bound_of_single_programs(const std::vector<TermId>& locations, const std::vector<int>& gains,
                                           int enough_tasks) const;
    void offer(int task, std::int64_t gain);
    Saving collect();

    std::vector<TermId> programs_, subterms_;
    std::vector<int> task_;
    std::vector<int> cost_, least_cost_;  // of a program; of a task
    std::vector<Occurrence> occurrences_;  // of all sub-terms, one after the other
    std::vector<std::size_t> first_;       // of a sub-term in there
    std::vector<std::int32_t> total_;      // occurrences of a sub-term in all programs
    // Scratch, all zero between calls:
    std::vector<std::int64_t> program_gain_, task_gain_;
    std::vector<std::int32_t> touched_programs_;
    std::vector<int> touched_tasks_;
};

}  // namespace wakesleep
