#include "grammar_table.hpp"

#include <algorithm>
#include <cmath>

#include "divergence.hpp"

namespace wakesleep {

namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

/// A key of parts that are far below these many bits.
std::uint64_t pack(int types, int context, int restriction, int step = 0) {
    return static_cast<std::uint64_t>(types) << 38 | static_cast<std::uint64_t>(context) << 18 |
           static_cast<std::uint64_t>(restriction) << 1 | static_cast<std::uint64_t>(step);
}

}  // namespace

GrammarTable::GrammarTable(const Grammar& grammar, Type request, const Pruning& pruning, Type continuation)
    : grammar_(grammar),
      request_(request),
      holes_(grammar.language()->borrow_holes(continuation)),
      pruning_(pruning),
      prunes_(pruning.equations && !continuation && !grammar.contextual()),
      productions_(grammar.columns() - 1),
      recursive_(recursive(*grammar.language(), request)),
      itself_(recursive_ && grammar.contextual() ? grammar.language()->recursion() : -1) {
    if (recursive_ && pruning.divergence) {
        CodeBook book(*grammar.language());
        for (const Node& production : book.production_nodes()) needed_.push_back(needed_arguments(production));
    }
    compute_floors();
    restriction_of({});
    list_of({});
    HoleType* hole = holes_->hole_of(derivation_request(*grammar.language(), request), {}, &root_lambdas_);
    const int restriction = needed_.empty() ? 0 : restriction_of({{root_lambdas_, call_of_itself}});
    root_ = state_of(hole, root_lambdas_, Contexts::root, restriction);
}

GrammarTable::~GrammarTable() { grammar_.language()->give_back(std::move(holes_)); }

/// A hole's type is unknown here, but wherever production p fits, so does each q whose result is at least as general as
/// p's: so p costs at least ln Σ_q exp(w_q − w_p). The floors are the least fixpoint of adding up the arguments'.
void GrammarTable::compute_floors() {
    const auto& productions = grammar_.language()->productions();
    const int never = itself_ >= 0 ? -1 : grammar_.language()->recursion();
    const std::vector<int> before_itself = itself_ >= 0 ? holes_->rivals_of(request_.returns()) : std::vector<int>();
    const int calls = static_cast<int>(request_.arguments().size());
    auto least_cost = [](const double* weights, const std::vector<int>& against, double own) {
        double total = 0;
        for (int q : against) total += std::exp(weights[q] - own);
        return std::log(total);
    };
    floors_.assign(grammar_.rows(), 0);
    argument_floors_.assign(productions_, 0);
    if (!pruning_.completion_bounds) return;
    std::vector<double> own(static_cast<std::size_t>(grammar_.rows()) * (productions_ + 1));
    for (int row = 0; row < grammar_.rows(); ++row) {
        const double* weights = grammar_.row(row);
        double* costs = own.data() + static_cast<std::size_t>(row) * (productions_ + 1);
        for (int p = 0; p < productions_; ++p)
            costs[p] = p != never && std::isfinite(weights[p]) ? least_cost(weights, holes_->rivals(p), weights[p]) : unbounded;
        const auto with_rivals = [&](double weight, const std::vector<int>& against) {
            if (!std::isfinite(weight)) return unbounded;
            return std::log1p(against.empty() ? 0 : std::exp(least_cost(weights, against, weight)));
        };
        costs[productions_] = with_rivals(weights[productions_], holes_->everywhere());
        if (itself_ >= 0) costs[itself_] = with_rivals(weights[itself_], before_itself);
    }
    // From zero upwards: each round is a valid bound, and a few rounds get most of it.
    for (int round = 0; round < 20; ++round) {
        for (int p = 0; p < productions_; ++p) {
            argument_floors_[p] = 0;
            const int count = p == itself_ ? calls : static_cast<int>(productions[p].arguments.size());
            const int step = p == itself_ ? Contexts::step_of_call(calls) : 1;
            for (int i = 0; i < count; ++i) argument_floors_[p] += floor(grammar_.contexts().of(p, i * step));
        }
        for (int row = 0; row < grammar_.rows(); ++row) {
            const double* costs = own.data() + static_cast<std::size_t>(row) * (productions_ + 1);
            double least = costs[productions_];
            for (int p = 0; p < productions_; ++p) least = std::min(least, costs[p] + argument_floors_[p]);
            floors_[row] = std::max(0.0, least - 1e-12);
        }
    }
}

