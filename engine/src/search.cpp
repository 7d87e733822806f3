#include "search.hpp"

#include <exception>
#include <map>
#include <thread>
#include <utility>

#include "checker.hpp"
#include "constant.hpp"
#include "sorted_window.hpp"

namespace wakesleep {

namespace {

/// Closed completions of a bank know their values on so many inputs; merged on all of them, or not at all.
constexpr std::size_t max_known = 96;
/// An input of at least so many tasks is tried first, once for all of them.
constexpr std::size_t shared_by = 4;

/// The tasks' inputs, each once; those of most tasks first, then each task's first, second, … in turn.
class Inputs {
  public:
    Inputs(const std::vector<Examples>& tasks, bool share) : places_(tasks.size()) {
        std::map<std::vector<Value>, std::size_t> uses;
        for (const Examples& task : tasks)
            for (const Example& example : task) ++uses[example.inputs];
        std::map<std::vector<Value>, std::size_t> places;
        auto place = [&](const std::vector<Value>& inputs) {
            const auto [entry, fresh] = places.try_emplace(inputs, all.size());
            if (fresh) all.push_back(inputs);
            return entry->second;
        };
        if (share && tasks.size() > 1)
            for (const auto& [inputs, count] : uses)
                if (count >= shared_by) place(inputs);
        shared = all.size();
        std::size_t longest = 0;
        for (const Examples& task : tasks) longest = std::max(longest, task.size());
        for (std::size_t i = 0; i < longest; ++i)
            for (std::size_t t = 0; t < tasks.size(); ++t)
                if (i < tasks[t].size()) places_[t].push_back(place(tasks[t][i].inputs));
    }
    std::vector<std::vector<Value>> all;
    std::size_t shared = 0;  // the first ones are tried once for all tasks
    /// Of each example of a task.
    const std::vector<std::size_t>& of(std::size_t task) const { return places_[task]; }

