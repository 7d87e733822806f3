#include "version_space_search.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "abstraction_terms.hpp"
#include "version_space_beam.hpp"
#include "version_space_inversion.hpp"
#include "version_space_rewriting.hpp"

namespace wakesleep {

namespace {

using Tag = VersionSpaceTable::Tag;
using Config = VersionSpaceSearchConfig;

constexpr int max_inversion_steps = 100;

void check(const Config& config) {
    const auto require = [](bool holds, const char* what) {
        if (!holds) throw EngineError(std::string("version space search: ") + what);
    };
    require(config.inversion_steps >= 0 && config.inversion_steps <= max_inversion_steps,
            "inversion_steps must lie between 0 and 100");
    require(config.max_arity >= 0, "max_arity can't be negative");
    require(config.keep >= 1, "keep must be at least 1");
    require(config.min_tasks >= 1, "min_tasks must be at least 1");
    require(config.hole_cost >= 0 && config.hole_cost <= leaf_cost, "hole_cost must lie between 0 and 100");
    require(config.beam >= 1, "beam must be at least 1");
    require(config.max_nodes >= 2 && config.max_nodes <= std::numeric_limits<Space>::max(),
            "max_nodes must lie between 2 and 2^31 - 1");
    require(config.max_bytes >= 1, "max_bytes must be positive");
}

std::int64_t cost_of(Term term) {
    switch (term.kind()) {
        case Kind::lambda: return node_cost + cost_of(term.body());
        case Kind::application: return node_cost + cost_of(term.function()) + cost_of(term.argument());
        default: return leaf_cost;
    }
}

std::int64_t calls_in(Term term, Term call) {
    if (term == call) return 1;
    if (term.kind() == Kind::lambda) return calls_in(term.body(), call);
    if (term.kind() == Kind::application) return calls_in(term.function(), call) + calls_in(term.argument(), call);
    return 0;
}

int uses_of(Term term, int index) {
    switch (term.kind()) {
        case Kind::index: return term.index() == index;
        case Kind::lambda: return uses_of(term.body(), index + 1);
        case Kind::application: return uses_of(term.function(), index) + uses_of(term.argument(), index);
        default: return 0;
    }
}

Term term_of(const VersionSpaceTable& table, Space single) {
    const VersionSpaceTable::Node node = table[single];
    switch (node.tag) {
        case Tag::index: return Term::index_of(node.first);
        case Tag::leaf: return table.leaf_term(node.first);
        case Tag::abstraction: return Term::lambda(term_of(table, node.first));
        default: {
            const Term function = term_of(table, node.first);
            return Term::apply(function, term_of(table, node.second));
        }
    }
}

void add_free_variables(Term term, int depth, std::vector<int>& variables) {
    if (term.free_indices() <= depth) return;
    switch (term.kind()) {
        case Kind::index: variables.push_back(term.index() - depth); break;
        case Kind::lambda: add_free_variables(term.body(), depth + 1, variables); break;
        case Kind::application:
            add_free_variables(term.function(), depth, variables);
            add_free_variables(term.argument(), depth, variables);
            break;
        default: break;
    }
}

/// Free variable variables[i] renamed to i.
Term renumbered(Term term, int depth, const std::vector<int>& variables) {
    if (term.free_indices() <= depth) return term;
    switch (term.kind()) {
        case Kind::index: {
            const auto at = std::lower_bound(variables.begin(), variables.end(), term.index() - depth);
            return Term::index_of(static_cast<int>(at - variables.begin()) + depth);
        }
        case Kind::lambda: return Term::lambda(renumbered(term.body(), depth + 1, variables));
        default: {
            const Term function = renumbered(term.function(), depth, variables);
            return Term::apply(function, renumbered(term.argument(), depth, variables));
        }
    }
}

/// A candidate: an abstraction, and the members that calls of it may stand for.
struct Proposal {
    Term body;  // closed
    int arity = 0;
    std::int64_t body_cost = 0;
    std::vector<SpaceRewriter::Replacement> replacements{};
};

/// The leading λ's that are parameters, up to the limit; one that isn't used ends them.
void measure(Proposal& proposal, const Config& config) {
    Term inner = proposal.body;
    std::int64_t uses = 0;
    while (inner.kind() == Kind::lambda && proposal.arity < config.max_arity) {
        const int here = uses_of(inner.body(), 0);
        if (here == 0) break;
        uses += here;
        inner = inner.body();
        ++proposal.arity;
    }
    proposal.body_cost = cost_of(inner) - uses * (leaf_cost - config.hole_cost);
}

class ExactSearch {
  public:
    ExactSearch(const std::vector<std::vector<Term>>& corpus, const Config& config, int steps)
        : corpus_(corpus), config_(config),
          table_(static_cast<std::size_t>(config.max_nodes), static_cast<std::size_t>(config.max_bytes)),
          cheapest_(table_) {
        result_.steps = steps;
        result_.rewritten = corpus;
    }