int GrammarTable::restriction_of(std::vector<Head> heads) {
    std::sort(heads.begin(), heads.end());
    heads.erase(std::unique(heads.begin(), heads.end()), heads.end());
    const auto known = std::find(restrictions_.begin(), restrictions_.end(), heads);
    if (known != restrictions_.end()) return static_cast<int>(known - restrictions_.begin());
    restrictions_.push_back(std::move(heads));
    return static_cast<int>(restrictions_.size()) - 1;
}

bool GrammarTable::forbids(int restriction, int token) const {
    const std::vector<Head>& heads = restrictions_[restriction];
    return std::any_of(heads.begin(), heads.end(), [token](const Head& head) { return head.token == token; });
}

/// Whether a left side with the branch's head can be replaced in this (built) state; equations.hpp says why.
bool GrammarTable::applies(const Substitute& substitute, const GrammarState* state, const Branch& branch) {
    const HoleType& hole = *state->hole;
    if (!hole.closed) return false;
    if (hole.variables > 0) {
        Substitution substitution(hole.variables);
        if (!substitute.independent || !substitution.unify(substitution.instantiate(substitute.type), hole.type) ||
            substitution.apply(hole.type) != hole.type)
            return false;
    }
    const double least = branch.cost + branch.arguments_floor;
    switch (substitute.kind) {
        case Substitute::Kind::part: return true;
        case Substitute::Kind::constant: {
            const double* weights = grammar_.row(state->context);
            return branch.cost + weights[branch.token] - weights[substitute.constant] <= least;
        }
        default: return state->anything <= least;
    }
}

/// The number of a list of restrictions, one an argument; 0 where none forbids anything.
int GrammarTable::list_of(std::vector<int> restrictions) {
    if (std::all_of(restrictions.begin(), restrictions.end(), [](int restriction) { return restriction == 0; }))
        restrictions.clear();
    const auto known = std::find(lists_.begin(), lists_.end(), restrictions);
    if (known != lists_.end()) return static_cast<int>(known - lists_.begin());
    lists_.push_back(std::move(restrictions));
    return static_cast<int>(lists_.size()) - 1;
}

/// The restrictions of the branch's arguments: a list's number.
int GrammarTable::restrictions_at(const GrammarState* state, const Branch& branch) {
    const bool must_end = !needed_.empty() && forbids(state->restriction, call_of_itself);
    if ((!prunes_ && !must_end) || branch.token >= productions_) return 0;
    std::vector<std::vector<Head>> heads(branch.arguments);
    if (prunes_)
        for (const ForbiddenHead& head : grammar_.language()->equations().of(branch.token).heads)
            if (applies(head.substitute, state, branch)) heads[head.argument].push_back({head.lambdas, head.token});
    for (int i = 0; must_end && i < branch.arguments; ++i)  // no restriction of an argument without λ's holds for a function
        if (needed_[branch.token][i]) heads[i].push_back({0, call_of_itself});
    std::vector<int> restrictions;
    for (std::vector<Head>& each : heads) restrictions.push_back(restriction_of(std::move(each)));
    return list_of(std::move(restrictions));
}

const std::vector<Comparison>* GrammarTable::comparisons_at(const GrammarState* state, const Branch& branch) {
    if (!prunes_ || branch.token >= productions_ || !state->hole->closed) return nullptr;
    const Rules& rules = grammar_.language()->equations().of(branch.token);
    std::vector<Comparison> comparisons = rules.ordered;  // arguments without type variables: whatever the hole
    for (const auto& [comparison, substitute] : rules.different)
        if (applies(substitute, state, branch)) comparisons.push_back(comparison);
    if (comparisons.empty()) return nullptr;
    const auto known = std::find(comparisons_.begin(), comparisons_.end(), comparisons);
    return known != comparisons_.end() ? &*known : &comparisons_.emplace_back(std::move(comparisons));
}

