// Search for programs that fit examples, in windows of increasing description length.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "equivalence.hpp"
#include "grammar.hpp"
#include "likelihood.hpp"

namespace wakesleep {

inline constexpr double window_nats = 1.5;

/// When a search ends; 0 leaves a bound out. CPU seconds are the searching threads' together.
struct Budget {
    double cpu_seconds = 1;
    std::int64_t programs = 0;
    double nats = 0;
    double start_nats = 0;   // programs cheaper than this were searched before
    double slack_nats = 1.5; // how far to go on past the first solution
    std::size_t bytes = std::size_t(512) << 20;  // of tables and banks
    int keep = 5;
};

enum class Order {
    windows,     // of 1.5 nats; unordered within
    best_first,  // strictly by cost: narrow windows, each sorted
};

/// How to search. No setting but `sampled` equivalence changes which tasks are solved, or at what cost; under likelihoods
/// that forgive rounding, `closed` merges reals that agree in about ten digits.
struct SearchConfig {
    Order order = Order::windows;
    Equivalence equivalence = Equivalence::closed;
    Pruning pruning = {.equations = true, .divergence = true};
    int threads = 1;
    int samples = 32;  // inputs on which `sampled` equivalence compares
    bool foresight = true;  // leaves out programs of towers and pictures by what they begin with
};

struct Example {
    std::vector<Value> inputs;
    Value output;
};
using Examples = std::vector<Example>;

struct Found {
    Term program;
    double cost;                // nats under the searched grammar
    double log_likelihood = 0;  // of the examples, against a perfect fit

    /// What solutions are ranked by, the least first.
    double nats() const { return cost - log_likelihood; }
};

struct SearchResult {
    std::vector<Found> solutions;   // best first by cost and likelihood together, at most `keep`
    std::int64_t programs = 0;      // enumerated, for all tasks together
    double cpu_seconds = 0;         // for all tasks together
    double found_cpu_seconds = -1;  // until the first solution; −1 without one
    double explored_nats = 0;       // every cheaper program was tried
    const char* stopped = "";       // found, seconds, programs, nats, memory, cancelled or exhausted
    std::size_t bank_completions = 0, bank_bytes = 0;
    bool bank_full = false;         // the bank reached its share of the bytes and grew no more
};

using Cancelled = std::atomic<bool>;

/// Programs of `request` whose output the likelihood allows on every example, for each task; the tasks share one
/// enumeration, which a task leaves once nothing that is left can come within `slack_nats` of its best. Holes for constants
/// are filled in. Throws EngineError for examples that don't fit the request.
std::vector<SearchResult> search(const Grammar& grammar, Type request, const std::vector<Examples>& tasks,
                                 const Budget& budget, const SearchConfig& config, const Likelihood& likelihood,
                                 const Cancelled* cancelled);

/// The first program of each behaviour (vector of outputs on `inputs`), cheapest windows first. Left out: programs that
/// fail on more than half of the inputs, give one output everywhere (where there are several), or give back an input of theirs everywhere.
std::vector<Found> behaviours(const Grammar& grammar, Type request, const std::vector<std::vector<Value>>& inputs,
                              const Budget& budget, const Cancelled* cancelled);

/// Every program with lower ≤ cost < upper, at most `limit` of them, in table order; `equations` as in search().
std::vector<Found> enumerate(const Grammar& grammar, Type request, double lower, double upper, std::int64_t limit,
                             bool equations);

/// How many programs each window of 1.5 nats holds, up to `max_nats`; each is really built.
std::vector<std::pair<double, std::int64_t>> count_windows(const Grammar& grammar, Type request, double max_nats,
                                                           Type continuation, bool equations);

}  // namespace wakesleep
