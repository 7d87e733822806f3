#include "description.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "abstraction_rewriter.hpp"

namespace wakesleep {

namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();
constexpr std::size_t max_terms = 20'000'000;
/// Terms that rewriting left behind are dropped at this number.
constexpr std::size_t many_terms = 2'000'000;
constexpr std::int32_t variable_head = 0;

void count(std::vector<std::pair<std::int32_t, std::int32_t>>& counts, std::int32_t what) {
    const auto known = std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == what; });
    if (known == counts.end())
        counts.emplace_back(what, 1);
    else
        ++known->second;
}

double log_sum(const std::vector<double>& logs) {
    const double highest = logs.empty() ? impossible : *std::max_element(logs.begin(), logs.end());
    if (highest == impossible) return impossible;
    double total = 0;
    for (const double log : logs) total += std::exp(log - highest);
    return highest + std::log(total);
}

std::vector<double> joints(const Frontier& frontier, const std::vector<double>& log_priors) {
    std::vector<double> sums(log_priors);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += frontier.log_likelihoods[i];
    return sums;
}

/// Whether a body uses every parameter; calls of one that doesn't can't be found by matching.
bool uses_all_parameters(const TermTable& terms, TermId body, int arity) {
    for (int i = 0; i < arity; ++i) {
        if (terms[body].tag != TermTable::Tag::lambda) return false;
        body = terms[body].first;
    }
    return (terms[body].free & indices_below(arity)) == indices_below(arity);
}

/// Without programs that are there already.
void drop_repeated(Frontier& frontier) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frontier.programs.size(); ++i) {
        const auto end = frontier.programs.begin() + static_cast<std::ptrdiff_t>(kept);
        if (std::find(frontier.programs.begin(), end, frontier.programs[i]) != end) continue;
        frontier.programs[kept] = frontier.programs[i];
        frontier.log_likelihoods[kept++] = frontier.log_likelihoods[i];
    }
    frontier.programs.resize(kept);
    frontier.log_likelihoods.resize(kept);
}

}  // namespace

Describer::Describer(double pseudocounts, int refits)
    : pseudocounts_(pseudocounts), refits_(refits), terms_(max_terms), head_terms_{Term()} {
    if (!(pseudocounts > 0) || !std::isfinite(pseudocounts)) throw EngineError("pseudocounts are finite and above 0");
    if (refits < 1 || refits > 100) throw EngineError("refits are between 1 and 100");
}

Describer::Choices Describer::choices_of(const Language& language, Term program, Type request) {
    Choices result;
    std::vector<Step> steps;
    try {
        steps = steps_of(language, program, request);
    } catch (const UnknownName&) {
        return result;
    }
    const int productions = static_cast<int>(language.productions().size());
    const Contexts contexts(language);
    Derivation derivation(language, contexts, request);
    result.constant = -language.constant_nats(program);
    for (const Step& step : steps) {
        if (derivation.finished() || derivation.lambdas() != step.lambdas) return result;
        const auto variables = derivation.variables().size() + (derivation.may_call_itself() ? 1 : 0);
        const Hole hole{derivation.hole_type(), variables > 0};
        auto kind = std::find(holes_.begin(), holes_.end(), hole);
        if (kind == holes_.end()) kind = holes_.insert(holes_.end(), hole);
        count(result.holes, static_cast<std::int32_t>(kind - holes_.begin()));
        if (step.token < productions && step.token != language.recursion()) {
            const Term head = language.productions()[static_cast<std::size_t>(step.token)].term;
            const auto [entry, fresh] = heads_.try_emplace(head, static_cast<std::int32_t>(head_terms_.size()));
            if (fresh) head_terms_.push_back(head);
            count(result.uses, entry->second);
        } else {
            count(result.uses, variable_head);
            result.constant -= std::log(static_cast<double>(variables));
        }
        if (!derivation.push(step.token) || derivation.steps().back().arguments != step.arguments) return result;
    }
    result.derived = derivation.finished();
    return result;
}

const Describer::Choices& Describer::choices(const Language& language, Term program, Type request) {
    const auto known = choices_.find({program, request});
    if (known != choices_.end()) return known->second;
    return choices_.emplace(ProgramKey{program, request}, choices_of(language, program, request)).first->second;
}

Describer::Columns Describer::columns(const Language& language) {
    Columns columns;
    const int productions = static_cast<int>(language.productions().size());
    columns.count = productions + 1;
    columns.heads.push_back(productions);
    for (std::size_t i = 1; i < head_terms_.size(); ++i) columns.heads.push_back(language.find(head_terms_[i]));
    for (const auto& [type, takes_variables] : holes_) {
        columns.holes.push_back(language.fitting(type));
        if (takes_variables) columns.holes.back().push_back(productions);
    }
    return columns;
}

std::vector<double> Describer::log_totals(const Columns& columns, const std::vector<double>& weights) const {
    std::vector<double> totals, logs;
    for (const std::vector<int>& fitting : columns.holes) {
        logs.clear();
        for (const int column : fitting) logs.push_back(weights[static_cast<std::size_t>(column)]);
        totals.push_back(log_sum(logs));
    }
    return totals;
}

double Describer::log_prior(const Choices& choices, const Columns& columns, const std::vector<double>& weights,
                            const std::vector<double>& log_totals) const {
    if (!choices.derived) return impossible;
    double total = choices.constant;
    for (const auto& [head, times] : choices.uses) {
        const int column = columns.heads[static_cast<std::size_t>(head)];
        if (column < 0) return impossible;
        total += times * weights[static_cast<std::size_t>(column)];
    }
    for (const auto& [hole, times] : choices.holes) total -= times * log_totals[static_cast<std::size_t>(hole)];
    return total;
}