GrammarState* GrammarTable::state_of(HoleType* hole, int lambdas, int context, int restriction) {
    if (!grammar_.contextual()) context = Contexts::root;
    if (restriction) {
        std::vector<Head> heads = restrictions_[restriction];
        std::erase_if(heads, [lambdas](const Head& head) { return head.lambdas != lambdas; });
        restriction = restriction_of(std::move(heads));
    }
    auto [entry, fresh] = state_index_.try_emplace(pack(hole->id, context, restriction), nullptr);
    if (fresh) {
        bytes_ += sizeof(GrammarState) + 64;
        GrammarState& state = states_.emplace_back();
        state.id = static_cast<int>(states_.size()) - 1;
        state.hole = hole;
        state.context = context;
        state.restriction = restriction;
        entry->second = &state;
    }
    return entry->second;
}

GrammarNode* GrammarTable::intern_node(ArgumentTypes* types, int context, int step, int restrictions) {
    if (!grammar_.contextual() || types->remaining.empty()) context = step = 0;
    auto [entry, fresh] = node_index_.try_emplace(pack(types->id, context, restrictions, step), nullptr);
    if (fresh) {
        bytes_ += sizeof(GrammarNode) + 64;
        GrammarNode& node = nodes_.emplace_back();
        node.types = types;
        node.context = context;
        node.step = step;
        node.restrictions = restrictions;
        node.exit = types->exit;
        node.tail = types->tail;
        entry->second = &node;
    }
    return entry->second;
}

void GrammarTable::build(GrammarState* state) {
    state->built = true;
    const double* weights = grammar_.row(state->context);
    std::vector<Option>& options = holes_->options(state->hole);
    const auto weight = [&](const Option& option) {
        return is_apart(*state->hole, option.token) ? weights[itself_] : weights[std::min(option.token, productions_)];
    };
    int variables = state->hole->fitting_variables;  // the first options, and the last of them is the program itself, if it fits
    if (variables > 0 && is_apart(*state->hole, options[static_cast<std::size_t>(variables) - 1].token)) --variables;

    double highest = -unbounded, total = 0;
    for (const Option& option : options) highest = std::max(highest, weight(option));
    if (highest == -unbounded) return;  // nothing fits
    for (std::size_t i = variables ? static_cast<std::size_t>(variables) - 1 : 0; i < options.size(); ++i)
        total += std::exp(weight(options[i]) - highest);  // all variables together as one
    const double log_total = highest + std::log(total), log_variables = std::log(static_cast<double>(variables));

    for (Option& option : options) {
        const bool variable = option.token >= productions_;
        const bool shares = variable && !is_apart(*state->hole, option.token);
        const double cost = exactly_summable(log_total - weight(option) + (shares ? log_variables : 0));
        if (!std::isfinite(cost)) continue;
        // A variable with arguments is no bare one, which is what an equation forbids.
        const bool forbidden = is_itself(*state->hole, option.token)
                                   ? forbids(state->restriction, call_of_itself)
                                   : (!variable || option.arguments == 0) && forbids(state->restriction, option.token);
        if (option.arguments > 0) {
            if (!forbidden) state->branches.push_back(branch_of(state, option, cost));
            continue;
        }
        if (option.exit == state->hole->unbound) state->anything = std::min(state->anything, cost);
        if (!forbidden) state->leaves.push_back({cost, option.token, option.exit});
    }
    auto cheaper = [](const auto& left, const auto& right) { return left.cost < right.cost; };
    std::stable_sort(state->leaves.begin(), state->leaves.end(), cheaper);
    std::stable_sort(state->branches.begin(), state->branches.end(), cheaper);
    for (Branch& branch : state->branches) branch.comparisons = comparisons_at(state, branch);
    bytes_ += state->leaves.size() * sizeof(Leaf) + state->branches.size() * sizeof(Branch);
}

