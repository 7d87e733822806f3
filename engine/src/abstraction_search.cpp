#include "abstraction_search.hpp"

#include <time.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "abstraction_check.hpp"
#include "abstraction_corpus.hpp"
#include "abstraction_expansion.hpp"
#include "abstraction_rewriter.hpp"

namespace wakesleep {

namespace {

/// Patterns expanded between two looks at the clock.
constexpr std::int64_t between_checks = 8;

/// Terms that rewriting may make; far beyond what any corpus that fits a search needs.
constexpr std::size_t max_rewriting_nodes = 20'000'000;

double thread_cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void check(const AbstractionSearchConfig& config) {
    const auto require = [](bool holds, const char* what) {
        if (!holds) throw EngineError(std::string("abstraction search: ") + what);
    };
    require(config.inversion_steps >= 0, "inversion_steps can't be negative");
    require(config.max_arity >= 0, "max_arity can't be negative");
    require(config.keep >= 1, "keep must be at least 1");
    require(config.min_tasks >= 1, "min_tasks must be at least 1");
    require(config.hole_cost >= 0 && config.hole_cost <= leaf_cost, "hole_cost must lie between 0 and 100");
    require(config.cpu_seconds > 0, "cpu_seconds must be positive");
    require(config.max_nodes >= 1 && config.max_cells >= 1, "max_nodes and max_cells must be positive");
    require(config.inversion_shortlist >= 0, "inversion_shortlist can't be negative");
}

int calls_in(const TermTable& terms, TermId id, TermId call, std::map<TermId, int>& known) {
    if (id == call) return 1;
    const TermTable::Node node = terms[id];
    if (node.tag == TermTable::Tag::leaf || node.tag == TermTable::Tag::index) return 0;
    if (const auto found = known.find(id); found != known.end()) return found->second;
    int count = calls_in(terms, node.first, call, known);
    if (node.tag == TermTable::Tag::application) count += calls_in(terms, node.second, call, known);
    return known[id] = count;
}

/// The orders of a finished pattern's parameters that let calls leave out last arguments. Parameters that aren't left out
/// keep their order: it plays no part.
std::vector<std::vector<int>> closing_orders(TermTable& terms, const PatternState& state) {
    std::set<std::vector<int>> endings;
    for (std::size_t row = 0; row < state.closed.size(); ++row) {
        std::vector<int> ending;
        for (int index = state.closed[row] - 1; index >= 0; --index)
            for (std::size_t parameter = 0; parameter < state.arguments.size(); ++parameter)
                if (state.arguments[parameter][row] == terms.index(index)) ending.push_back(static_cast<int>(parameter));
        if (static_cast<int>(ending.size()) == state.closed[row] && !ending.empty()) endings.insert(std::move(ending));
    }
    std::vector<std::vector<int>> orders;
    for (const auto& ending : endings) {
        std::vector<int> order;
        for (int parameter = 0; parameter < state.pattern.arity(); ++parameter)
            if (std::find(ending.begin(), ending.end(), parameter) == ending.end()) order.push_back(parameter);
        order.insert(order.end(), ending.begin(), ending.end());
        orders.push_back(std::move(order));
    }
    return orders;
}

class Search {
  public:
    Search(const std::vector<std::vector<Term>>& tasks, const AbstractionSearchConfig& config)
        : config_(config), terms_(static_cast<std::size_t>(config.max_nodes)), inversion_(terms_),
          corpus_(terms_, tasks), call_(terms_.fresh_leaf()),
          expansion_(terms_, inversion_, corpus_, config_,
                     [this](std::unique_ptr<PatternState> state) { receive(std::move(state)); },
                     [this] { return within_time(); }) {}

    AbstractionSearchResult run() {
        try {
            search(false);
            if (config_.both_orders && config_.inversion_steps > 0 && result_.complete) search(true);
        } catch (const TableFull&) {
            result_.complete = false;  // what was finished stays valid
        }
        queue_.clear();
        for (auto rank = ranking_.rbegin(); rank != ranking_.rend(); ++rank)
            result_.candidates.push_back(describe(finished_.at(rank->second)));
        result_.cpu_seconds = thread_cpu_seconds() - started_;
        return std::move(result_);
    }

  private:
    struct Finished {
        Pattern pattern;
        TermId body;
        std::int64_t utility;
        std::vector<std::int32_t> programs;  // where it may be used
    };
    /// (utility, −order of finding): ascending, earlier finds better among equals.
    using Rank = std::pair<std::int64_t, std::int64_t>;

