#include "abstraction_session.hpp"

#include <algorithm>

namespace wakesleep {

namespace {

/// Distinct sub-terms of a corpus.
constexpr std::size_t max_corpus_nodes = 100'000'000;

}  // namespace

AbstractionCorpus::AbstractionCorpus() : terms_(max_corpus_nodes) {}

AbstractionCorpus::AbstractionCorpus(const std::vector<std::vector<Term>>& tasks) : AbstractionCorpus() {
    int task = 0;
    for (const auto& programs : tasks) {
        sizes_.push_back(programs.size());
        for (const Term program : programs) {
            programs_.push_back(terms_.read(program));
            tasks_.push_back(task);
        }
        if (!programs.empty()) ++task;
    }
    settle();
}

/// Forgets all terms but the programs', and finds anew where each occurs.
void AbstractionCorpus::settle() {
    corpus_.reset();
    terms_.keep_only(programs_);
    corpus_ = std::make_unique<Corpus>(terms_, programs_, tasks_);
}

AbstractionSearchResult AbstractionCorpus::search(const AbstractionSearchConfig& config, std::int64_t least) {
    std::lock_guard lock(mutex_);
    AbstractionSearchResult result = search_abstractions(terms_, *corpus_, config, least);
    terms_.keep_only(programs_);  // the ids of the programs' terms stay: they came first
    return result;
}

struct AbstractionCorpus::Rewritten {
    std::vector<std::int32_t> programs;
    std::vector<TermId> terms;  // parallel
};

/// The programs that a call can be put into. Only those where a sub-term matches: a call stands for a sub-term of the
/// program or is inside the argument of one that does.
AbstractionCorpus::Rewritten AbstractionCorpus::rewritten_with(TermId call, Inversion& inversion,
                                                               const Readings& readings, bool close_uses) {
    std::vector<TermId> locations, arguments;
    const auto patterns = readings.patterns();
    for (const TermId subterm : corpus_->subterms()) {
        const auto fits = [&](const Pattern* pattern) { return match(*pattern, terms_, inversion, subterm, arguments); };
        if (std::any_of(patterns.begin(), patterns.end(), fits)) locations.push_back(subterm);
    }
    Rewritten found{corpus_->programs_with(locations), {}};
    Rewriter rewriter(terms_, inversion, patterns, call, true, close_uses);
    for (const std::int32_t program : found.programs)
        found.terms.push_back(rewriter.rewrite(programs_[static_cast<std::size_t>(program)]));
    return found;
}

std::vector<AbstractionUse> AbstractionCorpus::uses_of(const std::vector<std::pair<Term, int>>& abstractions,
                                                      bool close_uses) {
    std::lock_guard lock(mutex_);
    terms_.allow_more(max_rewriting_nodes);
    Inversion inversion(terms_);
    const TermId call = terms_.fresh_leaf();  // not its own: the programs may call it already
    std::vector<AbstractionUse> uses;
    for (const auto& [abstraction, arity] : abstractions) {
        const Readings readings(terms_, inversion, abstraction, arity);
        const Rewritten rewritten = rewritten_with(call, inversion, readings, close_uses);
        AbstractionUse use;
        std::vector<int> costs;
        FlatMap known;
        for (const TermId term : rewritten.terms) {
            costs.push_back(terms_[term].cost);
            use.uses += calls_in(terms_, term, call, known);
        }
        const Corpus::Saving saving = corpus_->saving(rewritten.programs, costs);
        use.saving = saving.cost;
        use.tasks = saving.tasks;
        uses.push_back(use);
    }
    terms_.keep_only(programs_);
    return uses;
}

int AbstractionCorpus::rewrite(Term abstraction, int arity, bool close_uses) {
    std::lock_guard lock(mutex_);
    terms_.allow_more(max_rewriting_nodes);
    Inversion inversion(terms_);
    const Readings readings(terms_, inversion, abstraction, arity);
    const Rewritten rewritten = rewritten_with(terms_.leaf(abstraction), inversion, readings, close_uses);
    int changed = 0;
    for (std::size_t i = 0; i < rewritten.programs.size(); ++i) {
        TermId& program = programs_[static_cast<std::size_t>(rewritten.programs[i])];
        changed += program != rewritten.terms[i];
        program = rewritten.terms[i];
    }
    settle();
    return changed;
}

std::int64_t AbstractionCorpus::least_cost() const {
    std::lock_guard lock(mutex_);
    return corpus_->cost();
}

std::int64_t AbstractionCorpus::total_cost() const {
    std::lock_guard lock(mutex_);
    std::int64_t total = 0;
    for (const TermId program : programs_) total += terms_[program].cost;
    return total;
}

std::vector<std::vector<Term>> AbstractionCorpus::programs() {
    std::lock_guard lock(mutex_);
    std::vector<std::vector<Term>> tasks;
    std::size_t next = 0;
    for (const std::size_t size : sizes_) {
        tasks.emplace_back();
        for (std::size_t i = 0; i < size; ++i) tasks.back().push_back(terms_.write(programs_[next++]));
    }
    return tasks;
}

}  // namespace wakesleep
