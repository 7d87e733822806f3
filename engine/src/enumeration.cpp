// Enumeration without examples: listing programs, and counting them.
#include "search.hpp"
#include "windows.hpp"

namespace wakesleep {

namespace {

struct Collector {
    const Language& language;
    std::int64_t limit;
    std::vector<Found> found;

    template <class Walk>
    void operator()(Walk& walk, const Step* steps, int count, double cost) {
        if (static_cast<std::int64_t>(found.size()) < limit) found.push_back({term_of(language, steps, count), cost});
        if (static_cast<std::int64_t>(found.size()) >= limit) walk.stop();
    }
    template <class Walk>
    void pulse(Walk&) {}
};

struct Counter {
    std::int64_t programs = 0;
    std::int64_t tokens = 0;  // read from each program, so that none is merely implied

    template <class Walk>
    void operator()(Walk&, const Step* steps, int count, double) {
        ++programs;
        tokens += steps[count - 1].token;
    }
    template <class Walk>
    void pulse(Walk&) {}
};

}  // namespace

std::vector<Found> enumerate(const Grammar& grammar, Type request, double lower, double upper, std::int64_t limit,
                             bool equations) {
    if (!(lower >= 0 && upper <= max_cost)) throw EngineError("enumeration goes from 0 to at most 400 nats");
    GrammarTable table(grammar, request, Type(), equations);
    Collector collector{.language = *grammar.language(), .limit = limit, .found = {}};
    if (limit <= 0) return {};
    Enumerator<Collector> enumerator(table, collector);
    enumerator.run(lower, upper);
    return std::move(collector.found);
}

std::vector<std::pair<double, std::int64_t>> count_windows(const Grammar& grammar, Type request, double max_nats,
                                                           Type continuation, bool equations) {
    if (!(max_nats > 0 && max_nats <= max_cost)) throw EngineError("max_nats must be above 0 and at most 400");
    GrammarTable table(grammar, request, continuation, equations);
    Counter counter;
    Enumerator<Counter> enumerator(table, counter);
    std::vector<std::pair<double, std::int64_t>> windows;
    for (double lower = 0; lower < max_nats - 1e-9; lower += window_nats) {
        counter.programs = 0;
        const double upper = std::min(lower + window_nats, max_nats);
        enumerator.run(lower, upper);
        windows.emplace_back(upper, counter.programs);
    }
    return windows;
}

}  // namespace wakesleep
