#include "derivation.hpp"

#include <algorithm>

#include "error.hpp"

namespace wakesleep {

Contexts::Contexts(const Language& language) {
    for (const Production& production : language.productions()) {
        first_.push_back(count_);
        count_ += static_cast<int>(production.arguments.size());
    }
}

Derivation::Derivation(const Language& language, const Contexts& contexts, Type request)
    : language_(language), contexts_(contexts), request_(request), recursive_(recursive(language, request)),
      substitution_(request.variable_count()) {
    holes_.push_back(hole(derivation_request(language, request), {}, Contexts::root));
}

Derivation::Hole Derivation::hole(Type type, const std::vector<Type>& scope, int context) const {
    Hole hole{type, {}, context, 0};
    for (; hole.type.is_arrow(); hole.type = hole.type.parameters()[1]) {
        hole.scope.insert(hole.scope.begin(), hole.type.parameters()[0]);
        ++hole.lambdas;
    }
    hole.scope.insert(hole.scope.end(), scope.begin(), scope.end());
    return hole;
}

Type Derivation::hole_type() {
    Hole& next = holes_.back();
    next.type = substitution_.apply(next.type);
    return Canonical().rename(next.type);
}

const std::vector<int>& Derivation::productions() { return language_.fitting(hole_type()); }

std::vector<int> Derivation::variables() {
    std::vector<int> fitting;
    const std::size_t count = holes_.back().scope.size() - (recursive_ ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i)
        if (fits(holes_.back().scope[i])) fitting.push_back(static_cast<int>(i));
    return fitting;
}

bool Derivation::may_call_itself() { return recursive_ && fits(holes_.back().scope.back()); }

/// Whether the next hole can be filled with what a variable of this type returns.
bool Derivation::fits(Type bound) {
    Hole& next = holes_.back();
    next.type = substitution_.apply(next.type);
    const Type result = substitution_.apply(bound).returns();
    if (result == next.type) return true;
    if (!result.is_polymorphic() && !next.type.is_polymorphic()) return false;
    Substitution trial = substitution_;
    return trial.unify(result, next.type);
}

bool Derivation::push(int token) {
    const int productions = static_cast<int>(language_.productions().size());
    const Hole filled = std::move(holes_.back());
    holes_.pop_back();
    std::vector<Type> arguments;
    Type result;
    const bool itself = token == language_.recursion();
    if (token < 0 || (itself && !recursive_)) return false;
    if (token < productions && !itself) {
        const Type type = substitution_.instantiate(language_.productions()[token].type);
        arguments = type.arguments();
        result = type.returns();
    } else {
        const std::size_t index = itself ? filled.scope.size() - 1 : token - productions;
        if (index >= filled.scope.size() || (recursive_ && !itself && index + 1 == filled.scope.size())) return false;
        const Type type = substitution_.apply(filled.scope[index]);
        arguments = type.arguments();
        result = type.returns();
    }
    if (!substitution_.unify(result, filled.type)) return false;
    steps_.push_back({token, static_cast<std::uint8_t>(arguments.size()), static_cast<std::uint8_t>(filled.lambdas)});
    const int count = static_cast<int>(arguments.size());
    for (int i = count - 1; i >= 0; --i) {
        const int context = itself                ? contexts_.of(token, i * Contexts::step_of_call(count))
                            : token < productions ? contexts_.of(token, i)
                                                  : Contexts::variable;
        holes_.push_back(hole(substitution_.apply(arguments[i]), filled.scope, context));
    }
    return true;
}

Term Derivation::program() const {
    return program_of(language_, request_, steps_.data(), static_cast<int>(steps_.size()));
}

namespace {

/// The term that prefix steps spell below so many λ's.
Term read(const Language& language, const Step*& at, int depth) {
    const Step step = *at++;
    const int productions = static_cast<int>(language.productions().size());
    depth += step.lambdas;
    Term term = step.token == language.recursion() ? Term::index_of(depth - 1)
                : step.token < productions         ? language.productions()[step.token].term
                                                   : Term::index_of(step.token - productions);
    for (int i = 0; i < step.arguments; ++i) term = Term::apply(term, read(language, at, depth));
    for (int i = 0; i < step.lambdas; ++i) term = Term::lambda(term);
    return term;
}

/// False for a term that no steps spell: one with `fix1` in it.
bool write(const Language& language, Term term, bool recursive, int depth, std::vector<Step>& steps) {
    int lambdas = 0;
    for (; term.kind() == Kind::lambda; term = term.body()) ++lambdas;
    depth += lambdas;
    std::vector<Term> arguments;
    const Term head = spine(term, arguments);
    if (lambdas > 255 || arguments.size() > 255) throw EngineError("more than 255 arguments at one place");
    int token;
    if (head.kind() == Kind::index) {
        const bool itself = recursive && head.index() == depth - 1;
        token = itself ? language.recursion() : static_cast<int>(language.productions().size()) + head.index();
    } else {
        token = head.kind() == Kind::lambda ? -1 : language.find(head);
        if (token < 0) throw UnknownName("the grammar has no production for " + head.to_string());
        if (token == language.recursion()) return false;
    }
    steps.push_back({token, static_cast<std::uint8_t>(arguments.size()), static_cast<std::uint8_t>(lambdas)});
    return std::all_of(arguments.begin(), arguments.end(),
                       [&](Term argument) { return write(language, argument, recursive, depth, steps); });
}

}  // namespace

Term program_of(const Language& language, Type request, const Step* steps, int count) {
    const Step* at = steps;
    const Term term = read(language, at, 0);
    if (at != steps + count) throw EngineError("the steps spell more than one term");
    return from_derivation(language, term, request);
}

std::vector<Step> steps_of(const Language& language, Term program, Type request) {
    std::vector<Step> steps;
    const Term derived = to_derivation(language, program, request);
    if (!derived || !write(language, derived, recursive(language, request), 0, steps)) steps.clear();
    return steps;
}

}  // namespace wakesleep
