// Terms for an applied hole that aren't made of local variables alone: closed ones, and ones with parameters in them.

#include <algorithm>

#include "abstraction_inversion.hpp"

namespace wakesleep {

using Tag = TermTable::Tag;

namespace {

/// Cost of a term around arguments, and of a content that is searched for them: larger terms are hardly ever shared, and
/// large contents make a function each for every term.
constexpr int most_around = 10 * leaf_cost, most_searched = 30 * leaf_cost;

}  // namespace

void Inversion::scan_closed(TermId term, bool primitives, Found& candidates) const {
    const TermTable::Node node = terms_[term];
    if (node.tag == Tag::index) return;
    if (node.free == 0 && (primitives || node.tag != Tag::leaf)) add(candidates, term, 0, term);
    if (node.tag == Tag::leaf) return;
    scan_closed(node.first, primitives, candidates);
    if (node.tag == Tag::application) scan_closed(node.second, primitives, candidates);
}

const Inversion::Candidates& Inversion::closed_in(TermId content, bool primitives) {
    const std::uint64_t key = static_cast<std::uint64_t>(content) << 1 | static_cast<std::uint64_t>(primitives);
    if (const auto known = closed_.find(key); known != closed_.end()) return known->second;
    Found found;
    scan_closed(content, primitives, found);
    Candidates& candidates = closed_[key];
    for (const auto& [term, candidate] : found) candidates.push_back(candidate);
    return candidates;
}

TermId Inversion::parameter(int number) {
    while (static_cast<int>(parameters_.size()) <= number) parameters_.push_back(terms_.fresh_leaf());
    return parameters_[static_cast<std::size_t>(number)];
}

bool Inversion::mentions_parameters(TermId term) const {
    const TermTable::Node node = terms_[term];
    if (node.tag == Tag::leaf) return std::find(parameters_.begin(), parameters_.end(), term) != parameters_.end();
    if (node.tag == Tag::index) return false;
    return mentions_parameters(node.first) || (node.tag == Tag::application && mentions_parameters(node.second));
}

int Inversion::cost_in_body(TermId term, int hole_cost) const {
    const TermTable::Node node = terms_[term];
    if (node.tag == Tag::leaf && mentions_parameters(term)) return hole_cost;
    if (node.tag == Tag::index || node.tag == Tag::leaf) return leaf_cost;
    const int rest = node.tag == Tag::application ? cost_in_body(node.second, hole_cost) : 0;
    return node_cost + cost_in_body(node.first, hole_cost) + rest;
}

TermId Inversion::filled_in(TermId term, const std::vector<TermId>& arguments, int depth) {
    const TermTable::Node node = terms_[term];
    switch (node.tag) {
        case Tag::index: return term;
        case Tag::leaf: {
            const auto at = std::find(parameters_.begin(), parameters_.end(), term);
            if (at == parameters_.end()) return term;
            const TermId argument = arguments[static_cast<std::size_t>(at - parameters_.begin())];
            return argument == no_term ? no_term : terms_.shift(argument, depth);
        }
        case Tag::lambda: {
            const TermId body = filled_in(node.first, arguments, depth + 1);
            return body == no_term ? no_term : terms_.lambda(body);
        }
        case Tag::application: break;
    }
    const TermId function = filled_in(node.first, arguments, depth);
    const TermId argument = filled_in(node.second, arguments, depth);
    return function == no_term || argument == no_term ? no_term : terms_.application(function, argument);
}

int Inversion::instance(int list, const std::vector<TermId>& arguments, int depth) {
    std::vector<TermId> terms = terms_of(list);
    for (TermId& term : terms) {
        if (!mentions_parameters(term)) continue;
        term = filled_in(term, arguments, depth);
        if (term == no_term) return -1;
    }
    return this->list(terms);
}

/// Finds the sub-terms in which arguments occur.
class Inversion::Around {
  public:
    Around(Inversion& inversion, const std::vector<TermId>& arguments, int depth)
        : inversion_(inversion), terms_(inversion.terms_), arguments_(arguments), depth_(depth) {}

    /// `term` is no_term where something from outside the pattern is left that is no argument.
    struct Written {
        TermId term;
        std::uint64_t covers = 0;
        bool mentions = false;
    };

    Written visit(TermId term, int under) {
        Written written = write(term, under);
        if (written.mentions && written.term != no_term && (terms_[written.term].free & indices_below(under)) == 0)
            inversion_.add(found, terms_.shift(written.term, -under), written.covers, term);
        return written;
    }

    Found found;

  private:
    Written write(TermId term, int under) {
        for (std::size_t i = 0; i < arguments_.size(); ++i)
            if (term == terms_.shift(arguments_[i], depth_ + under))
                return {inversion_.parameter(static_cast<int>(i)), 0, true};
        const TermTable::Node node = terms_[term];
        switch (node.tag) {
            case Tag::leaf: return {term};
            case Tag::index: {
                if (node.first < under) return {term};
                if (node.first >= under + depth_) return {no_term};
                const int place = seen_++;
                return {term, place < 64 ? std::uint64_t{1} << place : 0};
            }
            case Tag::lambda: {
                Written body = visit(node.first, under + 1);
                if (body.term != no_term) body.term = terms_.lambda(body.term);
                return body;
            }
            case Tag::application: break;
        }
        Written function = visit(node.first, under);
        const Written argument = visit(node.second, under);
        const bool whole = function.term != no_term && argument.term != no_term &&
                           terms_[function.term].cost + terms_[argument.term].cost <= most_around;
        return {whole ? terms_.application(function.term, argument.term) : no_term, function.covers | argument.covers,
                function.mentions || argument.mentions};
    }

    Inversion& inversion_;
    TermTable& terms_;
    const std::vector<TermId>& arguments_;
    int depth_, seen_ = 0;
};

const Inversion::Candidates& Inversion::around(const std::vector<TermId>& arguments, TermId content, int depth) {
    std::vector<TermId> key = arguments;
    key.push_back(content);
    key.push_back(depth);
    const auto [entry, fresh] = around_.try_emplace(std::move(key));
    if (fresh && terms_[content].cost <= most_searched) {
        Around around(*this, arguments, depth);
        around.visit(content, 0);
        for (const auto& [term, candidate] : around.found) entry->second.push_back(candidate);
    }
    return entry->second;
}

}  // namespace wakesleep
