#include "abstraction_solving.hpp"

namespace wakesleep {

namespace {

using Tag = TermTable::Tag;

/// First-order matching of a function's body: its own variables stand for the terms that are looked for.
class Solver {
  public:
    Solver(TermTable& terms, int count, int depth, std::vector<TermId>& given)
        : terms_(terms), count_(count), depth_(depth), given_(given) {}

    /// `under`: λ's of the body around both.
    bool solves(TermId body, TermId content, int under) {
        const TermTable::Node wanted = terms_[body];
        if ((outside(wanted.free, under) & indices_below(count_)) == 0)
            return terms_.shift(body, depth_ - count_, under) == content;
        if (wanted.tag == Tag::index) return give(count_ - 1 - (wanted.first - under), content, under);
        const TermTable::Node found = terms_[content];
        if (wanted.tag != found.tag) return false;
        if (wanted.tag == Tag::lambda) return solves(wanted.first, found.first, under + 1);
        return solves(wanted.first, found.first, under) && solves(wanted.second, found.second, under);
    }

  private:
    bool give(int which, TermId content, int under) {
        if (terms_[content].free & indices_below(under)) return false;
        const TermId term = terms_.shift(content, -under);
        TermId& given = given_[static_cast<std::size_t>(which)];
        if (given == no_term) given = term;
        return given == term;
    }

    TermTable& terms_;
    int count_, depth_;
    std::vector<TermId>& given_;
};

}  // namespace

int leading_lambdas(const TermTable& terms, TermId term, int most) {
    int count = 0;
    for (; count < most && terms[term].tag == Tag::lambda; ++count) term = terms[term].first;
    return count;
}

bool solve(TermTable& terms, TermId function, TermId content, int depth, std::vector<TermId>& given) {
    const int count = static_cast<int>(given.size()), lambdas = leading_lambdas(terms, function, count);
    for (int i = count - 1; i >= lambdas; --i) {  // what the function, η-reduced, has no λ for stands there as it is
        const TermTable::Node node = terms[content];
        if (node.tag != Tag::application) return false;
        given[static_cast<std::size_t>(i)] = node.second;
        content = node.first;
    }
    for (int i = 0; i < lambdas; ++i) function = terms[function].first;
    return Solver(terms, lambdas, depth, given).solves(function, content, 0);
}

}  // namespace wakesleep