Branch GrammarTable::branch_of(const GrammarState* state, Option& option, double cost) const {
    Branch branch{.cost = cost, .arguments_floor = 0, .token = option.token, .arguments = option.arguments,
                  .context = Contexts::variable, .step = 0, .option = &option, .node = nullptr, .comparisons = nullptr};
    if (is_apart(*state->hole, option.token)) {
        branch.context = grammar_.contexts().of(itself_, 0);
        branch.step = Contexts::step_of_call(option.arguments);
        branch.arguments_floor = argument_floors_[itself_];
    } else if (option.token < productions_) {
        branch.context = grammar_.contexts().of(option.token, 0);
        branch.step = 1;
        branch.arguments_floor = argument_floors_[option.token];
    } else {
        branch.arguments_floor = option.arguments * floor(Contexts::variable);
    }
    return branch;
}

GrammarNode* GrammarTable::enter(GrammarState* state, Branch& branch) {
    return branch.node = intern_node(holes_->after(state->hole, *branch.option), branch.context, branch.step,
                                     restrictions_at(state, branch));
}

double GrammarTable::bound(GrammarState* state, int depth) {
    const double floor_here = floor(state->context);
    if (depth > bounding_depth) return floor_here;
    if (state->least[depth] >= 0) return state->least[depth];
    if (!state->built) build(state);
    if (!pruning_.completion_bounds) return state->least[depth] = 0;
    double least = state->leaves.empty() ? unbounded : state->leaves.front().cost;
    for (Branch& branch : state->branches) {
        if (branch.cost + branch.arguments_floor >= least) continue;
        least = std::min(least, branch.cost + bound_from(node_of(state, branch), 0, least - branch.cost, depth + 1));
    }
    return state->least[depth] = std::max(least, floor_here);
}

/// Bound on all arguments of a node from position `from` on; may stop counting at `cap`.
double GrammarTable::bound_from(GrammarNode* node, std::size_t from, double cap, int depth) {
    if (!pruning_.completion_bounds) return 0;
    holes_->prepare(node->types);
    const auto& arguments = node->types->arguments;
    auto context_of = [node](std::size_t i) { return node->context + static_cast<int>(i) * node->step; };
    double total = 0;
    for (std::size_t i = from; i < arguments.size(); ++i) total += floor(context_of(i));
    for (std::size_t i = from; i < arguments.size() && total < cap; ++i) {
        // A later argument may be more specific by the time it is reached, and a specific hole can be cheaper than a
        // general one: only a state without type variables has a bound that will still hold.
        if (i > 0 && arguments[i].hole->variables > 0) continue;
        GrammarState* state = state_of(arguments[i].hole, arguments[i].lambdas, context_of(i),
                                       node->restrictions ? lists_[node->restrictions][i] : 0);
        total += bound(state, depth) - floor(state->context);
    }
    return total;
}

void GrammarTable::make_ready(GrammarNode* node) {
    node->ready = true;
    holes_->prepare(node->types);
    const ArgumentTypes::Argument& next = node->types->arguments.front();
    node->lambdas = next.lambdas;
    node->child = state_of(next.hole, next.lambdas, node->context, node->restrictions ? lists_[node->restrictions][0] : 0);
    node->rest_least = bound_from(node, 1, unbounded, 0);
    node->all_least = node->rest_least + least(node->child);
}

GrammarNode* GrammarTable::successor(GrammarNode* node, int exit) {
    int restrictions = 0;
    if (node->restrictions) {
        const std::vector<int>& list = lists_[node->restrictions];
        restrictions = list_of({list.begin() + 1, list.end()});
    }
    GrammarNode* next = intern_node(holes_->after(node->types, exit), node->context + node->step, node->step, restrictions);
    if (node->child->hole->variables > 0) {
        node->successors.emplace_back(exit, next);
        bytes_ += sizeof(node->successors[0]);
    }
    return next;
}

}  // namespace wakesleep