Description Describer::describe(const Language& language, const std::vector<Frontier>& frontiers) {
    for (const Frontier& frontier : frontiers)
        for (const Term program : frontier.programs) choices(language, program, frontier.request);
    return describe(language, columns(language), frontiers);
}

Description Describer::describe(const Language& language, const Columns& columns,
                                const std::vector<Frontier>& frontiers) {
    const auto width = static_cast<std::size_t>(columns.count);
    Description result;
    result.weights.assign(width, 0);
    std::vector<std::vector<const Choices*>> chosen;
    for (const Frontier& frontier : frontiers) {
        chosen.emplace_back();
        for (const Term program : frontier.programs)
            chosen.back().push_back(&choices(language, program, frontier.request));
    }
    const auto measure = [&] {
        const std::vector<double> totals = log_totals(columns, result.weights);
        result.log_priors.clear();
        for (const auto& programs : chosen) {
            result.log_priors.emplace_back();
            for (const Choices* program : programs)
                result.log_priors.back().push_back(log_prior(*program, columns, result.weights, totals));
        }
    };
    measure();
    for (int round = 0; round < refits_; ++round) {
        std::vector<double> uses(width, 0), possible(width, 0), holes(columns.holes.size(), 0);
        for (std::size_t task = 0; task < frontiers.size(); ++task) {
            const std::vector<double> logs = joints(frontiers[task], result.log_priors[task]);
            const double evidence = log_sum(logs);
            if (evidence == impossible) continue;
            for (std::size_t i = 0; i < logs.size(); ++i) {
                const double share = std::exp(logs[i] - evidence);
                if (share == 0) continue;
                for (const auto& [head, times] : chosen[task][i]->uses)
                    uses[static_cast<std::size_t>(columns.heads[static_cast<std::size_t>(head)])] += share * times;
                for (const auto& [hole, times] : chosen[task][i]->holes)
                    holes[static_cast<std::size_t>(hole)] += share * times;
            }
        }
        for (std::size_t hole = 0; hole < holes.size(); ++hole)
            for (const int column : columns.holes[hole]) possible[static_cast<std::size_t>(column)] += holes[hole];
        for (std::size_t i = 0; i < width; ++i)
            result.weights[i] = std::log(uses[i] + pseudocounts_) - std::log(possible[i] + pseudocounts_);
        measure();
    }
    for (std::size_t task = 0; task < frontiers.size(); ++task)
        result.log_evidence += log_sum(joints(frontiers[task], result.log_priors[task]));
    return result;
}

Term Describer::meaning(const Language& language, Term program, Type request) {
    const auto [entry, fresh] = meanings_.try_emplace({program, request});
    if (fresh) entry->second = language.eta_long(beta_normal(program, true), request);
    return entry->second;
}

std::optional<std::vector<Frontier>> Describer::rewritten(const Language& language,
                                                          const std::vector<Frontier>& frontiers, Term abstraction,
                                                          int arity) {
    if (abstraction.kind() != Kind::abstraction)
        throw EngineError("rewriting needs an abstraction #(...), not " + abstraction.to_string());
    if (terms_.size() > many_terms) terms_ = TermTable(max_terms);
    const TermId body = terms_.read(abstraction.body());
    if (!uses_all_parameters(terms_, body, arity)) return std::nullopt;
    Inversion inversion(terms_);
    const std::vector<Pattern> readings = readings_of(terms_, inversion, body, arity);
    std::vector<const Pattern*> patterns;
    for (const Pattern& reading : readings) patterns.push_back(&reading);
    Rewriter rewriter(terms_, inversion, patterns, terms_.leaf(abstraction), true, false);
    bool changed = false;
    std::vector<Frontier> result(frontiers);
    for (Frontier& frontier : result) {
        for (Term& program : frontier.programs) {
            const TermId before = terms_.read(program), after = rewriter.rewrite(before);
            if (after == before) continue;
            Term shorter;
            try {
                shorter = language.eta_long(terms_.write(after), frontier.request);
            } catch (const IllTyped&) {
                continue;
            }
            if (shorter == program ||
                meaning(language, shorter, frontier.request) != meaning(language, program, frontier.request))
                continue;
            program = shorter;
            changed = true;
        }
    }
    if (!changed) return std::nullopt;
    return result;
}

std::optional<std::pair<std::vector<Frontier>, Description>> Describer::rewrite(const Language& language,
                                                                                 const std::vector<Frontier>& frontiers,
                                                                                 Term abstraction, int arity) {
    auto result = rewritten(language, frontiers, abstraction, arity);
    if (!result) return std::nullopt;
    std::vector<Frontier> unique(*result);
    for (Frontier& frontier : unique) drop_repeated(frontier);
    for (const Frontier& frontier : frontiers)  // all kinds of holes are known before they get their columns
        for (const Term program : frontier.programs) choices(language, program, frontier.request);
    Description description = describe(language, unique);
    const Columns known = columns(language);
    const std::vector<double> totals = log_totals(known, description.weights);
    const auto prior = [&](Term program, Type request) {
        return log_prior(choices(language, program, request), known, description.weights, totals);
    };
    bool mixed = false;
    for (std::size_t task = 0; task < frontiers.size(); ++task) {
        Frontier& frontier = (*result)[task];
        for (std::size_t i = 0; i < frontier.programs.size(); ++i) {
            const Term before = frontiers[task].programs[i];
            if (before == frontier.programs[i]) continue;
            if (prior(before, frontier.request) > prior(frontier.programs[i], frontier.request)) {
                frontier.programs[i] = before;
                mixed = true;
            }
        }
        drop_repeated(frontier);
    }
    if (mixed) description = describe(language, *result);
    return std::pair{std::move(*result), std::move(description)};
}

}  // namespace wakesleep