    void search(bool from_left) {
        if (auto root = expansion_.root(from_left)) receive(std::move(root));
        while (!queue_.empty()) {
            if ((result_.patterns % between_checks == 0 && !within_time()) || cells_ > config_.max_cells) {
                result_.complete = false;
                return;
            }
            std::pop_heap(queue_.begin(), queue_.end(), less_promising);
            const std::unique_ptr<PatternState> state = std::move(queue_.back());
            queue_.pop_back();
            cells_ -= state->cells();
            if (config_.upper_bound_pruning && state->bound <= expansion_.threshold) break;  // nor can any other
            ++result_.patterns;
            expansion_.expand(*state);
        }
        queue_.clear();
        cells_ = 0;
    }

    bool within_time() {
        const bool within = thread_cpu_seconds() - started_ < config_.cpu_seconds;
        if (!within) result_.complete = false;
        return within;
    }

    static bool less_promising(const std::unique_ptr<PatternState>& a, const std::unique_ptr<PatternState>& b) {
        return a->bound != b->bound ? a->bound < b->bound : a->order > b->order;
    }

    void receive(std::unique_ptr<PatternState> state) {
        if (state->open.empty()) {
            finish(*state);
            return;
        }
        state->order = created_++;
        cells_ += state->cells();
        queue_.push_back(std::move(state));
        std::push_heap(queue_.begin(), queue_.end(), less_promising);
    }

    /// Scores a finished pattern, in the order of parameters that suits it best, and keeps it if it is among the best.
    void finish(const PatternState& state) {
        std::optional<Finished> best = scored(state, state.pattern);
        for (const auto& order : closing_orders(terms_, state)) {
            auto other = scored(state, state.pattern.reordered(inversion_, order));
            if (other && (!best || other->utility > best->utility)) best = std::move(other);
        }
        if (best) keep(std::move(*best));
    }

    /// The pattern with its utility, found by rewriting the programs with it; nothing where it is of no use.
    std::optional<Finished> scored(const PatternState& state, const Pattern& pattern) {
        TermId body = no_term;
        try {
            body = closed_body(pattern, terms_, inversion_);
        } catch (const IndexTooLarge&) {
            return std::nullopt;
        }
        if (!is_nontrivial(terms_, body)) return std::nullopt;
        Finished finished{pattern, body, 0, corpus_.programs_with(state.locations)};
        Rewriter rewriter = rewriter_for(pattern);
        std::vector<int> costs;
        for (const std::int32_t program : finished.programs)
            costs.push_back(terms_[rewriter.rewrite(corpus_.programs()[static_cast<std::size_t>(program)])].cost);
        const Corpus::Saving saving = corpus_.saving(finished.programs, costs);
        finished.utility = saving.cost - pattern.body_cost;
        if (config_.check_by_rewriting) check_utility(state, finished, rewriter);
        if (saving.tasks < config_.min_tasks || finished.utility <= 0) return std::nullopt;
        return finished;
    }

    Rewriter rewriter_for(const Pattern& pattern) {
        return Rewriter(terms_, inversion_, {&pattern}, call_, false, config_.inversion_steps > 0);
    }

    /// Does it all again on real terms: what is called must mean the programs, and no bound may have been below it.
    void check_utility(const PatternState& state, const Finished& finished, Rewriter& rewriter) {
        const Term abstraction = Term::abstraction(terms_.write(finished.body));
        std::vector<TermId> rewritten;
        for (const TermId program : corpus_.programs()) rewritten.push_back(rewriter.rewrite(program));
        const std::int64_t saved = saved_by_rewriting(terms_, corpus_, rewritten, call_, abstraction);
        const std::int64_t body = cost_of_body(abstraction, finished.pattern.arity(), config_.hole_cost);
        const auto differs = [&](const char* what, std::int64_t value, std::int64_t other) {
            throw EngineError("check_by_rewriting: " + abstraction.to_string() + ": " + what + " " +
                              std::to_string(value) + ", by rewriting " + std::to_string(other));
        };
        if (body != finished.pattern.body_cost) differs("body cost", finished.pattern.body_cost, body);
        if (saved - body != finished.utility) differs("utility", finished.utility, saved - body);
        if (state.least_bound < saved - body) differs("bound", state.least_bound, saved - body);
    }