    /// Throws SpaceTooLarge.
    VersionSpaceSearchResult run() {
        invert();
        propose();
        confirm(ranked());
        finish();
        return std::move(result_);
    }

  private:
    struct Confirmed {
        AbstractionCandidate candidate;
        std::vector<std::vector<Term>> rewritten;
    };

    void invert() {
        {
            // Its memo tables aren't needed any longer than the spaces are made.
            VersionSpaceInversion inversion(table_, true);
            for (const auto& programs : corpus_) {
                tasks_.emplace_back();
                for (const Term program : programs)
                    tasks_.back().push_back(inversion.closure(table_.read(program), result_.steps));
            }
            result_.bytes = static_cast<std::int64_t>(table_.bytes());
        }
        std::vector<Space> roots;
        for (const auto& spaces : tasks_) roots.insert(roots.end(), spaces.begin(), spaces.end());
        spaces_ = reachable_spaces(table_, roots);
        cheapest_.compute(spaces_);
    }

    void propose() {
        std::unordered_set<Term> existing;
        for (const auto& programs : corpus_)
            for (const Term program : programs)
                for (const Term abstraction : abstractions_in(program)) existing.insert(abstraction.body());
        const std::vector<Space> members = shared_members(table_, cheapest_, tasks_, config_.min_tasks);
        result_.considered = static_cast<std::int64_t>(members.size());
        std::unordered_map<Term, std::int32_t> numbers;
        for (const Space member : members) {
            const Term term = term_of(table_, member);
            std::vector<int> variables;
            add_free_variables(term, 0, variables);
            std::sort(variables.begin(), variables.end());
            variables.erase(std::unique(variables.begin(), variables.end()), variables.end());
            if (static_cast<int>(variables.size()) > config_.max_arity) continue;
            Term body = renumbered(term, 0, variables);
            for (std::size_t i = 0; i < variables.size(); ++i) body = Term::lambda(body);
            if (existing.contains(body)) continue;
            const auto [at, is_new] = numbers.try_emplace(body, static_cast<std::int32_t>(proposals_.size()));
            if (is_new) {
                proposals_.push_back({body});
                measure(proposals_.back(), config_);
            }
            Term call = Term::abstraction(body);
            for (auto variable = variables.rbegin(); variable != variables.rend(); ++variable)
                call = Term::apply(call, Term::index_of(*variable));
            const auto cost = static_cast<std::int32_t>(cost_of(call));
            proposals_[static_cast<std::size_t>(at->second)].replacements.push_back({member, call, cost});
            callables_.push_back({member, at->second, cost});
        }
    }

    /// The proposals that gain most by the beam's costs, `keep` of them.
    std::vector<std::int32_t> ranked() {
        CandidateBeam beam(table_, cheapest_, config_.beam);
        beam.compute(spaces_, callables_);
        result_.bytes = std::max(result_.bytes, static_cast<std::int64_t>(table_.bytes()));
        std::vector<std::int64_t> saved(proposals_.size(), 0);
        std::vector<int> gaining(proposals_.size(), 0);
        for (std::size_t task = 0; task < tasks_.size(); ++task) {
            std::unordered_map<std::int32_t, std::int64_t> costs;
            for (const Space space : tasks_[task])
                for (auto entry = beam.begin(space); entry != beam.end(space); ++entry) {
                    const auto [at, is_new] = costs.try_emplace(entry->candidate, entry->argument);
                    if (!is_new) at->second = std::min<std::int64_t>(at->second, entry->argument);
                }
            const std::int64_t before = task_cost(corpus_[task]);
            for (const auto& [candidate, cost] : costs)
                if (cost < before) {
                    saved[static_cast<std::size_t>(candidate)] += before - cost;
                    ++gaining[static_cast<std::size_t>(candidate)];
                }
        }
        std::vector<std::int32_t> order;
        for (std::size_t i = 0; i < proposals_.size(); ++i) {
            saved[i] -= proposals_[i].body_cost;
            if (gaining[i] >= config_.min_tasks && saved[i] > 0) order.push_back(static_cast<std::int32_t>(i));
        }
        std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
            return saved[static_cast<std::size_t>(a)] > saved[static_cast<std::size_t>(b)];
        });
        order.resize(std::min(order.size(), static_cast<std::size_t>(config_.keep)));
        return order;
    }

