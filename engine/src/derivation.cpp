#include "derivation.hpp"

#include "error.hpp"

namespace wakesleep {

Contexts::Contexts(const Language& language) {
    for (const Production& production : language.productions()) {
        first_.push_back(count_);
        count_ += static_cast<int>(production.arguments.size());
    }
}

Derivation::Derivation(const Language& language, const Contexts& contexts, Type request)
    : language_(language), contexts_(contexts), request_(request), substitution_(request.variable_count()) {
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
    Hole& next = holes_.back();
    next.type = substitution_.apply(next.type);
    std::vector<int> fitting;
    for (std::size_t i = 0; i < next.scope.size(); ++i) {
        const Type result = substitution_.apply(next.scope[i]).returns();
        bool fits = result == next.type;
        if (!fits && (result.is_polymorphic() || next.type.is_polymorphic())) {
            Substitution trial = substitution_;
            fits = trial.unify(result, next.type);
        }
        if (fits) fitting.push_back(static_cast<int>(i));
    }
    return fitting;
}

bool Derivation::push(int token) {
    const int productions = static_cast<int>(language_.productions().size());
    const Hole filled = std::move(holes_.back());
    holes_.pop_back();
    std::vector<Type> arguments;
    Type result;
    if (token < 0 || token == language_.recursion()) return false;
    if (token < productions) {
        const Type type = substitution_.instantiate(language_.productions()[token].type);
        arguments = type.arguments();
        result = type.returns();
    } else {
        const std::size_t index = token - productions;
        if (index >= filled.scope.size()) return false;
        const Type type = substitution_.apply(filled.scope[index]);
        arguments = type.arguments();
        result = type.returns();
    }
    if (!substitution_.unify(result, filled.type)) return false;
    steps_.push_back({token, static_cast<std::uint8_t>(arguments.size()), static_cast<std::uint8_t>(filled.lambdas)});
    for (int i = static_cast<int>(arguments.size()) - 1; i >= 0; --i)
        holes_.push_back(hole(substitution_.apply(arguments[i]), filled.scope,
                              token < productions ? contexts_.of(token, i) : Contexts::variable));
    return true;
}

Term Derivation::program() const {
    return program_of(language_, request_, steps_.data(), static_cast<int>(steps_.size()));
}

namespace {

Term read(const Language& language, const Step*& at) {
    const Step step = *at++;
    const int productions = static_cast<int>(language.productions().size());
    Term term =
        step.token < productions ? language.productions()[step.token].term : Term::index_of(step.token - productions);
    for (int i = 0; i < step.arguments; ++i) term = Term::apply(term, read(language, at));
    for (int i = 0; i < step.lambdas; ++i) term = Term::lambda(term);
    return term;
}

void write(const Language& language, Term term, std::vector<Step>& steps) {
    int lambdas = 0;
    for (; term.kind() == Kind::lambda; term = term.body()) ++lambdas;
    std::vector<Term> arguments;
    const Term head = spine(term, arguments);
    if (lambdas > 255 || arguments.size() > 255) throw EngineError("more than 255 arguments at one place");
    int token;
    if (head.kind() == Kind::index) {
        token = static_cast<int>(language.productions().size()) + head.index();
    } else {
        token = head.kind() == Kind::lambda ? -1 : language.find(head);
        if (token < 0) throw UnknownName("the grammar has no production for " + head.to_string());
    }
    steps.push_back({token, static_cast<std::uint8_t>(arguments.size()), static_cast<std::uint8_t>(lambdas)});
    for (Term argument : arguments) write(language, argument, steps);
}

}  // namespace

Term term_of(const Language& language, const Step* steps, int count) {
    const Step* at = steps;
    const Term term = read(language, at);
    if (at != steps + count) throw EngineError("the steps spell more than one term");
    return term;
}

Term program_of(const Language& language, Type request, const Step* steps, int count) {
    return from_derivation(language, term_of(language, steps, count), request);
}

std::vector<Step> steps_of(const Language& language, Term program, Type request) {
    std::vector<Step> steps;
    if (const Term derived = to_derivation(language, program, request)) write(language, derived, steps);
    return steps;
}

}  // namespace wakesleep
