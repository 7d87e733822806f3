#include "abstraction_terms.hpp"

#include <string>

namespace wakesleep {

namespace {

std::uint64_t pair_key(std::int32_t first, std::int32_t second) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(first)) << 32 | static_cast<std::uint32_t>(second);
}

}  // namespace

TermId TermTable::make(Tag tag, std::int32_t first, std::int32_t second) {
    FlatMap& interned = interned_[static_cast<int>(tag)];
    const std::uint64_t key = pair_key(first, second);
    if (const auto* found = interned.find(key)) return *found;
    if (nodes_.size() >= max_nodes_)
        throw TableFull("the abstraction search needs more than " + std::to_string(max_nodes_) + " terms");
    Node node{tag, first, second, leaf_cost, 0};
    switch (tag) {
        case Tag::application: {
            const Node &function = (*this)[first], &argument = (*this)[second];
            node.cost = node_cost + function.cost + argument.cost;
            node.free = function.free | argument.free;
            break;
        }
        case Tag::lambda:
            node.cost = node_cost + (*this)[first].cost;
            node.free = outside((*this)[first].free, 1);
            break;
        case Tag::index: node.free = IndexSet{1} << first; break;
        case Tag::leaf: break;
    }
    const auto id = static_cast<TermId>(nodes_.size());
    nodes_.push_back(node);
    interned.insert(key, id);
    return id;
}

TermId TermTable::index(int index) {
    if (index > max_index)
        throw IndexTooLarge("abstraction search reads programs with indices up to $" + std::to_string(max_index) +
                          " and needs $" + std::to_string(index));
    return make(Tag::index, index, 0);
}

TermId TermTable::leaf(Term term) {
    if (const auto found = read_.find(term); found != read_.end()) return found->second;
    leaves_.push_back(term);
    return read_[term] = make(Tag::leaf, static_cast<std::int32_t>(leaves_.size() - 1), 0);
}

TermId TermTable::fresh_leaf() {
    leaves_.emplace_back();
    return make(Tag::leaf, static_cast<std::int32_t>(leaves_.size() - 1), 0);
}

TermId TermTable::read(Term term) {
    if (const auto found = read_.find(term); found != read_.end()) return found->second;
    TermId id = no_term;
    switch (term.kind()) {
        case Kind::index: id = index(term.index()); break;
        case Kind::application: {
            const TermId function = read(term.function());
            id = application(function, read(term.argument()));
            break;
        }
        case Kind::lambda: id = lambda(read(term.body())); break;
        case Kind::primitive:
        case Kind::abstraction: return leaf(term);
    }
    return read_[term] = id;
}

Term TermTable::write(TermId id) {
    if (const auto found = written_.find(id); found != written_.end()) return found->second;
    const Node node = (*this)[id];
    Term term;
    switch (node.tag) {
        case Tag::index: term = Term::index_of(node.first); break;
        case Tag::leaf: term = leaf_term(node.first); break;
        case Tag::lambda: term = Term::lambda(write(node.first)); break;
        case Tag::application: {
            const Term function = write(node.first);
            term = Term::apply(function, write(node.second));
            break;
        }
    }
    return written_[id] = term;
}

TermId TermTable::shift(TermId id, int by, int cutoff) {
    const Node node = (*this)[id];
    if (by == 0 || outside(node.free, cutoff) == 0) return id;
    if (node.tag == Tag::index) return node.first + by > max_index ? no_term : index(node.first + by);
    if (by > max_index) return no_term;
    // A free index at or above the cutoff exists, so the cutoff is below 64, and `by` within ±64.
    const std::uint64_t key = static_cast<std::uint64_t>(id) << 16 | static_cast<std::uint64_t>(by + 64) << 8 |
                              static_cast<std::uint64_t>(cutoff);
    if (const auto* found = shifted_.find(key)) return *found;
    TermId result = no_term;
    if (node.tag == Tag::lambda) {
        const TermId body = shift(node.first, by, cutoff + 1);
        if (body != no_term) result = lambda(body);
    } else {
        const TermId function = shift(node.first, by, cutoff);
        const TermId argument = function == no_term ? no_term : shift(node.second, by, cutoff);
        if (argument != no_term) result = application(function, argument);
    }
    shifted_.insert(key, result);
    return result;
}

}  // namespace wakesleep
