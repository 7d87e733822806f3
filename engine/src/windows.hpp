// Walking windows of increasing cost within a budget: what every search over a grammar's programs shares.
#pragma once

#include <algorithm>
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

/// Stops an enumeration when the budget ends; shared by everything that walks windows.
class Watch {
  public:
    Watch(const Budget& budget, const GrammarTable& table, const Cancelled* cancelled)
        : budget_(budget), table_(table), cancelled_(cancelled), started_(thread_seconds()) {}

    double seconds() const { return thread_seconds() - started_; }
    const char* reason() const { return reason_; }

    /// Null while the search may go on.
    const char* check(std::int64_t programs) {
        if (cancelled_ && cancelled_->load(std::memory_order_relaxed))
            reason_ = "cancelled";
        else if (budget_.programs > 0 && programs >= budget_.programs)
            reason_ = "programs";
        else if (table_.bytes() > budget_.table_bytes)
            reason_ = "memory";
        else if (budget_.cpu_seconds > 0 && seconds() >= budget_.cpu_seconds)
            reason_ = "seconds";
        return reason_;
    }

  private:
    const Budget& budget_;
    const GrammarTable& table_;
    const Cancelled* cancelled_;
    double started_;
    const char* reason_ = nullptr;
};

/// A table on loan from its grammar.
class Loan {
  public:
    Loan(const Grammar& grammar, Type request, bool equations = false)
        : grammar_(grammar), table_(grammar.borrow_table(request, equations)) {}
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

/// Windows from `start` until the table has nothing more, the budget ends or `done(upper)` says so.
template <class Visitor, class Done>
const char* walk_windows(GrammarTable& table, Visitor& visitor, const Budget& budget, double& explored, Done done) {
    Enumerator<Visitor> enumerator(table, visitor);
    explored = budget.start_nats;
    for (;;) {
        const double upper = budget.nats > 0 ? std::min(explored + window_nats, budget.nats) : explored + window_nats;
        if (explored >= max_cost) return "exhausted";
        if (budget.nats > 0 && explored >= budget.nats) return "nats";
        enumerator.run(explored, upper);
        if (const char* reason = visitor.watch.reason()) return reason;
        explored = upper;
        if (done(upper)) return "found";
        if (const char* reason = visitor.watch.check(visitor.programs)) return reason;
    }
}

}  // namespace wakesleep
