#include "search.hpp"

#include <algorithm>

#include "trial.hpp"
#include "windows.hpp"

namespace wakesleep {

namespace {

struct Checker {
    Trial& trial;
    Watch& watch;
    const Language& language;
    std::vector<Word> outputs;
    std::vector<std::size_t> order;  // examples, the ones that reject often first
    std::size_t keep;
    std::int64_t limit;
    std::int64_t programs = 0;
    std::vector<Found> found;

    template <class Walk>
    void operator()(Walk& walk, const Step* steps, int count, double cost) {
        ++programs;
        trial.load(steps, count);
        for (std::size_t i = 0; i < order.size(); ++i) {
            const std::size_t example = order[i];
            if (!trial.run(example) || !trial.result().equal(trial.output(), outputs[example])) {
                if (i > 0) std::swap(order[i], order[i - 1]);
                if (limit > 0 && programs >= limit) pulse(walk);
                return;
            }
        }
        found.push_back({term_of(language, steps, count), cost});
        std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.cost < b.cost; });
        if (found.size() > keep) found.resize(keep);
        if (limit > 0 && programs >= limit) pulse(walk);
    }

    template <class Walk>
    void pulse(Walk& walk) {
        if (watch.check(programs)) walk.stop();
    }
};

}  // namespace

SearchResult search(const Grammar& grammar, Type request, const std::vector<Example>& examples, const Budget& budget,
                    const Cancelled* cancelled, bool equations) {
    check_ground(request);
    if (examples.empty()) throw EngineError("a search needs at least one example");
    std::vector<std::vector<Value>> inputs;
    for (const Example& example : examples) inputs.push_back(example.inputs);
    Trial trial(grammar, request, inputs);
    Loan loan(grammar, request, equations);
    Watch watch(budget, loan.table(), cancelled);
    Checker checker{.trial = trial, .watch = watch, .language = *grammar.language(), .outputs = {}, .order = {},
                    .keep = static_cast<std::size_t>(std::max(1, budget.keep)), .limit = budget.programs, .found = {}};
    for (std::size_t i = 0; i < examples.size(); ++i) {
        checker.outputs.push_back(trial.read_output(examples[i].output));
        checker.order.push_back(i);
    }
    SearchResult result;
    result.stopped = walk_windows(loan.table(), checker, budget, result.explored_nats, [&](double upper) {
        return !checker.found.empty() && upper >= checker.found.front().cost + budget.slack_nats;
    });
    result.solutions = std::move(checker.found);
    result.programs = checker.programs;
    result.cpu_seconds = watch.seconds();
    return result;
}

}  // namespace wakesleep
