#include "abstraction_rewriter.hpp"

#include <algorithm>

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
    const auto offer = [&](TermId call) {
        if (call != no_term && terms_[call].cost < terms_[best].cost) best = call;
    };
    for (const Pattern* pattern : readings_) {
        offer(call_at(term, *pattern));
        if (closes_ && node.tag == Tag::lambda) offer(closed_call_at(term, *pattern));
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
    return call_on(arguments, arguments.size(), pattern);
}

/// The call that stands for `term` = λ…λ.l where the pattern matches l with those λ's variables for its last arguments.
TermId Rewriter::closed_call_at(TermId term, const Pattern& pattern) {
    TermId below = term, best = no_term;
    for (int count = 1; count <= pattern.arity() && terms_[below].tag == Tag::lambda; ++count) {
        below = terms_[below].first;
        std::vector<TermId> arguments;
        if (!match(pattern, terms_, inversion_, below, arguments)) continue;
        const auto kept = arguments.size() - static_cast<std::size_t>(count);
        bool closes = true;
        for (std::size_t i = kept; i < arguments.size() && closes; ++i)
            closes = arguments[i] == terms_.index(static_cast<int>(arguments.size() - 1 - i));
        for (std::size_t i = 0; i < kept && closes; ++i) {
            closes = (terms_[arguments[i]].free & indices_below(count)) == 0 &&
                     terms_[arguments[i]].cost < terms_[below].cost;
            if (closes) arguments[i] = terms_.shift(arguments[i], -count);
        }
        if (!closes) continue;
        const TermId call = call_on(arguments, kept, pattern);
        if (best == no_term || terms_[call].cost < terms_[best].cost) best = call;
    }
    return best;
}

/// The call on the first `count` arguments, rewritten.
TermId Rewriter::call_on(const std::vector<TermId>& arguments, std::size_t count, const Pattern& pattern) {
    TermId call = call_;
    for (std::size_t i = 0; i < count; ++i) {
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

}  // namespace wakesleep
