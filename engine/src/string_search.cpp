#include "string_search.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "error.hpp"
#include "string_division.hpp"
#include "windows.hpp"

namespace wakesleep {

namespace {

/// Examples that are looked at to begin with, and those added of a program's mistakes at a time.
constexpr std::size_t first_examples = 8, more_examples = 2;

/// Entries by which a bank has grown enough for another look at what is wanted.
constexpr std::size_t first_entries = 200;
constexpr double growth = 1.5;

/// How far a search goes on after its first solution, for a cheaper one: how much its bank may grow, and the share of the
/// budget's seconds that this may take.
constexpr std::size_t slack_growth = 4, slack_entries = 20'000;
constexpr double slack_share = 0.2;

struct Words {
    std::vector<Word> inputs;
    Word output;
    bool operator==(const Words&) const = default;
};

class Search {
  public:
    Search(const StringGrammar& grammar, const std::vector<Sort>& inputs, const Examples& examples, const Budget& budget,
           const Cancelled* cancelled)
        : grammar_(grammar), budget_(budget), cancelled_(cancelled), started_(thread_seconds()) {
        grammar.check();
        const Sort output = grammar.sorts[static_cast<std::size_t>(grammar.start)];
        for (const StringRule& rule : grammar.rules)
            if (rule.operation == Operation::variable) check_variable(rule, inputs);
        for (const Example& example : examples) {
            if (example.inputs.size() != inputs.size()) throw EngineError("an example has another number of inputs");
            Words words{{}, word(example.output, output)};
            for (std::size_t i = 0; i < inputs.size(); ++i) words.inputs.push_back(word(example.inputs[i], inputs[i]));
            if (std::find(examples_.begin(), examples_.end(), words) == examples_.end()) examples_.push_back(words);
        }
        if (examples_.empty()) throw EngineError("there are no examples");
    }

    StringSearchResult run() {
        for (std::size_t i = 0; i < std::min(first_examples, examples_.size()); ++i) looked_at_.push_back(i);
        while (!round()) {}
        result_.cpu_seconds = thread_seconds() - started_;
        result_.programs += tried_;
        return result_;
    }

  private:
    void check_variable(const StringRule& rule, const std::vector<Sort>& inputs) const {
        const auto place = static_cast<std::size_t>(rule.operand.number);
        if (place >= inputs.size() || inputs[place] != grammar_.sorts[static_cast<std::size_t>(rule.nonterminal)])
            throw EngineError("a rule names an input that isn't there, or is of another sort");
    }

    Word word(const Value& value, Sort sort) {
        const auto kind = sort == Sort::text      ? Value::Kind::text
                          : sort == Sort::integer ? Value::Kind::integer
                                                  : Value::Kind::boolean;
        if (value.kind != kind) throw EngineError("an example's value isn't of the sort that is wanted there");
        if (kind == Value::Kind::integer && (value.number > max_integer || value.number < -max_integer))
            throw EngineError("an example's integer is too large");
        return kind == Value::Kind::text ? texts_.number(value.text) : value.number;
    }

    bool interrupted() {
        if (cancelled_ && cancelled_->load(std::memory_order_relaxed)) return stop("cancelled");
        if (budget_.programs > 0 && tried_ + tried_now() >= budget_.programs) return stop("programs");
        if (budget_.cpu_seconds > 0) {
            const double seconds = thread_seconds() - started_;
            if (seconds >= budget_.cpu_seconds) return stop("seconds");
            if (result_.found_cpu_seconds >= 0 && seconds >= result_.found_cpu_seconds + slack_share * budget_.cpu_seconds)
                return stop("found");
        }
        if (texts_.bytes() + (bank_ ? bank_->bytes() : 0) > budget_.bytes) return stop("memory");
        return false;
    }
    bool stop(const char* reason) {
        result_.stopped = reason;
        return true;
    }
    std::int64_t tried_now() const { return bank_ ? bank_->tried() : 0; }

    /// Searches with the examples looked at. False where a mistake was found among the others, which are looked at now.
    bool round() {
        std::vector<std::vector<Word>> inputs;
        std::vector<Word> wanted;
        for (const std::size_t i : looked_at_) {
            inputs.push_back(examples_[i].inputs);
            wanted.push_back(examples_[i].output);
        }
        StringBank bank(grammar_, texts_, std::move(inputs));
        bank_ = &bank;
        const bool ended = search(bank, wanted);
        tried_ += bank.tried();
        bank_ = nullptr;
        return ended;
    }

