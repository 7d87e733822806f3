#include "term.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "error.hpp"

namespace wakesleep {

struct TermNode {
    explicit TermNode(Kind of) : kind(of) {}

    Kind kind;
    int index = 0;                   // index
    const std::string* name = {};    // primitive
    Term first, second;              // application: function, argument; lambda and abstraction: body
    std::int64_t size = 1;
    int depth = 1;
    int free_indices = 0;
    std::uint32_t id = 0;
};

namespace {

struct Key {
    Kind kind;
    std::uint64_t first, second;
    bool operator==(const Key&) const = default;
};

struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
        std::size_t hash = (key.first << 3 | static_cast<std::uint64_t>(key.kind)) * 0x9E3779B97F4A7C15ULL;
        hash = (hash ^ (hash >> 31) ^ key.second) * 0xD6E8FEB86659FD93ULL;
        return hash ^ (hash >> 32);
    }
};

/// All terms of the process. Nodes are never freed or moved, so readers need no lock.
struct Store {
    std::mutex mutex;
    std::deque<TermNode> nodes;
    std::unordered_map<Key, const TermNode*, KeyHash> interned;
    std::deque<std::string> names;
    std::unordered_map<std::string_view, const std::string*> name_index;
};

Store& store() {
    static Store* instance = new Store;  // leaked on purpose: handles outlive static destruction
    return *instance;
}

void check_bounds(const TermNode& node) {
    if (node.depth > max_term_depth)
        throw EngineError("the term is nested more than " + std::to_string(max_term_depth) + " deep");
    if (node.size > max_term_size)
        throw EngineError("the term has more than " + std::to_string(max_term_size) + " nodes");
}

}  // namespace

Term Term::intern(Kind kind, std::uint64_t first, std::uint64_t second, const TermNode& fresh) {
    check_bounds(fresh);
    Store& all = store();
    std::lock_guard lock(all.mutex);
    auto [entry, inserted] = all.interned.try_emplace(Key{kind, first, second}, nullptr);
    if (inserted) {
        all.nodes.push_back(fresh);
        all.nodes.back().id = static_cast<std::uint32_t>(all.nodes.size());
        entry->second = &all.nodes.back();
    }
    return Term(entry->second);
}

Term Term::index_of(int index) {
    if (index < 0) throw EngineError("a de Bruijn index can't be negative");
    TermNode node(Kind::index);
    node.index = index;
    node.free_indices = index + 1;
    return intern(Kind::index, static_cast<std::uint64_t>(index), 0, node);
}

Term Term::primitive(std::string_view name) {
    const bool reserved = name.empty() || name == "lambda" || name == "lam" || name == "λ" || name[0] == '$';
    const bool quoted = !reserved && name[0] == '"';
    if (quoted && !constant_of(name))
        throw EngineError("a text constant is written \"…\", with \\\" and \\\\ for a quote and a backslash, of at most " +
                          std::to_string(max_constant_length) + " characters");
    if (!quoted && (reserved || name.find_first_of(std::string_view("() \t\n\r\f\v\0", 9)) != std::string_view::npos))
        throw EngineError("'" + std::string(name) + "' can't name a primitive: spaces, parentheses, a leading $ and lambda are taken");
    Store& all = store();
    const std::string* kept;
    {
        std::lock_guard lock(all.mutex);
        auto found = all.name_index.find(name);
        if (found == all.name_index.end()) {
            all.names.emplace_back(name);
            found = all.name_index.emplace(all.names.back(), &all.names.back()).first;
        }
        kept = found->second;
    }
    TermNode node(Kind::primitive);
    node.name = kept;
    return intern(Kind::primitive, reinterpret_cast<std::uintptr_t>(kept), 0, node);
}

Term Term::constant(const Constant& constant) { return primitive(name_of(constant)); }

Term Term::apply(Term function, Term argument) {
    TermNode node(Kind::application);
    node.first = function;
    node.second = argument;
    node.size = 1 + function.size() + argument.size();
    node.depth = 1 + std::max(function.depth(), argument.depth());
    node.free_indices = std::max(function.free_indices(), argument.free_indices());
    return intern(Kind::application, function.id(), argument.id(), node);
}

Term Term::lambda(Term body) {
    TermNode node(Kind::lambda);
    node.first = body;
    node.size = 1 + body.size();
    node.depth = 1 + body.depth();
    node.free_indices = std::max(0, body.free_indices() - 1);
    return intern(Kind::lambda, body.id(), 0, node);
}

Term Term::abstraction(Term body) {
    if (body.free_indices() > 0)
        throw EngineError("the body of an abstraction must be closed, but $" +
                          std::to_string(body.free_indices() - 1) + " is free in " + body.to_string());
    TermNode node(Kind::abstraction);
    node.first = body;
    node.depth = 1 + body.depth();
    return intern(Kind::abstraction, body.id(), 0, node);
}

