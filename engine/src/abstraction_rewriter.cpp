#include "abstraction_rewriter.hpp"

#include <algorithm>
#include <limits>

namespace wakesleep {

using Tag = TermTable::Tag;

TermId Rewriter::rewrite(TermId term) {
    const TermTable::Node node = terms_[term];
    if (node.tag == Tag::index || node.tag == Tag::leaf) return term;
    const auto key = static_cast<std::uint64_t>(term);
    if (const auto* known = rewritten_.find(key)) return *known;
    TermId best;
    if (node.tag == Tag::lambda) {
        best = terms_.lambda(rewrite(node.first));
    } else {
        const TermId function = rewrite(node.first);
        best = terms_.application(function, rewrite(node.second));
    }
    for (const Pattern* pattern : readings_) {
        const TermId call = call_at(term, *pattern);
        if (call != no_term && terms_[call].cost < terms_[best].cost) best = call;
    }
    rewritten_.insert(key, best);
    return best;
}

TermId Rewriter::call_at(TermId term, const Pattern& pattern) {
    std::vector<TermId> arguments;
    if (!match(pattern, terms_, inversion_, term, arguments)) return no_term;
    // An applied parameter may stand for all of the term (`(λ (#0 $0))` does): rewriting would never end.
    const auto too_large = [&](TermId argument) { return terms_[argument].cost >= terms_[term].cost; };
    if (std::any_of(arguments.begin(), arguments.end(), too_large)) return no_term;
    TermId call = call_;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        TermId argument = arguments[i];
        int skipped = 0;
        if (!free_)
            for (; skipped < pattern.parameters[i].wrappers && terms_[argument].tag == Tag::lambda; ++skipped)
                argument = terms_[argument].first;
        argument = rewrite(argument);
        while (skipped-- > 0) argument = terms_.lambda(argument);
        call = terms_.application(call, argument);
    }
    return call;
}

namespace {

/// Whether every one of the `arity` outermost λ's of a body is used.
bool uses_all_parameters(const Pattern& pattern) {
    std::vector<bool> used(static_cast<std::size_t>(pattern.arity()), false);
    for (const Pattern::Node& node : pattern.nodes)
        if (node.tag == Pattern::Tag::variable || node.tag == Pattern::Tag::applied)
            used[static_cast<std::size_t>(node.first)] = true;
    return std::find(used.begin(), used.end(), false) == used.end();
}

}  // namespace

Readings::Readings(TermTable& terms, Inversion& inversion, Term abstraction, int arity) {
    if (abstraction.kind() != Kind::abstraction)
        throw EngineError("rewriting needs an abstraction #(...), not " + abstraction.to_string());
    Term inner = abstraction.body();
    for (int i = 0; i < arity; ++i, inner = inner.body())
        if (inner.kind() != Kind::lambda)
            throw EngineError(abstraction.to_string() + " takes fewer than " + std::to_string(arity) + " arguments");
    if (arity < 0) throw EngineError("arity can't be negative");
    const TermId body = terms.read(abstraction.body());
    for (const int longest : {0, 1, 2, std::numeric_limits<int>::max()}) {
        Pattern reading = pattern_of(terms, inversion, body, arity, longest);
        if (readings_.empty() || !(reading.nodes == readings_.back().nodes)) readings_.push_back(std::move(reading));
    }
    if (!uses_all_parameters(readings_.front()))
        throw EngineError("no use of " + abstraction.to_string() + " can be found: it ignores an argument");
}

std::vector<const Pattern*> Readings::patterns() const {
    std::vector<const Pattern*> patterns;
    for (const Pattern& reading : readings_) patterns.push_back(&reading);
    return patterns;
}

int calls_in(const TermTable& terms, TermId id, TermId call, FlatMap& known) {
    if (id == call) return 1;
    const TermTable::Node node = terms[id];
    if (node.tag == Tag::leaf || node.tag == Tag::index) return 0;
    const auto key = static_cast<std::uint64_t>(id);
    if (const auto* found = known.find(key)) return *found;
    int count = calls_in(terms, node.first, call, known);
    if (node.tag == Tag::application) count += calls_in(terms, node.second, call, known);
    known.insert(key, count);
    return count;
}

}  // namespace wakesleep
