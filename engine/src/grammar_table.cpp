#include "grammar_table.hpp"

#include <algorithm>
#include <cmath>

namespace wakesleep {

namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();
/// Bounds look this many holes down; below, only the floor is used. Types can nest for ever.
constexpr int max_bounding_depth = 3;

int variable_count(const std::vector<Type>& types) {
    int count = 0;
    for (Type type : types) count = std::max(count, type.variable_count());
    return count;
}

}  // namespace

std::size_t GrammarTable::KeyHash::operator()(const Key& key) const noexcept {
    std::uint64_t hash = 1469598103934665603ULL;
    for (std::uint32_t part : key) {
        hash = (hash ^ part) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29;
    }
    return hash;
}

GrammarTable::GrammarTable(const Grammar& grammar, Type request, const Pruning& pruning, Type continuation)
    : grammar_(grammar),
      request_(request),
      continuation_(continuation),
      pruning_(pruning),
      prunes_(pruning.equations && !continuation && !grammar.contextual()),
      productions_(grammar.columns() - 1) {
    compute_floors();
    exit_of({});
    restriction_of({});
    root_ = state_of(derivation_request(*grammar.language(), request), {}, Contexts::root, 0, &root_lambdas_, nullptr);
}

/// A hole's type is unknown here, but wherever production p fits, so does each q whose result is at least as general as
/// p's: so p costs at least ln Σ_q exp(w_q − w_p). The floors are the least fixpoint of adding up the arguments'.
void GrammarTable::compute_floors() {
    const auto& productions = grammar_.language()->productions();
    auto generalises = [](Type general, Type special) {
        Substitution substitution(special.variable_count());
        return substitution.unify(substitution.instantiate(general), special) && substitution.apply(special) == special;
    };
    std::vector<std::vector<int>> rivals(productions_);
    std::vector<int> everywhere;
    const int never = grammar_.language()->recursion();
    for (int p = 0; p < productions_; ++p) {
        if (p == never) continue;
        for (int q = 0; q < productions_; ++q)
            if (q != never && generalises(productions[q].result, productions[p].result)) rivals[p].push_back(q);
        if (productions[p].result.is_variable()) everywhere.push_back(p);
    }
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
            costs[p] = p != never && std::isfinite(weights[p]) ? least_cost(weights, rivals[p], weights[p]) : unbounded;
        const double variable = weights[productions_];
        costs[productions_] =
            std::isfinite(variable) ? std::log1p(everywhere.empty() ? 0 : std::exp(least_cost(weights, everywhere, variable)))
                                    : unbounded;
    }
    // From zero upwards: each round is a valid bound, and a few rounds get most of it.
    for (int round = 0; round < 20; ++round) {
        for (int p = 0; p < productions_; ++p) {
            argument_floors_[p] = 0;
            for (int i = 0; i < static_cast<int>(productions[p].arguments.size()); ++i)
                argument_floors_[p] += floor(grammar_.contexts().of(p, i));
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
    if (!state->closed) return false;
    if (state->variables > 0) {
        Substitution substitution(state->variables);
        if (!substitute.independent || !substitution.unify(substitution.instantiate(substitute.type), state->hole) ||
            substitution.apply(state->hole) != state->hole)
            return false;
    }
    const double least = branch.cost + floor_of_arguments(branch);
    switch (substitute.kind) {
        case Substitute::Kind::part: return true;
        case Substitute::Kind::constant: {
            const double* weights = grammar_.row(state->context);
            return branch.cost + weights[branch.token] - weights[substitute.constant] <= least;
        }
        default: return state->anything <= least;
    }
}

/// The restriction of each of the branch's arguments; empty: none.
std::vector<int> GrammarTable::restrictions_at(const GrammarState* state, const Branch& branch) {
    if (!prunes_ || branch.token >= productions_) return {};
    std::vector<std::vector<Head>> heads(branch.arguments);
    for (const ForbiddenHead& head : grammar_.language()->equations().of(branch.token).heads)
        if (applies(head.substitute, state, branch)) heads[head.argument].push_back({head.lambdas, head.token});
    std::vector<int> restrictions;
    for (std::vector<Head>& each : heads) restrictions.push_back(restriction_of(std::move(each)));
    return restrictions;
}

const std::vector<Comparison>* GrammarTable::comparisons_at(const GrammarState* state, const Branch& branch) {
    if (!prunes_ || branch.token >= productions_ || !state->closed) return nullptr;
    const Rules& rules = grammar_.language()->equations().of(branch.token);
    std::vector<Comparison> comparisons = rules.ordered;  // arguments without type variables: whatever the hole
    for (const auto& [comparison, substitute] : rules.different)
        if (applies(substitute, state, branch)) comparisons.push_back(comparison);
    if (comparisons.empty()) return nullptr;
    const auto known = std::find(comparisons_.begin(), comparisons_.end(), comparisons);
    return known != comparisons_.end() ? &*known : &comparisons_.emplace_back(std::move(comparisons));
}

int GrammarTable::exit_of(const std::vector<Type>& types) {
    Canonical canonical;
    std::vector<Type> renamed;
    Key key;
    for (Type type : types) {
        renamed.push_back(canonical.rename(type));
        key.push_back(renamed.back().id());
    }
    auto [entry, fresh] = exit_index_.try_emplace(std::move(key), static_cast<int>(exits_.size()));
    if (fresh) exits_.push_back(std::move(renamed));
    return entry->second;
}

GrammarState* GrammarTable::state_of(Type type, std::vector<Type> scope, int context, int restriction, int* lambdas,
                                     std::vector<int>* renamed) {
    int bound = 0;
    for (; type.is_arrow(); type = type.parameters()[1], ++bound) scope.insert(scope.begin(), type.parameters()[0]);
    if (lambdas) *lambdas = bound;
    if (!grammar_.contextual()) context = Contexts::root;
    if (restriction) {
        std::vector<Head> heads = restrictions_[restriction];
        std::erase_if(heads, [bound](const Head& head) { return head.lambdas != bound; });
        restriction = restriction_of(std::move(heads));
    }
    Canonical canonical;
    const Type hole = canonical.rename(type);
    Key key{static_cast<std::uint32_t>(context), static_cast<std::uint32_t>(restriction), hole.id()};
    for (Type& variable : scope) {
        variable = canonical.rename(variable);
        key.push_back(variable.id());
    }
    if (renamed) *renamed = canonical.original();
    auto [entry, fresh] = state_index_.try_emplace(std::move(key), nullptr);
    if (fresh) {
        bytes_ += sizeof(GrammarState) + 16 * scope.size() + 120;
        const bool closed = variable_count(scope) == 0;
        states_.push_back({.id = static_cast<int>(states_.size()),
                           .context = context,
                           .hole = hole,
                           .scope = std::move(scope),
                           .restriction = restriction,
                           .variables = static_cast<int>(canonical.original().size()),
                           .closed = closed,
                           .leaves = {},
                           .branches = {}});
        entry->second = &states_.back();
    }
    return entry->second;
}

GrammarNode* GrammarTable::intern_node(std::vector<Type> remaining, std::vector<Type> scope, std::vector<Type> outer,
                                       std::vector<int> restrictions, int context, int step) {
    Canonical canonical;
    if (std::all_of(restrictions.begin(), restrictions.end(), [](int restriction) { return restriction == 0; }))
        restrictions.clear();
    if (remaining.empty()) {
        scope.clear();
        context = step = 0;
    }
    if (!grammar_.contextual()) context = step = 0;
    Key key{static_cast<std::uint32_t>(context), static_cast<std::uint32_t>(step),
            static_cast<std::uint32_t>(outer.size()), static_cast<std::uint32_t>(remaining.size()),
            static_cast<std::uint32_t>(restrictions.size())};
    key.insert(key.end(), restrictions.begin(), restrictions.end());
    for (auto* types : {&outer, &remaining, &scope}) {
        for (Type& type : *types) {
            type = canonical.rename(type);
            key.push_back(type.id());
        }
    }
    auto [entry, fresh] = node_index_.try_emplace(std::move(key), nullptr);
    if (fresh) {
        bytes_ += sizeof(GrammarNode) + 16 * (remaining.size() + scope.size() + outer.size()) + 4 * restrictions.size() + 160;
        GrammarNode& node = nodes_.emplace_back();
        node.tail = remaining.size() == 1 && outer.empty();
        if (remaining.empty()) node.exit = exit_of(outer);
        node.remaining = std::move(remaining);
        node.scope = std::move(scope);
        node.outer = std::move(outer);
        node.restrictions = std::move(restrictions);
        node.context = context;
        node.step = step;
        entry->second = &node;
    }
    return entry->second;
}

std::vector<Type> GrammarTable::completed(const GrammarState& state, int exit, std::vector<Type> types) const {
    if (state.variables == 0) return types;
    const std::vector<Type>& left = exits_[exit];
    Substitution substitution(state.variables);
    substitution.reserve_variables(state.variables + variable_count(left));
    for (int i = 0; i < state.variables; ++i)
        substitution.unify(Type::variable(i), shift_variables(left[i], state.variables));
    Canonical canonical;
    for (Type& type : types) type = canonical.rename(substitution.apply(type));
    return types;
}

Type GrammarTable::completed(const GrammarState& state, int exit) const { return completed(state, exit, {state.hole}).front(); }

std::vector<Type> GrammarTable::completed_scope(const GrammarState& state, int exit) const {
    return completed(state, exit, state.scope);
}

void GrammarTable::build(GrammarState* state) {
    state->built = true;
    const double* weights = grammar_.row(state->context);
    std::vector<int> variables;
    for (std::size_t i = 0; i < state->scope.size(); ++i) {
        Substitution substitution(state->variables);
        if (substitution.unify(state->scope[i].returns(), state->hole)) variables.push_back(static_cast<int>(i));
    }
    if (continuation_ && state->hole == continuation_) {
        const auto plain = [&](int i) { return !state->scope[i].is_arrow(); };
        const auto kept = std::find_if(variables.begin(), variables.end(), plain);
        if (kept != variables.end())
            std::erase_if(variables, [&, first = *kept](int i) { return plain(i) && i != first; });
    }
    const auto& productions = grammar_.language()->fitting(state->hole);

    double highest = variables.empty() ? -unbounded : weights[productions_];
    for (int production : productions) highest = std::max(highest, weights[production]);
    if (highest == -unbounded) return;  // nothing fits
    double total = variables.empty() ? 0 : std::exp(weights[productions_] - highest);
    for (int production : productions) total += std::exp(weights[production] - highest);
    const double log_total = highest + std::log(total);

    std::vector<Type> free;
    for (int i = 0; i < state->variables; ++i) free.push_back(Type::variable(i));
    const int unbound = exit_of(free);
    auto add = [&](double cost, int token, Type type, Substitution& substitution) {
        const int arguments = static_cast<int>(type.arguments().size());
        if (!std::isfinite(cost)) return;
        cost = exactly_summable(cost);
        substitution.unify(type.returns(), state->hole);
        // A variable with arguments is no bare one, which is what an equation forbids.
        const bool forbidden = (token < productions_ || arguments == 0) && forbids(state->restriction, token);
        if (arguments > 0) {
            if (!forbidden) state->branches.push_back({cost, token, arguments, nullptr, nullptr});
            return;
        }
        std::vector<Type> outer;
        for (int i = 0; i < state->variables; ++i) outer.push_back(substitution.apply(Type::variable(i)));
        const int exit = exit_of(outer);
        if (exit == unbound) state->anything = std::min(state->anything, cost);
        if (!forbidden) state->leaves.push_back({cost, token, exit});
    };
    const double variable_cost = log_total - weights[productions_] + std::log(static_cast<double>(variables.size()));
    for (int index : variables) {
        Substitution substitution(state->variables);
        add(variable_cost, productions_ + index, state->scope[index], substitution);
    }
    for (int production : productions) {
        Substitution substitution(state->variables);
        const Type type = substitution.instantiate(grammar_.language()->productions()[production].type);
        add(log_total - weights[production], production, type, substitution);
    }
    auto cheaper = [](const auto& left, const auto& right) { return left.cost < right.cost; };
    std::stable_sort(state->leaves.begin(), state->leaves.end(), cheaper);
    std::stable_sort(state->branches.begin(), state->branches.end(), cheaper);
    for (Branch& branch : state->branches) branch.comparisons = comparisons_at(state, branch);
    bytes_ += state->leaves.size() * sizeof(Leaf) + state->branches.size() * sizeof(Branch);
}

GrammarNode* GrammarTable::enter(GrammarState* state, Branch& branch) {
    Substitution substitution(state->variables);
    const bool variable = branch.token >= productions_;
    const Type type = variable ? state->scope[branch.token - productions_]
                               : substitution.instantiate(grammar_.language()->productions()[branch.token].type);
    substitution.unify(type.returns(), state->hole);
    std::vector<Type> remaining, outer, scope = state->scope;
    for (Type argument : substitution.apply(type).arguments()) remaining.push_back(argument);
    for (int i = 0; i < state->variables; ++i) outer.push_back(substitution.apply(Type::variable(i)));
    for (Type& bound : scope) bound = substitution.apply(bound);
    const int context = variable ? Contexts::variable : grammar_.contexts().of(branch.token, 0);
    return branch.node = intern_node(std::move(remaining), std::move(scope), std::move(outer),
                                     restrictions_at(state, branch), context, variable ? 0 : 1);
}

double GrammarTable::bound(GrammarState* state) {
    const double floor_here = floor(state->context);
    if (!pruning_.completion_bounds) {
        if (!state->built) build(state);
        return state->least = 0;
    }
    if (state->bounding || bounding_depth_ > max_bounding_depth) return floor_here;
    if (!state->built) build(state);
    state->bounding = true;
    ++bounding_depth_;
    double least = state->leaves.empty() ? unbounded : state->leaves.front().cost;
    for (Branch& branch : state->branches) {
        if (branch.cost + floor_of_arguments(branch) >= least) continue;
        least = std::min(least, branch.cost + bound_from(node_of(state, branch), 0, least - branch.cost));
    }
    --bounding_depth_;
    state->bounding = false;
    return state->least = std::max(least, floor_here);
}

/// Bound on all arguments of a node from position `from` on; may stop counting at `cap`.
double GrammarTable::bound_from(GrammarNode* node, std::size_t from, double cap) {
    if (!pruning_.completion_bounds) return 0;
    auto context_of = [node](std::size_t i) { return node->context + static_cast<int>(i) * node->step; };
    double total = 0;
    for (std::size_t i = from; i < node->remaining.size(); ++i) total += floor(context_of(i));
    for (std::size_t i = from; i < node->remaining.size() && total < cap; ++i) {
        GrammarState* state = state_of(node->remaining[i], node->scope, context_of(i),
                                       node->restrictions.empty() ? 0 : node->restrictions[i], nullptr, nullptr);
        // A later argument may be more specific by the time it is reached, and a specific hole can be cheaper than a
        // general one: only a state without type variables has a bound that will still hold.
        if (i == 0 || state->variables == 0) total += least(state) - floor(state->context);
    }
    return total;
}

void GrammarTable::make_ready(GrammarNode* node) {
    node->ready = true;
    node->child = state_of(node->remaining[0], node->scope, node->context,
                           node->restrictions.empty() ? 0 : node->restrictions[0], &node->lambdas, &node->renamed);
    node->rest_least = bound_from(node, 1, unbounded);
    node->all_least = node->rest_least + least(node->child);
}

GrammarNode* GrammarTable::successor(GrammarNode* node, int exit) {
    const int own = std::max({variable_count(node->outer), variable_count(node->remaining), variable_count(node->scope)});
    Substitution substitution(own);
    const std::vector<Type>& left = exits_[exit];
    substitution.reserve_variables(own + variable_count(left));
    for (std::size_t i = 0; i < left.size(); ++i)
        substitution.unify(Type::variable(node->renamed[i]), shift_variables(left[i], own));
    std::vector<Type> remaining(node->remaining.begin() + 1, node->remaining.end()), scope = node->scope, outer = node->outer;
    for (auto* types : {&remaining, &scope, &outer})
        for (Type& type : *types) type = substitution.apply(type);
    std::vector<int> restrictions = node->restrictions;
    if (!restrictions.empty()) restrictions.erase(restrictions.begin());
    GrammarNode* next = intern_node(std::move(remaining), std::move(scope), std::move(outer), std::move(restrictions),
                                    node->context + node->step, node->step);
    if (node->child->variables > 0) {
        node->successors.emplace_back(exit, next);
        bytes_ += sizeof(node->successors[0]);
    }
    return next;
}

}  // namespace wakesleep