Kind Term::kind() const { return node_->kind; }
int Term::index() const { return node_->index; }
const std::string& Term::name() const { return *node_->name; }
Term Term::function() const { return node_->first; }
Term Term::argument() const { return node_->second; }
Term Term::body() const { return node_->first; }
std::int64_t Term::size() const { return node_->size; }
int Term::depth() const { return node_->depth; }
int Term::free_indices() const { return node_->free_indices; }
std::uint32_t Term::id() const { return node_ ? node_->id : 0; }

Term shift(Term term, int by, int cutoff) {
    if (by == 0 || term.free_indices() <= cutoff) return term;
    switch (term.kind()) {
        case Kind::index:
            if (term.index() + by < cutoff) throw EngineError("an index would escape its binder");
            return Term::index_of(term.index() + by);
        case Kind::application:
            return Term::apply(shift(term.function(), by, cutoff), shift(term.argument(), by, cutoff));
        case Kind::lambda: return Term::lambda(shift(term.body(), by, cutoff + 1));
        default: return term;
    }
}

namespace {

Term substitute_at(Term term, Term value, int depth) {
    if (term.free_indices() <= depth) return term;
    switch (term.kind()) {
        case Kind::index:
            return term.index() == depth ? shift(value, depth) : Term::index_of(term.index() - 1);
        case Kind::application:
            return Term::apply(substitute_at(term.function(), value, depth),
                               substitute_at(term.argument(), value, depth));
        case Kind::lambda: return Term::lambda(substitute_at(term.body(), value, depth + 1));
        default: return term;
    }
}

class Normaliser {
  public:
    explicit Normaliser(bool inline_abstractions) : inline_abstractions_(inline_abstractions) {}

    Term normal(Term term) {
        if (++depth_ > max_term_depth) give_up();
        Term result = term;
        if (term.kind() == Kind::lambda) {
            result = Term::lambda(normal(term.body()));
        } else if (term.kind() == Kind::application || term.kind() == Kind::abstraction) {
            result = normal_application(term);
        }
        --depth_;
        return result;
    }

  private:
    static constexpr std::int64_t max_work = 10'000'000;

    [[noreturn]] static void give_up() { throw EngineError("the term has no β-normal form of reasonable size"); }

    Term normal_application(Term term) {
        std::vector<Term> arguments;  // the next one last
        Term head = term;
        for (;;) {
            for (; head.kind() == Kind::application; head = head.function()) arguments.push_back(head.argument());
            if (static_cast<int>(arguments.size()) > max_term_depth) give_up();
            if (head.kind() == Kind::abstraction && inline_abstractions_) {
                head = head.body();
            } else if (head.kind() == Kind::lambda && !arguments.empty()) {
                work_ += head.body().size();
                if (work_ > max_work) give_up();
                head = substitute(head.body(), arguments.back());
                arguments.pop_back();
            } else {
                break;
            }
        }
        if (head.kind() == Kind::lambda) head = normal(head);
        for (; !arguments.empty(); arguments.pop_back()) head = Term::apply(head, normal(arguments.back()));
        return head;
    }

    bool inline_abstractions_;
    int depth_ = 0;
    std::int64_t work_ = 0;  // nodes that substitutions went through
};

void collect(Term term, std::vector<Term>& found, std::unordered_set<Term>& seen) {
    if (!seen.insert(term).second) return;
    switch (term.kind()) {
        case Kind::application:
            collect(term.function(), found, seen);
            collect(term.argument(), found, seen);
            break;
        case Kind::lambda: collect(term.body(), found, seen); break;
        case Kind::abstraction:
            collect(term.body(), found, seen);
            found.push_back(term);
            break;
        default: break;
    }
}

}  // namespace

Term substitute(Term body, Term value) { return substitute_at(body, value, 0); }

Term beta_normal(Term term, bool inline_abstractions) { return Normaliser(inline_abstractions).normal(term); }

bool is_beta_normal(Term term) {
    switch (term.kind()) {
        case Kind::application:
            return term.function().kind() != Kind::lambda && is_beta_normal(term.function()) &&
                   is_beta_normal(term.argument());
        case Kind::lambda: return is_beta_normal(term.body());
        default: return true;
    }
}

Term spine(Term term, std::vector<Term>& arguments) {
    for (; term.kind() == Kind::application; term = term.function()) arguments.push_back(term.argument());
    std::reverse(arguments.begin(), arguments.end());
    return term;
}

std::vector<Term> abstractions_in(Term term) {
    std::vector<Term> found;
    std::unordered_set<Term> seen;
    collect(term, found, seen);
    return found;
}

}  // namespace wakesleep
