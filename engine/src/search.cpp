#include "search.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <unordered_set>

#include "enumerator.hpp"
#include "error.hpp"

namespace wakesleep {

namespace {

/// Nats past which a program has more nodes than can be enumerated, or there is none.
constexpr double max_cost = 400;

double thread_seconds() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Runs enumerated programs on inputs that were read in once.
class Trial {
  public:
    Trial(const Grammar& grammar, Type request, const std::vector<std::vector<Value>>& inputs)
        : book_(*grammar.language()), templates_(book_.production_templates()), machine_(limits()), arena_(std::size_t(64) << 20), result_(Shape::of(request.returns())) {
        const std::vector<Type> arguments = request.arguments();
        std::vector<Shape> shapes;
        for (Type argument : arguments) shapes.push_back(Shape::of(argument));
        for (const auto& values : inputs) {
            if (values.size() != shapes.size())
                throw EngineError("an example has " + std::to_string(values.size()) + " inputs, but the request " +
                                  request.to_string() + " takes " + std::to_string(shapes.size()));
            Frame* frame = nullptr;
            for (std::size_t i = 0; i < values.size(); ++i) {
                auto* bound = static_cast<Frame*>(arena_.take(sizeof(Frame)));
                if (!bound) throw EngineError("the examples are too large");
                *bound = {shapes[i].read(values[i], arena_), nullptr, nullptr, frame};
                frame = bound;
            }
            frames_.push_back(frame);
        }
        productions_ = static_cast<int>(grammar.language()->productions().size());
    }

    void load(const Step* steps, int count) {
        for (int i = count - 1; i >= 0; --i) {
            const Step& step = steps[i];
            Instruction& instruction = code_[i];
            if (step.token < productions_) {
                instruction = templates_[step.token];
            } else {
                instruction.operation = Operation::variable;
                instruction.operand = step.token - productions_;
            }
            instruction.arguments = step.arguments;
            instruction.lambdas = step.lambdas;
            std::uint32_t size = 1;
            for (int left = step.arguments; left > 0; --left) size += code_[i + size].size;
            instruction.size = size;
        }
        code_[0].lambdas = 0;  // the inputs are bound already
    }

    /// False when the program fails on input `i`; else result() holds what it gave, until the next run.
    bool run(std::size_t i) {
        output_ = machine_.run(code_.data(), frames_[i]);
        return machine_.failure() == Failure::none;
    }
    Word output() const { return output_; }
    const Shape& result() const { return result_; }
    const std::vector<Frame*>& frames() const { return frames_; }
    Word read_output(const Value& value) { return result_.read(value, arena_); }

  private:
    static Limits limits() {
        Limits limits;
        limits.fuel = 4'000;
        limits.arena_bytes = 1 << 20;
        return limits;
    }

    CodeBook book_;
    Code templates_;
    Machine machine_;
    Arena arena_;  // inputs and wanted outputs
    Shape result_;
    std::vector<Frame*> frames_;
    int productions_;
    Word output_ = 0;
    std::array<Instruction, Enumerator<int>::max_steps> code_;
};

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
    Loan(const Grammar& grammar, Type request, std::size_t keep_below)
        : grammar_(grammar), table_(grammar.borrow_table(request)), keep_below_(keep_below) {}
    ~Loan() {
        if (table_->bytes() <= keep_below_) grammar_.give_back(std::move(table_));
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    GrammarTable& table() { return *table_; }

  private:
    const Grammar& grammar_;
    std::unique_ptr<GrammarTable> table_;
    std::size_t keep_below_;
};

void check_ground(Type request) {
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
                    const Cancelled* cancelled) {
    check_ground(request);
    if (examples.empty()) throw EngineError("a search needs at least one example");
    std::vector<std::vector<Value>> inputs;
    for (const Example& example : examples) inputs.push_back(example.inputs);
    Trial trial(grammar, request, inputs);
    Loan loan(grammar, request, budget.table_bytes);
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

namespace {

struct Novelty {
    Trial& trial;
    Watch& watch;
    const Language& language;
    std::vector<std::vector<std::uint64_t>> arguments;  // hashes of each input, for spotting identities
    std::int64_t programs = 0;
    std::unordered_set<std::uint64_t> seen;  // 64-bit hashes of output vectors
    std::vector<Found> found;
    std::vector<bool> copies;

    template <class Walk>
    void operator()(Walk& walk, const Step* steps, int count, double cost) {
        ++programs;
        trial.load(steps, count);
        const std::size_t inputs = trial.frames().size();
        const std::size_t width = arguments.empty() ? 0 : arguments.front().size();
        std::size_t failures = 0;
        std::uint64_t behaviour = 0, first = 0;
        bool constant = true, any = false;
        copies.assign(width, true);
        for (std::size_t i = 0; i < inputs; ++i) {
            std::uint64_t output = 0x9E3779B97F4A7C15ULL;  // stands for a failure
            if (trial.run(i)) {
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
        if (constant || std::any_of(copies.begin(), copies.end(), [](bool copy) { return copy; })) return;
        if (seen.insert(behaviour).second) found.push_back({term_of(language, steps, count), cost});
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
    if (inputs.size() < 2) throw EngineError("behaviours are told apart on at least two inputs");
    Trial trial(grammar, request, inputs);
    Loan loan(grammar, request, budget.table_bytes);
    Watch watch(budget, loan.table(), cancelled);
    Novelty novelty{.trial = trial, .watch = watch, .language = *grammar.language(), .arguments = {}, .seen = {},
                    .found = {}, .copies = {}};
    const std::vector<Type> types = request.arguments();
    for (Frame* frame : trial.frames()) {
        std::vector<std::uint64_t> hashes(types.size(), 1);
        for (std::size_t k = types.size(); k-- > 0; frame = frame->up)
            if (types[k] == request.returns()) hashes[k] = trial.result().hash(frame->value);
        novelty.arguments.push_back(std::move(hashes));
    }
    double explored = 0;
    walk_windows(loan.table(), novelty, budget, explored, [](double) { return false; });
    return std::move(novelty.found);
}

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

std::vector<Found> enumerate(const Grammar& grammar, Type request, double lower, double upper, std::int64_t limit) {
    if (!(lower >= 0 && upper <= max_cost)) throw EngineError("enumeration goes from 0 to at most 400 nats");
    GrammarTable table(grammar, request);
    Collector collector{.language = *grammar.language(), .limit = limit, .found = {}};
    if (limit <= 0) return {};
    Enumerator<Collector> enumerator(table, collector);
    enumerator.run(lower, upper);
    return std::move(collector.found);
}

std::vector<std::pair<double, std::int64_t>> count_windows(const Grammar& grammar, Type request, double max_nats,
                                                           Type continuation) {
    if (!(max_nats > 0 && max_nats <= max_cost)) throw EngineError("max_nats must be above 0 and at most 400");
    GrammarTable table(grammar, request, continuation);
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
