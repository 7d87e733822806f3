#include "grammar.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "error.hpp"
#include "grammar_table.hpp"

namespace wakesleep {

namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();

/// What the next hole of a derivation can be filled with, and each one's share of the probability.
class Choice {
  public:
    Choice(Derivation& derivation, const Grammar& grammar)
        : row_(grammar.row(derivation.context())), productions_(grammar.columns() - 1),
          tokens_(derivation.productions()) {
        for (int variable : derivation.variables()) {
            tokens_.push_back(productions_ + variable);
            ++variables_;
        }
        if (derivation.may_call_itself()) {
            itself_ = grammar.language()->recursion();
            tokens_.push_back(itself_);
            apart_ = grammar.weighs_itself();
            if (!apart_) ++variables_;
        }
        double highest = impossible, total = 0;
        for (int token : tokens_) highest = std::max(highest, weight(token));
        for (int token : tokens_) total += std::exp(weight(token) - highest);
        log_total_ = highest == impossible ? impossible : highest + std::log(total);
    }
    /// Productions, then variables, then the program itself.
    const std::vector<int>& tokens() const { return tokens_; }
    bool possible() const { return log_total_ != impossible; }
    double log_share(int token) const { return weight(token) - log_total_; }

  private:
    double weight(int token) const {
        if (token < productions_ && (token != itself_ || apart_)) return row_[token];
        return row_[productions_] - std::log(static_cast<double>(variables_));
    }

    const double* row_;
    int productions_;
    std::vector<int> tokens_;
    int variables_ = 0, itself_ = -1;
    bool apart_ = false;
    double log_total_ = impossible;
};

/// Calls `visit(derivation)` before each choice; false when `term` can't be derived.
template <class Visit>
bool replay(const Language& language, const Contexts& contexts, Term term, Type request, Visit visit) {
    std::vector<Step> steps;
    try {
        steps = steps_of(language, term, request);
    } catch (const UnknownName&) {
        return false;
    }
    Derivation derivation(language, contexts, request);
    for (const Step& step : steps) {
        if (derivation.finished() || derivation.lambdas() != step.lambdas) return false;
        visit(derivation, step);
        if (!derivation.push(step.token) || derivation.steps().back().arguments != step.arguments) return false;
    }
    return derivation.finished();
}

}  // namespace

Grammar::Grammar(std::shared_ptr<const Language> language, std::vector<double> weights, int rows)
    : language_(std::move(language)),
      contexts_(*language_),
      weights_(std::move(weights)),
      rows_(rows),
      columns_(static_cast<int>(language_->productions().size()) + 1) {
    if (rows_ != 1 && rows_ != contexts_.count())
        throw EngineError("a grammar has 1 row of weights or " + std::to_string(contexts_.count()) +
                          " (one a context), but " + std::to_string(rows_) + " were given");
    if (weights_.size() != static_cast<std::size_t>(rows_) * columns_)
        throw EngineError("each row has " + std::to_string(columns_) + " weights: the productions and the variable");
    for (double weight : weights_)
        if (std::isnan(weight) || weight == std::numeric_limits<double>::infinity())
            throw EngineError("weights are natural logs: NaN and +inf aren't allowed");
}

Grammar::~Grammar() = default;

double Grammar::log_likelihood(Term term, Type request) const {
    double total = -language_->constant_nats(term);
    const bool derived = replay(*language_, contexts_, term, request, [&](Derivation& derivation, const Step& step) {
        total += Choice(derivation, *this).log_share(step.token);
    });
    return derived && !std::isnan(total) ? total : impossible;
}

std::vector<std::pair<Term, double>> Grammar::sample(Type request, int count, std::uint64_t seed, int max_nodes) const {
    if (count < 0 || max_nodes < 1 || max_nodes > 1000)
        throw EngineError("sample draws programs of 1 to 1,000 nodes, and not a negative number of them");
    std::mt19937_64 generator(seed);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::vector<std::pair<Term, double>> drawn;
    for (int i = 0; i < count; ++i) {
        Derivation derivation(*language_, contexts_, request);
        double log_probability = 0;
        bool alive = true;
        while (alive && !derivation.finished()) {
            const Choice choice(derivation, *this);
            alive = choice.possible() &&
                    static_cast<int>(derivation.steps().size()) + derivation.open_holes() <= max_nodes;
            if (!alive) break;
            double left = uniform(generator);
            int chosen = -1;
            for (int token : choice.tokens()) {
                const double log_share = choice.log_share(token);
                left -= std::exp(log_share);
                if (std::isfinite(log_share)) chosen = token;
                if (left < 0) break;  // what rounding leaves over goes to the last possible candidate
            }
            log_probability += choice.log_share(chosen);
            alive = derivation.push(chosen);
        }
        if (alive) drawn.emplace_back(derivation.program(), log_probability);
    }
    return drawn;
}

std::unique_ptr<GrammarTable> Grammar::borrow_table(Type request, const Pruning& pruning) const {
    {
        std::lock_guard lock(tables_mutex_);
        const auto kept = std::find_if(tables_.begin(), tables_.end(), [&](const auto& table) {
            return table->request() == request && table->pruning() == pruning;
        });
        if (kept != tables_.end()) {
            auto table = std::move(*kept);
            tables_.erase(kept);
            return table;
        }
    }
    return std::make_unique<GrammarTable>(*this, request, pruning);
}

void Grammar::give_back(std::unique_ptr<GrammarTable> table) const {
    std::lock_guard lock(tables_mutex_);
    tables_.push_back(std::move(table));
    std::size_t kept = 0;
    for (const auto& each : tables_) kept += each->bytes();
    while (!tables_.empty() && kept > max_kept_bytes) {
        kept -= tables_.front()->bytes();
        tables_.erase(tables_.begin());
    }
}

bool count_choices(const Language& language, const Contexts& contexts, Term term, Type request, double weight, bool itself_apart,
                   Counts& counts) {
    const int columns = static_cast<int>(language.productions().size()) + 1, productions = columns - 1;
    const auto column_of = [&](int token) {
        return token < productions && (token != language.recursion() || itself_apart) ? token : productions;
    };
    Counts fresh{std::vector<double>(counts.uses.size(), 0), std::vector<double>(counts.uses.size(), 0)};
    const bool derived = replay(language, contexts, term, request, [&](Derivation& derivation, const Step& step) {
        const std::size_t row = static_cast<std::size_t>(derivation.context()) * columns;
        fresh.uses[row + column_of(step.token)] += weight;
        for (int production : derivation.productions()) fresh.possible[row + production] += weight;
        const bool itself = derivation.may_call_itself();
        if (itself && itself_apart) fresh.possible[row + language.recursion()] += weight;
        if (!derivation.variables().empty() || (itself && !itself_apart)) fresh.possible[row + productions] += weight;
    });
    if (!derived) return false;
    for (std::size_t i = 0; i < counts.uses.size(); ++i) {
        counts.uses[i] += fresh.uses[i];
        counts.possible[i] += fresh.possible[i];
    }
    return true;
}

}  // namespace wakesleep
