// Enumeration without examples: listing programs, and counting them.
#include "enumerator.hpp"
#include "search.hpp"
#include "windows.hpp"

namespace wakesleep {

namespace {

struct Collector {
    const Language& language;
    Type request;
    std::int64_t limit;
    std::vector<Found> found;

    template <class Walk>
    void operator()(Walk& walk, Reference program, int, int, double cost) {
        if (static_cast<std::int64_t>(found.size()) < limit) found.push_back({program_of(language, request, program), cost});
        if (static_cast<std::int64_t>(found.size()) >= limit) walk.stop();
    }
    template <class Walk>
    void pulse(Walk&) {}
};

struct Counter {
    std::int64_t programs = 0;
    std::int64_t tokens = 0;  // read from each program, so that none is merely implied

    template <class Walk>
    void operator()(Walk&, Reference program, int, int, double) {
        ++programs;
        tokens += program.node()->token;
    }
    template <class Walk>
    void pulse(Walk&) {}
};

/// Nodes that no machine runs.
std::vector<Node> plain_nodes(const Language& language) {
    std::vector<Node> nodes;
    for (const Production& production : language.productions())
        nodes.push_back({Operation::unevaluable, static_cast<std::uint8_t>(production.arguments.size()),
                         static_cast<std::int32_t>(nodes.size()), 0});
    return nodes;
}

/// Windows of a request's programs, with all that they read.
struct Walk {
    std::vector<Node> nodes;
    GrammarTable table;
    Banks banks;

    Walk(const Grammar& grammar, Type request, bool equations, Type continuation = {})
        : nodes(plain_nodes(*grammar.language())), table(grammar, request, {.equations = equations}, continuation),
          banks(table, nodes, nullptr, {}) {}
    template <class Visitor>
    void run(Visitor& visitor, double lower, double upper) {
        banks.set_window(upper);
        Enumerator<Visitor>(table, banks, visitor).run(table.root(), table.root_lambdas(), lower, upper);
    }
};

}  // namespace

std::vector<Found> enumerate(const Grammar& grammar, Type request, double lower, double upper, std::int64_t limit,
                             bool equations) {
    if (!(lower >= 0 && upper <= max_cost)) throw EngineError("enumeration goes from 0 to at most 400 nats");
    if (limit <= 0) return {};
    Collector collector{.language = *grammar.language(), .request = request, .limit = limit, .found = {}};
    Walk(grammar, request, equations).run(collector, lower, upper);
    return std::move(collector.found);
}

std::vector<std::pair<double, std::int64_t>> count_windows(const Grammar& grammar, Type request, double max_nats,
                                                           Type continuation, bool equations) {
    if (!(max_nats > 0 && max_nats <= max_cost)) throw EngineError("max_nats must be above 0 and at most 400");
    Walk walk(grammar, request, equations, continuation);
    Counter counter;
    std::vector<std::pair<double, std::int64_t>> windows;
    for (double lower = 0; lower < max_nats - 1e-9; lower += window_nats) {
        counter.programs = 0;
        const double upper = std::min(lower + window_nats, max_nats);
        walk.run(counter, lower, upper);
        windows.emplace_back(upper, counter.programs);
    }
    return windows;
}

}  // namespace wakesleep
