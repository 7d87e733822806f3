// Best-first order in bounded memory: windows narrow enough to be held, each sorted before it is visited.
//
// A heap of partial programs gives the same order, at several times the cost a program and with memory that grows with
// the search. Here memory is bounded by the number of programs that are held.
#pragma once

#include "enumerator.hpp"

namespace wakesleep {

inline constexpr std::size_t max_held = 200'000;
/// Windows are not made narrower than this; more programs than can be held that close together are visited unsorted.
inline constexpr double narrowest_nats = 1e-6;

/// Holds a window's programs until they are sorted.
template <class Visitor>
class Holder {
  public:
    explicit Holder(Visitor& visitor) : visitor_(visitor) {}

    template <class Walk>
    void operator()(Walk& walk, Reference program, int nodes, int exit, double cost) {
        if (held_.size() == max_held) {
            overflowed = true;
            return walk.stop();
        }
        held_.push_back({cost, walk.keep(program, pool_), nodes, exit});
    }
    template <class Walk>
    void pulse(Walk& walk) {
        visitor_.pulse(walk);
        stopped = stopped || walk.stopped();
    }

    bool overflowed = false, stopped = false;

    void clear() {
        held_.clear();
        pool_.clear();
        overflowed = false;
    }
    std::size_t size() const { return held_.size(); }
    void visit() {
        std::stable_sort(held_.begin(), held_.end(), [](const Held& a, const Held& b) { return a.cost < b.cost; });
        for (const Held& each : held_) {
            visitor_(*this, each.program, each.nodes, each.exit, each.cost);
            if (stopped) return;
        }
    }
    /// What a visitor calls to end the enumeration.
    void stop() { stopped = true; }

  private:
    struct Held {
        double cost;
        Reference program;
        int nodes, exit;
    };

    Visitor& visitor_;
    Pool pool_;
    std::vector<Held> held_;
};

/// Visits every program with lower ≤ cost < upper, cheapest first.
template <class Visitor>
void run_sorted(GrammarTable& table, Banks& banks, Visitor& visitor, double lower, double upper) {
    Holder<Visitor> holder(visitor);
    Enumerator<Holder<Visitor>> enumerator(table, banks, holder);
    double width = upper - lower;
    while (lower < upper && !holder.stopped) {
        const double end = std::min(upper, lower + width);
        holder.clear();
        enumerator.run(table.root(), table.root_lambdas(), lower, end);
        if (holder.stopped) return;
        if (holder.overflowed && width > narrowest_nats) {
            width /= 2;
            continue;
        }
        if (holder.overflowed) {
            holder.clear();
            Enumerator<Visitor> unsorted(table, banks, visitor);
            unsorted.run(table.root(), table.root_lambdas(), lower, end);
            if (unsorted.stopped()) return;
        } else {
            holder.visit();
        }
        if (holder.size() * 4 < max_held) width *= 2;
        lower = end;
    }
}

}  // namespace wakesleep
