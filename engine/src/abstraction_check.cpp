#include "abstraction_check.hpp"

#include <algorithm>
#include <limits>

namespace wakesleep {

namespace {

/// The term with `call` spelled out as `abstraction`, node by node.
Term spelled(const TermTable& terms, TermId id, TermId call, Term abstraction) {
    if (id == call) return abstraction;
    const TermTable::Node& node = terms[id];
    switch (node.tag) {
        case TermTable::Tag::index: return Term::index_of(node.first);
        case TermTable::Tag::leaf: return terms.leaf_term(node.first);
        case TermTable::Tag::lambda: return Term::lambda(spelled(terms, node.first, call, abstraction));
        case TermTable::Tag::application: break;
    }
    const Term function = spelled(terms, node.first, call, abstraction);
    return Term::apply(function, spelled(terms, node.second, call, abstraction));
}

/// `parameters` of the λ's around it are the abstraction's, `depth` further ones lie between.
std::int64_t cost_of(Term term, int depth, int parameters, int hole_cost) {
    switch (term.kind()) {
        case Kind::application:
            return node_cost + cost_of(term.function(), depth, parameters, hole_cost) +
                   cost_of(term.argument(), depth, parameters, hole_cost);
        case Kind::lambda: return node_cost + cost_of(term.body(), depth + 1, parameters, hole_cost);
        case Kind::index:
            return term.index() >= depth && term.index() < depth + parameters ? hole_cost : leaf_cost;
        case Kind::primitive:
        case Kind::abstraction: break;
    }
    return leaf_cost;
}

}  // namespace

std::int64_t saved_by_rewriting(const TermTable& terms, const Corpus& corpus, const std::vector<TermId>& rewritten,
                                TermId call, Term abstraction) {
    constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
    std::vector<std::int64_t> before(static_cast<std::size_t>(corpus.tasks()), none), after = before;
    for (std::size_t i = 0; i < rewritten.size(); ++i) {
        const auto task = static_cast<std::size_t>(corpus.task_of(static_cast<std::int32_t>(i)));
        const Term program = spelled(terms, corpus.programs()[i], call, abstraction);
        const Term written = spelled(terms, rewritten[i], call, abstraction);
        if (!(beta_normal(written, true) == beta_normal(program, true)))
            throw EngineError("check_by_rewriting: " + written.to_string() + " isn't " + program.to_string());
        before[task] = std::min(before[task], cost_of(program, 0, 0, 0));
        after[task] = std::min(after[task], cost_of(written, 0, 0, 0));
    }
    std::int64_t saved = 0;
    for (std::size_t task = 0; task < before.size(); ++task) saved += std::max<std::int64_t>(0, before[task] - after[task]);
    return saved;
}

std::int64_t cost_of_body(Term abstraction, int arity, int hole_cost) {
    Term body = abstraction.body();
    for (int i = 0; i < arity; ++i) body = body.body();
    return cost_of(body, 0, arity, hole_cost);
}

}  // namespace wakesleep
