// Checks enumerated programs against the examples of one task or many.
#pragma once

#include <algorithm>
#include <bit>
#include <optional>

#include "cases.hpp"
#include "foresight.hpp"
#include "hole_filler.hpp"
#include "search.hpp"
#include "windows.hpp"

namespace wakesleep {

/// Log-likelihoods are rounded to this: fits from other starts differ by less.
inline constexpr double same_nats = 1e-9;

/// Puts a solution in its place: by its nats, the shorter text first where they are the same; at most `keep` stay.
void insert(std::vector<Found>& solutions, const Found& found, std::size_t keep);

/// One task's examples as the trial knows them, and what was found for it.
struct CheckedTask {
    std::vector<Case> cases;  // those that reject often first
    std::unique_ptr<HoleFiller> filler;  // where the language has holes
    std::vector<Found> found;
    double found_seconds = -1;
    std::int64_t best_after = 0;  // programs, when the best was found
    bool active = true;
};

/// An input that several tasks share, with the tasks that want each output.
struct SharedInput {
    std::size_t input;
    std::vector<std::uint64_t> tasks;  // a set, in bits
    std::vector<std::pair<Word, std::vector<std::uint64_t>>> wanted;
};

class Checker {
  public:
    Checker(const Language& language, Type request, const Likelihood& likelihood, Trial& trial, Watch& watch, const Budget& budget)
        : language_(language), request_(request), likelihood_(likelihood), trial_(trial), watch_(watch),
          keep_(static_cast<std::size_t>(std::max(1, budget.keep))),
          limit_(budget.programs) {}

    std::vector<CheckedTask> tasks;
    std::vector<SharedInput> shared;
    std::int64_t programs = 0;
    std::optional<Foresight> foresight;

    void prepare(Node* node) {
        if (foresight) foresight->prepare(node);
    }
    const Node* rest_of(const GrammarState& state) { return foresight ? foresight->rest_of(state) : nullptr; }
    bool may_fit(const Node* program) { return foresight->may_fit(program); }
    bool is_redundant(const Node& first, const Node& second) const { return foresight->is_redundant(first, second); }
    bool looks_up(const GrammarState& state) const { return foresight && foresight->looks_up(state); }
    std::uint64_t wanted_behaviour(const GrammarState& state, const Node* program) {
        return foresight->wanted_behaviour(state, program);
    }

    template <class Walk>
    void operator()(Walk& walk, Reference program, int, int, double cost) {
        check(program, cost);
        if (trial_.spent() > next_pulse_ || (limit_ > 0 && programs >= limit_)) pulse(walk);
    }
    template <class Walk>
    void pulse(Walk& walk) {
        next_pulse_ = trial_.spent() + 100'000;
        if (watch_.check(programs)) walk.stop();
    }

    void check(Reference program, double cost);
    /// Programs that do on the first `inputs` what a program did lately that costs no more are passed over.
    void compare_on(std::size_t inputs) {
        compared_ = std::min(inputs, trial_.inputs());
        lately_.assign(std::size_t(1) << 20, {});
    }
    /// To be called when `active` of any task changed.
    void set_alive();

  private:
    void complete(Reference program, double cost);
    /// The most nats that a solution may have to be kept.
    double room(const CheckedTask& task) const {
        return task.found.size() < keep_ ? std::numeric_limits<double>::infinity() : task.found.back().nats() + same_nats;
    }
    void add(CheckedTask& task, const Found& found);
    bool is_new(const Node* program, double cost);

    const Language& language_;
    Type request_;
    const Likelihood& likelihood_;
    Trial& trial_;
    Watch& watch_;
    std::size_t keep_;
    std::int64_t limit_;
    std::int64_t next_pulse_ = 100'000;
    std::vector<std::uint64_t> active_, alive_;
    std::size_t compared_ = 0;
    struct Lately {
        std::uint64_t behaviour = 0;
        double cost = 0;
    };
    std::vector<Lately> lately_;  // each in the place its behaviour's hash names
};

}  // namespace wakesleep
