#include "hole_table.hpp"

#include <algorithm>

namespace wakesleep {

namespace {

int variable_count(const std::vector<Type>& types) {
    int count = 0;
    for (Type type : types) count = std::max(count, type.variable_count());
    return count;
}

}  // namespace

std::size_t HoleTable::KeyHash::operator()(const Key& key) const noexcept {
    std::uint64_t hash = 1469598103934665603ULL;
    for (std::uint32_t part : key) {
        hash = (hash ^ part) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29;
    }
    return hash;
}

HoleTable::HoleTable(const Language& language, Type continuation)
    : language_(language), continuation_(continuation), productions_(static_cast<int>(language.productions().size())) {
    find_rivals();
    exit_of({});
}

std::vector<int> HoleTable::rivals_of(Type special) const {
    std::vector<int> rivals;
    for (int p = 0; p < productions_; ++p) {
        Substitution substitution(special.variable_count());
        if (p != language_.recursion() &&
            substitution.unify(substitution.instantiate(language_.productions()[p].result), special) &&
            substitution.apply(special) == special)
            rivals.push_back(p);
    }
    return rivals;
}

void HoleTable::find_rivals() {
    const auto& productions = language_.productions();
    rivals_.resize(productions.size());
    for (int p = 0; p < productions_; ++p) {
        if (p == language_.recursion()) continue;
        rivals_[p] = rivals_of(productions[p].result);
        if (productions[p].result.is_variable()) everywhere_.push_back(p);
    }
}

int HoleTable::exit_of(const std::vector<Type>& types) {
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

HoleType* HoleTable::hole_of(Type type, std::vector<Type> scope, int* lambdas, std::vector<int>* renamed) {
    int bound = 0;
    for (; type.is_arrow(); type = type.parameters()[1], ++bound) scope.insert(scope.begin(), type.parameters()[0]);
    if (lambdas) *lambdas = bound;
    Canonical canonical;
    type = canonical.rename(type);
    Key key{type.id()};
    for (Type& variable : scope) {
        variable = canonical.rename(variable);
        key.push_back(variable.id());
    }
    if (renamed) *renamed = canonical.original();
    auto [entry, fresh] = hole_index_.try_emplace(std::move(key), nullptr);
    if (fresh) {
        bytes_ += sizeof(HoleType) + 16 * scope.size() + 120;
        HoleType& hole = holes_.emplace_back();
        hole.id = static_cast<int>(holes_.size()) - 1;
        hole.type = type;
        hole.variables = static_cast<int>(canonical.original().size());
        hole.closed = variable_count(scope) == 0;
        hole.scope = std::move(scope);
        entry->second = &hole;
    }
    return entry->second;
}

ArgumentTypes* HoleTable::intern(std::vector<Type> remaining, std::vector<Type> scope, std::vector<Type> outer) {
    Canonical canonical;
    if (remaining.empty()) scope.clear();
    Key key{static_cast<std::uint32_t>(outer.size()), static_cast<std::uint32_t>(remaining.size())};
    for (auto* types : {&outer, &remaining, &scope}) {
        for (Type& type : *types) {
            type = canonical.rename(type);
            key.push_back(type.id());
        }
    }
    auto [entry, fresh] = argument_index_.try_emplace(std::move(key), nullptr);
    if (fresh) {
        bytes_ += sizeof(ArgumentTypes) + 16 * (2 * remaining.size() + scope.size() + outer.size()) + 160;
        ArgumentTypes& types = argument_types_.emplace_back();
        types.id = static_cast<int>(argument_types_.size()) - 1;
        types.tail = remaining.size() == 1 && outer.empty();
        if (remaining.empty()) types.exit = exit_of(outer);
        types.remaining = std::move(remaining);
        types.scope = std::move(scope);
        types.outer = std::move(outer);
        entry->second = &types;
    }
    return entry->second;
}

std::vector<Type> HoleTable::completed(const HoleType& hole, int exit, std::vector<Type> types) const {
    if (hole.variables == 0) return types;
    const std::vector<Type>& left = exits_[exit];
    Substitution substitution(hole.variables);
    substitution.reserve_variables(hole.variables + variable_count(left));
    for (int i = 0; i < hole.variables; ++i)
        substitution.unify(Type::variable(i), shift_variables(left[i], hole.variables));
    Canonical canonical;
    for (Type& type : types) type = canonical.rename(substitution.apply(type));
    return types;
}

Type HoleTable::completed(const HoleType& hole, int exit) const { return completed(hole, exit, {hole.type}).front(); }

std::vector<Type> HoleTable::completed_scope(const HoleType& hole, int exit) const {
    return completed(hole, exit, hole.scope);
}

void HoleTable::build(HoleType* hole) {
    hole->built = true;
    std::vector<int> variables;
    for (std::size_t i = 0; i < hole->scope.size(); ++i) {
        Substitution substitution(hole->variables);
        if (substitution.unify(hole->scope[i].returns(), hole->type)) variables.push_back(static_cast<int>(i));
    }
    if (continuation_ && hole->type == continuation_) {
        const auto plain = [&](int i) { return !hole->scope[i].is_arrow(); };
        const auto kept = std::find_if(variables.begin(), variables.end(), plain);
        if (kept != variables.end())
            std::erase_if(variables, [&, first = *kept](int i) { return plain(i) && i != first; });
    }
    std::vector<Type> free;
    for (int i = 0; i < hole->variables; ++i) free.push_back(Type::variable(i));
    hole->unbound = exit_of(free);
    auto add = [&](int token, Type type, Substitution& substitution) {
        const int arguments = static_cast<int>(type.arguments().size());
        int exit = -1;
        if (arguments == 0) {
            substitution.unify(type.returns(), hole->type);
            std::vector<Type> outer;
            for (int i = 0; i < hole->variables; ++i) outer.push_back(substitution.apply(Type::variable(i)));
            exit = exit_of(outer);
        }
        hole->options.push_back({token, arguments, exit, nullptr});
    };
    for (int index : variables) {
        Substitution substitution(hole->variables);
        add(productions_ + index, hole->scope[index], substitution);
    }
    hole->fitting_variables = static_cast<int>(variables.size());
    for (int production : language_.fitting(hole->type)) {
        Substitution substitution(hole->variables);
        const Type type = substitution.instantiate(language_.productions()[production].type);
        add(production, type, substitution);
    }
    bytes_ += hole->options.size() * sizeof(Option);
}

ArgumentTypes* HoleTable::enter(const HoleType* hole, const Option& option) {
    Substitution substitution(hole->variables);
    const Type type = option.token >= productions_ ? hole->scope[option.token - productions_]
                                                   : substitution.instantiate(language_.productions()[option.token].type);
    substitution.unify(type.returns(), hole->type);
    std::vector<Type> outer, scope = hole->scope;
    for (int i = 0; i < hole->variables; ++i) outer.push_back(substitution.apply(Type::variable(i)));
    for (Type& bound : scope) bound = substitution.apply(bound);
    return intern(substitution.apply(type).arguments(), std::move(scope), std::move(outer));
}

void HoleTable::make_ready(ArgumentTypes* types) {
    types->ready = true;
    for (std::size_t i = 0; i < types->remaining.size(); ++i) {
        int lambdas = 0;
        HoleType* hole = hole_of(types->remaining[i], types->scope, &lambdas, i == 0 ? &types->renamed : nullptr);
        types->arguments.push_back({hole, lambdas});
    }
}

ArgumentTypes* HoleTable::after(ArgumentTypes* types, int exit) {
    const bool plain = types->arguments.front().hole->variables == 0;
    if (plain && types->only) return types->only;
    for (const auto& [signature, next] : types->successors)
        if (signature == exit) return next;
    std::vector<Type> remaining(types->remaining.begin() + 1, types->remaining.end()), scope = types->scope,
                                                                                       outer = types->outer;
    if (plain) return types->only = intern(std::move(remaining), std::move(scope), std::move(outer));
    const int own = std::max({variable_count(types->outer), variable_count(types->remaining), variable_count(types->scope)});
    Substitution substitution(own);
    const std::vector<Type>& left = exits_[exit];
    substitution.reserve_variables(own + variable_count(left));
    for (std::size_t i = 0; i < left.size(); ++i)
        substitution.unify(Type::variable(types->renamed[i]), shift_variables(left[i], own));
    for (auto* each : {&remaining, &scope, &outer})
        for (Type& type : *each) type = substitution.apply(type);
    ArgumentTypes* next = intern(std::move(remaining), std::move(scope), std::move(outer));
    types->successors.emplace_back(exit, next);
    bytes_ += sizeof(types->successors[0]);
    return next;
}

}  // namespace wakesleep