    bool search(StringBank& bank, const std::vector<Word>& wanted) {
        const std::function<bool()> asked = [this] { return interrupted(); };
        StringExplainer explainer(grammar_, texts_, bank, wanted, asked);
        const ExampleSet all = ~ExampleSet(0) >> (max_examples_of_set - wanted.size());
        std::size_t next = first_entries, last = std::numeric_limits<std::size_t>::max();
        for (;;) {
            const std::size_t before = bank.size();
            const bool whole = bank.grow(asked);
            result_.explored_nats = bank.explored_nats() - (whole ? 0 : StringBank::layer_nats);
            const bool exhausted = whole && bank.size() == before && bank.explored_nats() > max_cost;
            if (bank.size() >= next || !whole || exhausted) {
                next = static_cast<std::size_t>(growth * static_cast<double>(bank.size()));
                StringDivider divider(grammar_, bank, explainer, asked);
                const auto found = divider.explain(grammar_.start, all, bound());
                if (found && !verify(bank, *found)) return false;
                if (full_) return true;
            }
            if (!whole) return true;
            if (exhausted) return stop(result_.program.empty() ? "exhausted" : "found");
            if (!result_.program.empty()) {
                if (last == std::numeric_limits<std::size_t>::max()) last = slack_growth * bank.size() + slack_entries;
                if (bank.size() >= last || bank.explored_nats() >= result_.nats) return stop("found");
            }
        }
    }

    double bound() const {
        return result_.program.empty() ? std::numeric_limits<double>::infinity() : result_.nats;
    }

    /// Keeps a program that gives what every example wants; else some of those that it gets wrong are looked at.
    bool verify(const StringBank& bank, const Explained& found) {
        std::vector<std::size_t> wrong;
        for (std::size_t i = 0; i < examples_.size() && wrong.size() < more_examples; ++i)
            if (evaluate(bank, found.expression, examples_[i].inputs) != std::optional(examples_[i].output)) wrong.push_back(i);
        if (wrong.empty()) {
            result_.program.clear();
            spell(bank, found.expression);
            result_.nats = found.nats;
            if (result_.found_cpu_seconds < 0) result_.found_cpu_seconds = thread_seconds() - started_;
            return true;
        }
        if (looked_at_.size() + wrong.size() > max_examples_of_set) {
            full_ = stop("examples");
            return true;
        }
        looked_at_.insert(looked_at_.end(), wrong.begin(), wrong.end());
        return false;
    }

    std::optional<Word> evaluate(const StringBank& bank, int number, const std::vector<Word>& inputs) {
        const Expression& expression = bank.expressions()[static_cast<std::size_t>(number)];
        const StringRule& rule = grammar_.rules[static_cast<std::size_t>(expression.rule)];
        if (rule.operation == Operation::variable) return inputs[static_cast<std::size_t>(rule.operand.number)];
        if (rule.operation == Operation::constant)
            return rule.operand.kind == Value::Kind::text ? texts_.number(rule.operand.text) : rule.operand.number;
        std::array<Word, max_string_arguments> words{};
        for (std::size_t k = 0; k < rule.arguments.size(); ++k) {
            const auto value = evaluate(bank, expression.arguments[k], inputs);
            if (!value) return std::nullopt;
            words[k] = *value;
        }
        return apply_operation(rule.operation, words.data(), texts_);
    }

    void spell(const StringBank& bank, int number) {
        const Expression& expression = bank.expressions()[static_cast<std::size_t>(number)];
        result_.program.push_back(expression.rule);
        for (std::size_t k = 0; k < grammar_.rules[static_cast<std::size_t>(expression.rule)].arguments.size(); ++k)
            spell(bank, expression.arguments[k]);
    }

    const StringGrammar& grammar_;
    const Budget& budget_;
    const Cancelled* cancelled_;
    double started_;
    Texts texts_;
    std::vector<Words> examples_;
    std::vector<std::size_t> looked_at_;
    StringBank* bank_ = nullptr;
    std::int64_t tried_ = 0;
    bool full_ = false;  // no more examples can be looked at
    StringSearchResult result_;
};

}  // namespace

StringSearchResult search_strings(const StringGrammar& grammar, const std::vector<Sort>& inputs, const Examples& examples,
                                  const Budget& budget, const Cancelled* cancelled) {
    return Search(grammar, inputs, examples, budget, cancelled).run();
}

}  // namespace wakesleep