    void keep(Finished finished) {
        // One body may be reached as different patterns: `(#0 t)` with #0 applied or plain.
        if (const auto known = rank_of_.find(finished.body); known != rank_of_.end()) {
            if (known->second.first >= finished.utility) return;
            drop(known->second);
        }
        const Rank rank{finished.utility, -static_cast<std::int64_t>(found_++)};
        rank_of_[finished.body] = rank;
        ranking_.insert({rank, finished.body});
        finished_.emplace(finished.body, std::move(finished));
        const auto keep = static_cast<std::size_t>(config_.keep);
        if (ranking_.size() > keep) drop(ranking_.begin()->first);
        if (ranking_.size() == keep) expansion_.threshold = ranking_.begin()->first.first;
    }

    void drop(Rank rank) {
        const auto entry = ranking_.lower_bound({rank, no_term});
        finished_.erase(entry->second);
        rank_of_.erase(entry->second);
        ranking_.erase(entry);
    }

    AbstractionCandidate describe(const Finished& finished) {
        AbstractionCandidate candidate;
        candidate.body = terms_.write(finished.body);
        candidate.arity = finished.pattern.arity();
        candidate.utility = finished.utility;
        Rewriter rewriter = rewriter_for(finished.pattern);
        std::map<TermId, int> known;
        std::set<int> tasks;
        for (const std::int32_t program : finished.programs) {
            const TermId rewritten = rewriter.rewrite(corpus_.programs()[static_cast<std::size_t>(program)]);
            const int calls = calls_in(terms_, rewritten, call_, known);
            candidate.uses += calls;
            if (calls > 0) tasks.insert(corpus_.task_of(program));
        }
        candidate.tasks = static_cast<int>(tasks.size());
        return candidate;
    }

    const AbstractionSearchConfig config_;
    const double started_ = thread_cpu_seconds();
    AbstractionSearchResult result_;
    TermTable terms_;
    Inversion inversion_;
    Corpus corpus_;
    TermId call_;
    Expansion expansion_;

    std::vector<std::unique_ptr<PatternState>> queue_;  // a heap
    std::int64_t cells_ = 0;                            // of the queue
    std::uint64_t created_ = 0, found_ = 0;
    std::map<TermId, Finished> finished_;
    std::map<TermId, Rank> rank_of_;
    std::set<std::pair<Rank, TermId>> ranking_;
};

/// Whether every one of the `arity` outermost λ's of a body is used.
bool uses_all_parameters(const Pattern& pattern) {
    std::vector<bool> used(static_cast<std::size_t>(pattern.arity()), false);
    for (const Pattern::Node& node : pattern.nodes)
        if (node.tag == Pattern::Tag::variable || node.tag == Pattern::Tag::applied)
            used[static_cast<std::size_t>(node.first)] = true;
    return std::find(used.begin(), used.end(), false) == used.end();
}

}  // namespace

AbstractionSearchResult search_abstractions(const std::vector<std::vector<Term>>& corpus,
                                            const AbstractionSearchConfig& config) {
    check(config);
    return Search(corpus, config).run();
}

std::vector<Term> rewrite_with(const std::vector<Term>& programs, Term abstraction, int arity, bool close_uses) {
    if (abstraction.kind() != Kind::abstraction)
        throw EngineError("rewriting needs an abstraction #(...), not " + abstraction.to_string());
    Term inner = abstraction.body();
    for (int i = 0; i < arity; ++i, inner = inner.body())
        if (inner.kind() != Kind::lambda)
            throw EngineError(abstraction.to_string() + " takes fewer than " + std::to_string(arity) + " arguments");
    if (arity < 0) throw EngineError("arity can't be negative");
    TermTable terms(max_rewriting_nodes);
    Inversion inversion(terms);
    const TermId body = terms.read(abstraction.body());
    const std::vector<Pattern> readings = readings_of(terms, inversion, body, arity);
    if (!uses_all_parameters(readings.front()))
        throw EngineError("no use of " + abstraction.to_string() + " can be found: it ignores an argument");
    std::vector<const Pattern*> patterns;
    for (const Pattern& reading : readings) patterns.push_back(&reading);
    Rewriter rewriter(terms, inversion, patterns, terms.leaf(abstraction), true, close_uses);
    std::vector<Term> rewritten;
    for (const Term program : programs) rewritten.push_back(terms.write(rewriter.rewrite(terms.read(program))));
    return rewritten;
}

}  // namespace wakesleep