    static std::int64_t task_cost(const std::vector<Term>& programs) {
        std::int64_t least = std::numeric_limits<std::int64_t>::max();
        for (const Term program : programs) least = std::min(least, cost_of(program));
        return least;
    }

    /// Several candidates at a time, for a part of the spaces after another: that part stays in the processor's cache.
    void confirm(const std::vector<std::int32_t>& order) {
        constexpr std::size_t together = 20, part = 4096;
        for (std::size_t first = 0; first < order.size(); first += together) {
            const std::size_t count = std::min(together, order.size() - first);
            std::vector<SpaceRewriter> rewriters;
            rewriters.reserve(count);
            for (std::size_t i = 0; i < count; ++i)
                rewriters.emplace_back(table_, cheapest_, proposal(order[first + i]).replacements);
            for (std::size_t at = 0; at < spaces_.size(); at += part)
                for (SpaceRewriter& rewriter : rewriters)
                    rewriter.compute({spaces_.data() + at, std::min(part, spaces_.size() - at)});
            for (std::size_t i = 0; i < count; ++i) confirm(proposal(order[first + i]), rewriters[i]);
        }
    }

    const Proposal& proposal(std::int32_t number) const { return proposals_[static_cast<std::size_t>(number)]; }

    /// Rewrites the programs and takes the utility from what came out.
    void confirm(const Proposal& proposal, SpaceRewriter& rewriter) {
        const Term call = Term::abstraction(proposal.body);
        Confirmed confirmed{{proposal.body, proposal.arity, -proposal.body_cost, 0, 0}, corpus_};
        int gaining = 0;
        for (std::size_t task = 0; task < tasks_.size(); ++task) {
            auto& programs = confirmed.rewritten[task];
            if (programs.empty()) continue;
            std::int64_t uses = 0;
            for (std::size_t i = 0; i < programs.size(); ++i) {
                const Term rewritten = rewriter.extract(tasks_[task][i]);
                const std::int64_t calls = calls_in(rewritten, call);
                if (calls == 0 || cost_of(rewritten) >= cost_of(programs[i])) continue;
                programs[i] = rewritten;
                uses += calls;
            }
            const std::int64_t gain = task_cost(corpus_[task]) - task_cost(programs);
            confirmed.candidate.utility += gain;
            gaining += gain > 0;
            confirmed.candidate.uses += uses;
            confirmed.candidate.tasks += uses > 0;
        }
        if (gaining >= config_.min_tasks && confirmed.candidate.utility > 0) confirmed_.push_back(std::move(confirmed));
    }

    void finish() {
        result_.nodes = static_cast<std::int64_t>(table_.size());
        std::stable_sort(confirmed_.begin(), confirmed_.end(), [](const Confirmed& a, const Confirmed& b) {
            return a.candidate.utility > b.candidate.utility;
        });
        if (!confirmed_.empty()) result_.rewritten = std::move(confirmed_.front().rewritten);
        for (Confirmed& confirmed : confirmed_) result_.candidates.push_back(confirmed.candidate);
    }

    const std::vector<std::vector<Term>>& corpus_;
    const Config& config_;
    VersionSpaceSearchResult result_;
    VersionSpaceTable table_;
    CheapestMembers cheapest_;
    std::vector<std::vector<Space>> tasks_;  // of each program
    std::vector<Space> spaces_;              // all that they reach
    std::vector<Proposal> proposals_;
    std::vector<Callable> callables_;
    std::vector<Confirmed> confirmed_;
};

}  // namespace

VersionSpaceSearchResult search_version_spaces(const std::vector<std::vector<Term>>& corpus, const Config& config) {
    check(config);
    std::string reason;
    try {
        return ExactSearch(corpus, config, config.inversion_steps).run();
    } catch (const SpaceTooLarge& error) {
        reason = error.what();
    }
    // Climbing wastes little: each step costs many times the one before.
    std::optional<VersionSpaceSearchResult> best;
    for (int steps = 0; steps < config.inversion_steps; ++steps) {
        try {
            best = ExactSearch(corpus, config, steps).run();
        } catch (const SpaceTooLarge&) {
            break;
        }
    }
    const std::string asked = std::to_string(config.inversion_steps) + " inversion steps: " + reason;
    if (!best) {
        best.emplace();
        best->rewritten = corpus;
        best->note = asked + "; not even the programs themselves fit";
    } else {
        best->note = asked + "; " + std::to_string(best->steps) + " were taken";
    }
    return std::move(*best);
}

}  // namespace wakesleep
