// One program for each behaviour: enumeration that drops what computes nothing new.
#include <algorithm>
#include <unordered_set>

#include "enumerator.hpp"
#include "search.hpp"
#include "windows.hpp"

namespace wakesleep {

namespace {

struct Novelty {
    Trial& trial;
    Watch& watch;
    const Language& language;
    Type request;
    std::vector<std::vector<std::uint64_t>> arguments;  // hashes of each input, for spotting identities
    std::int64_t programs = 0;
    std::unordered_set<std::uint64_t> seen;  // 64-bit hashes of output vectors
    std::vector<Found> found;
    std::vector<bool> copies;

    template <class Walk>
    void operator()(Walk& walk, Reference program, int, int, double cost) {
        ++programs;
        if (trial.never_ends(program.node())) return;
        const std::size_t inputs = trial.inputs();
        const std::size_t width = arguments.empty() ? 0 : arguments.front().size();
        std::size_t failures = 0;
        std::uint64_t behaviour = 0, first = 0;
        bool constant = true, any = false;
        copies.assign(width, true);
        for (std::size_t i = 0; i < inputs; ++i) {
            std::uint64_t output = 0x9E3779B97F4A7C15ULL;  // stands for a failure
            if (trial.run(program.node(), i)) {
                output = trial.result().hash(trial.output());
                constant = constant && (!any || output == first);
                if (!any) first = output;
                any = true;
                for (std::size_t k = 0; k < width; ++k) copies[k] = copies[k] && output == arguments[i][k];
            } else if (++failures * 2 > inputs) {
                return;
            }
            behaviour = (behaviour ^ output) * 0xFF51AFD7ED558CCDULL;
            behaviour ^= behaviour >> 31;
        }
        if ((constant && inputs > 1) || std::any_of(copies.begin(), copies.end(), [](bool copy) { return copy; })) return;
        if (seen.insert(behaviour).second) found.push_back({program_of(language, request, program), cost});
        if (watch.reason()) walk.stop();
    }

    template <class Walk>
    void pulse(Walk& walk) {
        if (watch.check(static_cast<std::int64_t>(found.size()))) walk.stop();
    }
};

}  // namespace

std::vector<Found> behaviours(const Grammar& grammar, Type request, const std::vector<std::vector<Value>>& inputs,
                              const Budget& budget, const Cancelled* cancelled) {
    check_ground(request);
    if (inputs.empty()) throw EngineError("behaviours are told apart on inputs: there are none");
    Trial trial(grammar, request, inputs);
    Loan loan(grammar, request, {.divergence = true});
    GrammarTable& table = loan.table();
    Behaviours known(table, trial, Equivalence::closed, inputs.size(), inputs.size());
    Banks banks(table, trial.productions(), &known, {.bytes = budget.bytes / 2});
    Seconds seconds = 0;
    Watch watch(budget, table, banks, cancelled, seconds);
    Novelty novelty{.trial = trial, .watch = watch, .language = *grammar.language(), .request = request,
                    .arguments = {}, .seen = {}, .found = {}, .copies = {}};
    const std::vector<Type> types = request.arguments();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Frame* frame = trial.frame(i);
        std::vector<std::uint64_t> hashes(types.size(), 1);
        for (std::size_t k = types.size(); k-- > 0; frame = frame->up)
            if (types[k] == request.returns()) hashes[k] = trial.result().hash(frame->value);
        novelty.arguments.push_back(std::move(hashes));
    }
    Enumerator<Novelty> enumerator(table, banks, novelty);
    for (Windows windows(budget); !windows.end() && !watch.reason(); windows.pass(windows.upper())) {
        banks.set_window(windows.upper());
        enumerator.run(table.root(), table.root_lambdas(), windows.lower(), windows.upper());
        watch.check(novelty.programs);
    }
    return std::move(novelty.found);
}

}  // namespace wakesleep
