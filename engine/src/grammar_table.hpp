// A polymorphic grammar compiled, for one request, into a monomorphic one: states, alternatives, and what follows them.
//
// A state is a hole in its context, its alternatives costed once. Choosing one that takes arguments leads to a node: the
// arguments still to come. What fits where, and what a finished argument makes of the types of the next, is the hole
// table's business; so the search itself never unifies. Everything is made when first reached and kept.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <unordered_map>
#include <vector>

#include "equations.hpp"
#include "grammar.hpp"
#include "hole_table.hpp"

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
    double arguments_floor;  // what all its arguments cost together at least, whatever their types
    int token;
    int arguments;
    int context, step;  // of the first argument; what to add for the one after
    Option* option;
    GrammarNode* node;  // made when first taken
    const std::vector<Comparison>* comparisons;  // that its arguments must pass, or null; whoever enumerates makes them
};

/// Bounds look this many holes down; below, only the floor is used. Types can nest for ever. A bound depends on nothing
/// but its state, so that a search is the same whatever was searched before.
inline constexpr int bounding_depth = 1;

constexpr std::array<double, bounding_depth + 1> unknown_bounds() {
    std::array<double, bounding_depth + 1> bounds{};
    bounds.fill(-1);
    return bounds;
}

struct GrammarState {
    int id;  // counted from 0 within the table
    HoleType* hole;
    int context;
    int restriction;  // which heads are forbidden; 0: none
    bool built = false;
    /// Lower bounds on the cost of any completion, found by looking so many holes less far down; −1: not known yet.
    std::array<double, bounding_depth + 1> least = unknown_bounds();
    double anything = std::numeric_limits<double>::infinity();  // cost of a leaf, forbidden or not, that binds no type variable
    std::vector<Leaf> leaves;      // cheapest first
    std::vector<Branch> branches;  // cheapest first
};

struct GrammarNode {
    ArgumentTypes* types;
    int context, step;  // of the next argument; what to add for the one after
    int restrictions;   // of the arguments to come: a list's number; 0: none
    int exit = -1;      // the signature, when nothing remains
    bool tail = false;  // the last argument, and the parent waits for nothing
    bool ready = false;
    int lambdas = 0;                // that the next argument gets
    GrammarState* child = nullptr;  // the next argument's state
    double rest_least = 0;          // bound on the arguments after the next
    double all_least = 0;           // and with it
    GrammarNode* only = nullptr;    // successor when the child has no type variables
    std::vector<std::pair<int, GrammarNode*>> successors;  // by exit signature
};

class GrammarTable {
  public:
    /// For programs of `request`, derived as recursion.hpp says. `continuation` is DreamCoder's: where a hole has that
    /// type, only the innermost-bound plain variable is offered.
    GrammarTable(const Grammar& grammar, Type request, const Pruning& pruning = {}, Type continuation = {});
    ~GrammarTable();
    GrammarTable(const GrammarTable&) = delete;
    GrammarTable& operator=(const GrammarTable&) = delete;

    Type request() const { return request_; }
    const Pruning& pruning() const { return pruning_; }
    const Grammar& grammar() const { return grammar_; }
    GrammarState* root() { return root_; }
    int root_lambdas() const { return root_lambdas_; }
    /// What any hole of a context costs at least, whatever its type.
    double floor(int context) const { return floors_[grammar_.contextual() ? context : 0]; }
    /// Estimated memory, bytes.
    std::size_t bytes() const { return bytes_ + holes_->bytes(); }

    const HoleTable& holes() const { return *holes_; }

    double least(GrammarState* state) { return state->least[0] >= 0 ? state->least[0] : bound(state, 0); }
    GrammarNode* node_of(GrammarState* state, Branch& branch) { return branch.node ? branch.node : enter(state, branch); }
    void prepare(GrammarNode* node) {
        if (!node->ready) make_ready(node);
    }
    GrammarNode* after(GrammarNode* node, int exit) {
        if (node->child->hole->variables == 0) return node->only ? node->only : node->only = successor(node, 0);
        for (const auto& [signature, next] : node->successors)
            if (signature == exit) return next;
        return successor(node, exit);
    }

  private:
    /// A head that a restriction forbids, if the hole has so many λ's.
    struct Head {
        int lambdas, token;
        auto operator<=>(const Head&) const = default;
    };
    GrammarState* state_of(HoleType* hole, int lambdas, int context, int restriction);
    GrammarNode* intern_node(ArgumentTypes* types, int context, int step, int restrictions);
    /// The head that stands for a call of the program itself.
    static constexpr int call_of_itself = -1;
    int restriction_of(std::vector<Head> heads);
    bool forbids(int restriction, int token) const;
    bool applies(const Substitute& substitute, const GrammarState* state, const Branch& branch);
    int list_of(std::vector<int> restrictions);
    int restrictions_at(const GrammarState* state, const Branch& branch);
    const std::vector<Comparison>* comparisons_at(const GrammarState* state, const Branch& branch);
    void compute_floors();
    Branch branch_of(const GrammarState* state, Option& option, double cost) const;
    /// Whether the token is the program itself, bound outermost.
    bool is_itself(const HoleType& hole, int token) const {
        return recursive_ && token + 1 == productions_ + static_cast<int>(hole.scope.size());
    }
    /// Whether it is so and weighed apart from other variables.
    bool is_apart(const HoleType& hole, int token) const { return itself_ >= 0 && is_itself(hole, token); }
    void build(GrammarState* state);
    double bound(GrammarState* state, int depth);
    double bound_from(GrammarNode* node, std::size_t from, double cap, int depth);
    GrammarNode* enter(GrammarState* state, Branch& branch);
    void make_ready(GrammarNode* node);
    GrammarNode* successor(GrammarNode* node, int exit);

    const Grammar& grammar_;
    Type request_;
    std::unique_ptr<HoleTable> holes_;
    Pruning pruning_;
    bool prunes_;  // by equations: wanted, and the grammar is one where they can be used
    GrammarState* root_;
    int root_lambdas_ = 0;
    int productions_;
    bool recursive_;
    int itself_;  // the production whose column and contexts are those of the program itself, if they are weighed apart; or −1
    std::vector<std::vector<bool>> needed_;  // of each production's arguments, which must have values; empty: not wanted
    std::vector<double> floors_, argument_floors_;
    std::size_t bytes_ = 0;
    std::deque<GrammarState> states_;
    std::deque<GrammarNode> nodes_;
    std::vector<std::vector<Head>> restrictions_;
    std::vector<std::vector<int>> lists_;  // of restrictions, a node's arguments'
    std::deque<std::vector<Comparison>> comparisons_;
    // By hole or argument types, context, and restrictions, packed.
    std::unordered_map<std::uint64_t, GrammarState*> state_index_;
    std::unordered_map<std::uint64_t, GrammarNode*> node_index_;
};

}  // namespace wakesleep