  private:
    std::vector<std::vector<std::size_t>> places_;
};

/// All that one thread of a search owns.
class Worker {
  public:
    Worker(const Grammar& grammar, Type request, const std::vector<Examples>& tasks, const Inputs& inputs, const Budget& budget,
           const SearchConfig& config, const Likelihood& likelihood, const Cancelled* cancelled, Seconds& together)
        : config_(config), language_(*grammar.language()), request_(request), likelihood_(likelihood),
          loan_(grammar, request, config.pruning), trial_(grammar, request, inputs.all),
          behaviours_(loan_.table(), trial_, equivalence(inputs, config), compared(inputs, config), std::min(inputs.all.size(), max_known),
                      merges_rounded(likelihood)),
          banks_(loan_.table(), trial_.productions(), &behaviours_,
                 limits(budget, config, request, trial_.fits_real_functions())),
          watch_(budget, loan_.table(), banks_, cancelled, together, config.threads), checker(language_, request, likelihood, trial_, watch_, budget) {
        if (config.foresight && !language_.has_holes()) {
            checker.foresight.emplace(language_, request, likelihood, trial_,
                                      this->equivalence(inputs, config) == Equivalence::closed);
            if (!checker.foresight->usable()) checker.foresight.reset();
        }
        for (std::size_t t = 0; t < tasks.size(); ++t) add(tasks[t], inputs, t, tasks.size());
        checker.set_alive();
        banks_.set_interruption([this] { return check() != nullptr; });
        if (config.equivalence == Equivalence::sampled) checker.compare_on(static_cast<std::size_t>(config.samples));
        watch_.pause();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Searches one window, in the calling thread.
    void run(double lower, double upper, Claims* claims) {
        watch_.resume();
        GrammarTable& table = loan_.table();
        banks_.set_window(upper);
        if (config_.order == Order::best_first)
            run_sorted(table, banks_, checker, lower, upper);
        else
            Enumerator<Checker>(table, banks_, checker)
                .run(table.root(), table.root_lambdas(), lower, upper, config_.equivalence != Equivalence::sampled,
                     claims);
        watch_.pause();
    }
    const Watch& watch() const { return watch_; }
    const char* check() { return watch_.check(checker.programs); }
    const Banks& banks() const { return banks_; }

  private:
    static Equivalence equivalence(const Inputs& inputs, const SearchConfig& config) {
        return config.equivalence == Equivalence::closed && inputs.all.size() > max_known ? Equivalence::none : config.equivalence;
    }
    /// Whether the likelihood tells no values apart that agree in ten digits.
    static bool merges_rounded(const Likelihood& likelihood) {
        return likelihood.kind() == Likelihood::Kind::gaussian ||
               (likelihood.kind() == Likelihood::Kind::tolerance && likelihood.first() >= 1e-9);
    }
    static Banks::Limits limits(const Budget& budget, const SearchConfig& config, Type request, bool families) {
        // The rest is for tables, which a long search can't do without.
        Banks::Limits limits{.bytes = budget.bytes / 2 / static_cast<std::size_t>(config.threads)};
        if (families && config.equivalence == Equivalence::closed) {  // most completions are another's equals: keep the rest
            limits.completions = SIZE_MAX;
            limits.share = 1;
        }
        if (config.equivalence == Equivalence::sampled) {
            limits.completions = SIZE_MAX;
            limits.share = 1;
            limits.bytes = budget.bytes / 4 * 3;
        }
        // What a plan still lacks is looked up: banks may be as large as memory allows.
        if (config.foresight && request.returns().to_string() == "tower") limits.completions = SIZE_MAX;
        return limits;
    }
    static std::size_t compared(const Inputs& inputs, const SearchConfig& config) {
        return config.equivalence == Equivalence::sampled ? static_cast<std::size_t>(config.samples) : inputs.all.size();
    }

    void add(const Examples& examples, const Inputs& inputs, std::size_t task, std::size_t tasks) {
        CheckedTask made;
        std::vector<char> shares(inputs.shared);  // a task that wants two outputs for one input checks the second itself
        for (std::size_t i = 0; i < examples.size(); ++i) {
            const std::size_t input = inputs.of(task)[i];
            const Word wanted = trial_.read_output(examples[i].output);
            if (checker.foresight) checker.foresight->add(task, input, wanted);
            if (input < inputs.shared && !std::exchange(shares[input], char(1)))
                share(input, task, wanted, (tasks + 63) / 64);
            else
                made.cases.push_back({input, wanted});
        }
        if (language_.has_holes())
            made.filler = std::make_unique<HoleFiller>(language_, request_, trial_, examples, inputs.of(task), likelihood_,
                                                       config_.equivalence != Equivalence::none);
        checker.tasks.push_back(std::move(made));
    }
    void share(std::size_t input, std::size_t task, Word wanted, std::size_t words) {
        if (checker.shared.size() <= input) checker.shared.resize(input + 1);
        SharedInput& shared = checker.shared[input];
        shared.input = input;
        auto mark = [&](std::vector<std::uint64_t>& set) {
            set.resize(words);
            set[task / 64] |= std::uint64_t(1) << (task % 64);
        };
        mark(shared.tasks);
        auto known = std::find_if(shared.wanted.begin(), shared.wanted.end(),
                                  [&](const auto& each) { return trial_.result().equal(each.first, wanted); });
        if (known == shared.wanted.end()) known = shared.wanted.insert(known, {wanted, {}});
        mark(known->second);
    }

    const SearchConfig& config_;
    const Language& language_;
    Type request_;
    const Likelihood& likelihood_;
    Loan loan_;
    Trial trial_;
    Behaviours behaviours_;
    Banks banks_;
    Watch watch_;

  public:
    Checker checker;
};

/// Runs one window on every worker, each in a thread of its own.
void run_window(std::vector<std::unique_ptr<Worker>>& workers, double lower, double upper) {
    if (workers.size() == 1) return workers.front()->run(lower, upper, nullptr);
    Claims claims;
    std::vector<std::exception_ptr> errors(workers.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < workers.size(); ++i)
            threads.emplace_back([&, i] {
                try {
                    workers[i]->run(lower, upper, &claims);
                } catch (...) {
                    errors[i] = std::current_exception();
                }
            });
    }
    for (const auto& error : errors)
        if (error) std::rethrow_exception(error);
}

/// The workers' findings for a task together; leaves them with the first.
CheckedTask& gather(std::vector<std::unique_ptr<Worker>>& workers, std::size_t task, std::size_t keep) {
    CheckedTask& first = workers.front()->checker.tasks[task];
    for (std::size_t i = 1; i < workers.size(); ++i) {
        CheckedTask& other = workers[i]->checker.tasks[task];
        for (const Found& found : other.found) insert(first.found, found, keep);
        if (first.found_seconds < 0 || (other.found_seconds >= 0 && other.found_seconds < first.found_seconds))
            first.found_seconds = other.found_seconds;
        other.found.clear();
    }
    return first;
}

/// How many programs are tried for the sake of digits: so many times those that the best solution came after, and so many more.
constexpr std::int64_t digits_growth = 4, digits_programs = 20'000;

/// Whether the best solution is good enough, or a likelier one is to be looked for. What its real constants cost is left out, for to go on for a few
/// digits is to go on until the budget ends. But where it has more than three, a law of short constants may be written another
/// way, and for a while that is looked for.
bool is_enough(const Language& language, const CheckedTask& task, double upper, double slack, std::int64_t programs) {
    if (task.found.empty()) return false;
    const Found& best = task.found.front();
    if (upper < best.nats() - language.real_nats(best.program) + slack) return false;
    if (upper >= best.nats() - language.real_nats(best.program, nats_of_real(1.23)) + slack) return true;
    return programs >= digits_growth * task.best_after + digits_programs;
}

void check_settings(const std::vector<Examples>& tasks, const SearchConfig& config) {
    if (tasks.empty()) throw EngineError("a search needs at least one task");
    for (const Examples& task : tasks)
        if (task.empty()) throw EngineError("a search needs at least one example");
    if (config.threads < 1 || config.threads > 256) throw EngineError("threads goes from 1 to 256");
    if (config.samples < 1 || config.samples > 1000) throw EngineError("samples goes from 1 to 1,000");
}

}  // namespace

std::vector<SearchResult> search(const Grammar& grammar, Type request, const std::vector<Examples>& tasks, const Budget& budget,
                                 const SearchConfig& wanted, const Likelihood& likelihood, const Cancelled* cancelled) {
    check_ground(request);
    check_settings(tasks, wanted);
    SearchConfig config = wanted;
    // The n-th program and the next by cost are one thread's business, and so is a bank that holds nearly everything.
    if (budget.programs > 0 || config.order == Order::best_first || config.equivalence == Equivalence::sampled ||
        grammar.language()->has_holes())
        config.threads = 1;
    const Inputs inputs(tasks, likelihood.is_exact());
    Seconds together = 0;
    std::vector<std::unique_ptr<Worker>> workers;
    for (int i = 0; i < config.threads; ++i)
        workers.push_back(
            std::make_unique<Worker>(grammar, request, tasks, inputs, budget, config, likelihood, cancelled, together));

    std::vector<SearchResult> results(tasks.size());
    const auto keep = static_cast<std::size_t>(std::max(1, budget.keep));
    Windows windows(budget);
    const char* stopped = nullptr;
    std::size_t left = tasks.size();
    while (!(stopped = windows.end())) {
        const double upper = windows.upper();
        run_window(workers, windows.lower(), upper);
        for (const auto& worker : workers)
            if (const char* reason = worker->watch().reason()) stopped = reason;
        for (std::size_t t = 0; t < tasks.size(); ++t) {
            const CheckedTask& task = gather(workers, t, keep);
            if (!task.active || stopped) continue;
            results[t].explored_nats = upper;
            if (!is_enough(*grammar.language(), task, upper, budget.slack_nats, workers.front()->checker.programs)) continue;
            results[t].stopped = "found";
            --left;
            for (const auto& worker : workers) worker->checker.tasks[t].active = false;
        }
        if (stopped) break;
        windows.pass(upper);
        if (left == 0) break;
        for (const auto& worker : workers) {
            worker->checker.set_alive();
            if (const char* reason = worker->check()) stopped = reason;
        }
        if (stopped) break;
    }
    SearchResult total;
    for (const auto& worker : workers) {
        total.programs += worker->checker.programs;
        total.cpu_seconds += worker->watch().seconds();
        total.bank_completions += worker->banks().completions();
        total.bank_bytes += worker->banks().bytes();
        total.bank_full = total.bank_full || worker->banks().full();
    }
    for (std::size_t t = 0; t < tasks.size(); ++t) {
        SearchResult& result = results[t];
        CheckedTask& task = workers.front()->checker.tasks[t];
        const double explored = std::max(result.explored_nats, budget.start_nats);
        const char* reason = *result.stopped ? result.stopped : stopped;
        result = total;
        result.solutions = std::move(task.found);
        result.found_cpu_seconds = task.found_seconds < 0 ? -1 : task.found_seconds * config.threads;
        result.explored_nats = explored;
        result.stopped = reason;
    }
    return results;
}

}  // namespace wakesleep
