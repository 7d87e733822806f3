// Windows of increasing cost within a budget: what every search over a grammar's programs shares.
#pragma once

#include <algorithm>
#include <atomic>
#include <ctime>

#include "enumerator.hpp"
#include "error.hpp"
#include "search.hpp"

namespace wakesleep {

/// Nats past which a program has more nodes than can be enumerated, or there is none.
inline constexpr double max_cost = 400;

inline double thread_seconds() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// CPU seconds of all threads of a search, as their watches last told.
using Seconds = std::atomic<double>;

/// Stops an enumeration when the budget ends; each searching thread has its own.
class Watch {
  public:
    Watch(const Budget& budget, const GrammarTable& table, const Banks& banks, const Cancelled* cancelled, Seconds& together,
          int threads = 1)
        : budget_(budget), table_(table), banks_(banks), cancelled_(cancelled), together_(together),
          bytes_(budget.bytes / static_cast<std::size_t>(threads)), started_(thread_seconds()) {}

    /// CPU seconds of the searching thread: to be called there, or after pause().
    double seconds() const { return spent_ + (running_ ? thread_seconds() - started_ : 0); }
    /// Goes on in the calling thread.
    void resume() {
        started_ = thread_seconds();
        running_ = true;
    }
    void pause() {
        spent_ = seconds();
        running_ = false;
    }
    const char* reason() const { return reason_; }

    /// Null while the search may go on.
    const char* check(std::int64_t programs) {
        if (cancelled_ && cancelled_->load(std::memory_order_relaxed))
            reason_ = "cancelled";
        else if (budget_.programs > 0 && programs >= budget_.programs)
            reason_ = "programs";
        else if (table_.bytes() + banks_.bytes() > bytes_)
            reason_ = "memory";
        else if (budget_.cpu_seconds > 0 && told() >= budget_.cpu_seconds)
            reason_ = "seconds";
        return reason_;
    }

  private:
    double told() {
        const double more = seconds() - told_;
        told_ += more;
        return together_.fetch_add(more, std::memory_order_relaxed) + more;
    }

    const Budget& budget_;
    const GrammarTable& table_;
    const Banks& banks_;
    const Cancelled* cancelled_;
    Seconds& together_;
    std::size_t bytes_;
    double started_, spent_ = 0, told_ = 0;
    bool running_ = true;
    const char* reason_ = nullptr;
};

/// A table on loan from its grammar.
class Loan {
  public:
    Loan(const Grammar& grammar, Type request, const Pruning& pruning = {})
        : grammar_(grammar), table_(grammar.borrow_table(request, pruning)) {}
    ~Loan() { grammar_.give_back(std::move(table_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    GrammarTable& table() { return *table_; }

  private:
    const Grammar& grammar_;
    std::unique_ptr<GrammarTable> table_;
};

inline void check_ground(Type request) {
    if (request.is_polymorphic())
        throw EngineError("the request " + request.to_string() + " must be ground: examples have concrete types");
}

/// Where the next window begins and ends; nothing to search is a reason to stop.
class Windows {
  public:
    explicit Windows(const Budget& budget) : budget_(budget), lower_(budget.start_nats) {}

    const char* end() const {
        if (lower_ >= max_cost) return "exhausted";
        return budget_.nats > 0 && lower_ >= budget_.nats ? "nats" : nullptr;
    }
    double lower() const { return lower_; }
    double upper(double width = window_nats) const {
        return budget_.nats > 0 ? std::min(lower_ + width, budget_.nats) : lower_ + width;
    }
    void pass(double upper) { lower_ = upper; }

  private:
    const Budget& budget_;
    double lower_;
};

}  // namespace wakesleep
