// A polymorphic grammar compiled, for one request, into a monomorphic one: states, alternatives, and what follows them.
//
// A state is a kind of hole: its context, its type, the types of the variables in scope, type variables renamed, and the
// heads that the language's equations forbid there (equations.hpp). Its
// alternatives are costed once. Choosing one that takes arguments leads to a node: the arguments still to come. When an
// argument is finished it leaves an *exit signature*, what it made of its state's type variables; node and signature
// give the next node. So the search itself never unifies. Everything is made when first reached and kept.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <unordered_map>
#include <vector>

#include "equations.hpp"
#include "grammar.hpp"

namespace wakesleep {

struct GrammarNode;

/// Costs are multiples of 2^-40 nats, so that their sums are exact: a program costs the same whichever way its parts
/// are added up, and falls into one window only.
inline double exactly_summable(double nats) { return std::nearbyint(std::ldexp(nats, 40)) * 0x1p-40; }

/// An alternative without arguments.
struct Leaf {
    double cost;  // nats
    int token;
    int exit;
};

/// An alternative with arguments.
struct Branch {
    double cost;
    int token;
    int arguments;
    GrammarNode* node;  // made when first taken
    const std::vector<Comparison>* comparisons;  // that its arguments must pass, or null; whoever enumerates makes them
};

struct GrammarState {
    int id;  // counted from 0 within the table
    int context;
    Type hole;
    std::vector<Type> scope;  // innermost first
    int restriction;          // which heads are forbidden; 0: none
    int variables;            // type variables in hole and scope
    bool closed;              // none in the scope
    bool built = false, bounding = false;
    double least = -1;  // a lower bound on the cost of any completion; −1: not known yet
    double anything = std::numeric_limits<double>::infinity();  // cost of a leaf, forbidden or not, that binds no type variable
    std::vector<Leaf> leaves;      // cheapest first
    std::vector<Branch> branches;  // cheapest first
};

struct GrammarNode {
    std::vector<Type> remaining, scope, outer;  // arguments to come; variables in scope; the parent state's variables by now
    std::vector<int> restrictions;  // of the arguments to come; empty: none
    int context, step;        // of the next argument; what to add for the one after
    bool ready = false;
    GrammarState* child = nullptr;  // the next argument's state
    int lambdas = 0;                // that the next argument gets
    std::vector<int> renamed;       // the child's type variables as this node knows them
    double rest_least = 0;          // bound on the arguments after the next
    double all_least = 0;           // and with it
    GrammarNode* only = nullptr;    // successor when the child has no type variables
    std::vector<std::pair<int, GrammarNode*>> successors;  // by exit signature
    int exit = -1;  // the signature, when nothing remains
    bool tail = false;  // the last argument, and the parent waits for nothing
};

class GrammarTable {
  public:
    /// For programs of `request`, derived as recursion.hpp says. `continuation` is DreamCoder's: where a hole has that
    /// type, only the innermost-bound plain variable is offered.
    GrammarTable(const Grammar& grammar, Type request, const Pruning& pruning = {}, Type continuation = {});

    Type request() const { return request_; }
    const Pruning& pruning() const { return pruning_; }
    const Grammar& grammar() const { return grammar_; }
    GrammarState* root() { return root_; }
    int root_lambdas() const { return root_lambdas_; }
    /// What any hole of a context costs at least, whatever its type.
    double floor(int context) const { return floors_[grammar_.contextual() ? context : 0]; }
    /// The same for all arguments of an alternative together.
    double floor_of_arguments(const Branch& branch) const {
        return branch.token < productions_ ? argument_floors_[branch.token]
                                           : branch.arguments * floor(Contexts::variable);
    }
    /// Estimated memory, bytes.
    std::size_t bytes() const { return bytes_; }

    /// The type of a completion of `state` that left `exit`.
    Type completed(const GrammarState& state, int exit) const;
    /// And those of its scope.
    std::vector<Type> completed_scope(const GrammarState& state, int exit) const;

    double least(GrammarState* state) { return state->least >= 0 ? state->least : bound(state); }
    GrammarNode* node_of(GrammarState* state, Branch& branch) { return branch.node ? branch.node : enter(state, branch); }
    void prepare(GrammarNode* node) {
        if (!node->ready) make_ready(node);
    }
    GrammarNode* after(GrammarNode* node, int exit) {
        if (node->child->variables == 0) return node->only ? node->only : node->only = successor(node, 0);
        for (const auto& [signature, next] : node->successors)
            if (signature == exit) return next;
        return successor(node, exit);
    }

  private:
    using Key = std::vector<std::uint32_t>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };

    std::vector<Type> completed(const GrammarState& state, int exit, std::vector<Type> types) const;
    /// A head that a restriction forbids, if the hole has so many λ's.
    struct Head {
        int lambdas, token;
        auto operator<=>(const Head&) const = default;
    };
    GrammarState* state_of(Type type, std::vector<Type> scope, int context, int restriction, int* lambdas,
                           std::vector<int>* renamed);
    GrammarNode* intern_node(std::vector<Type> remaining, std::vector<Type> scope, std::vector<Type> outer,
                             std::vector<int> restrictions, int context, int step);
    int exit_of(const std::vector<Type>& types);
    int restriction_of(std::vector<Head> heads);
    bool forbids(int restriction, int token) const;
    bool applies(const Substitute& substitute, const GrammarState* state, const Branch& branch);
    std::vector<int> restrictions_at(const GrammarState* state, const Branch& branch);
    const std::vector<Comparison>* comparisons_at(const GrammarState* state, const Branch& branch);
    void compute_floors();
    void build(GrammarState* state);
    double bound(GrammarState* state);
    double bound_from(GrammarNode* node, std::size_t from, double cap);
    GrammarNode* enter(GrammarState* state, Branch& branch);
    void make_ready(GrammarNode* node);
    GrammarNode* successor(GrammarNode* node, int exit);

    const Grammar& grammar_;
    Type request_, continuation_;
    Pruning pruning_;
    bool prunes_;  // by equations: wanted, and the grammar is one where they can be used
    GrammarState* root_;
    int root_lambdas_ = 0;
    int productions_;
    std::vector<double> floors_, argument_floors_;
    int bounding_depth_ = 0;
    std::size_t bytes_ = 0;
    std::deque<GrammarState> states_;
    std::deque<GrammarNode> nodes_;
    std::vector<std::vector<Type>> exits_;
    std::vector<std::vector<Head>> restrictions_;
    std::deque<std::vector<Comparison>> comparisons_;
    std::unordered_map<Key, GrammarState*, KeyHash> state_index_;
    std::unordered_map<Key, GrammarNode*, KeyHash> node_index_;
    std::unordered_map<Key, int, KeyHash> exit_index_;
};

}  // namespace wakesleep
