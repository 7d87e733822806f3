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

}  // namespace wakesleep
