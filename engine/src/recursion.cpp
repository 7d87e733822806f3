#include "recursion.hpp"

namespace wakesleep {

namespace {

/// What is under so many λ's, or an empty handle.
Term under(Term term, std::size_t lambdas) {
    for (; lambdas > 0; --lambdas) {
        if (term.kind() != Kind::lambda) return {};
        term = term.body();
    }
    return term;
}

/// A variable of type `type` in η-long form: itself, unless it is a function.
Term eta_long_variable(int index, Type type) {
    const std::vector<Type> arguments = type.arguments();
    const int count = static_cast<int>(arguments.size());
    Term term = Term::index_of(index + count);
    for (int i = 0; i < count; ++i) term = Term::apply(term, eta_long_variable(count - 1 - i, arguments[i]));
    for (int i = 0; i < count; ++i) term = Term::lambda(term);
    return term;
}

/// `fix1` on the program's own arguments, under their λ's: the first, the step, and those after the first.
Term applied(Term fix, Term step, Type request) {
    const std::vector<Type> types = request.arguments();
    const int count = static_cast<int>(types.size());
    Term term = Term::apply(Term::apply(fix, eta_long_variable(count - 1, types[0])), step);
    for (int i = 1; i < count; ++i) term = Term::apply(term, eta_long_variable(count - 1 - i, types[i]));
    return term;
}

}  // namespace

bool recursive(const Language& language, Type request) { return language.recursion() >= 0 && request.is_arrow(); }

Type derivation_request(const Language& language, Type request) {
    return recursive(language, request) ? Type::arrow(request, request) : request;
}

Term to_derivation(const Language& language, Term program, Type request) {
    if (!recursive(language, request)) return program;
    const std::size_t count = request.arguments().size();
    const Term body = under(program, count);
    if (!body || program.free_indices() > 0) return {};
    const Term fix = language.productions()[language.recursion()].term;
    std::vector<Term> arguments;
    if (spine(body, arguments) != fix)
        return Term::lambda(program);  // it mentions its arguments only: under one more λ it reads the same
    if (arguments.size() != count + 1 || body != applied(fix, arguments[1], request)) return {};
    const Term step = under(arguments[1], count + 1);
    // The step must call the program, and may not use the program's own arguments, which a derivation doesn't bind.
    return step && step.free_indices() == static_cast<int>(count) + 1 ? arguments[1] : Term();
}

Term from_derivation(const Language& language, Term derived, Type request) {
    if (!recursive(language, request)) return derived;
    const Term program = derived.body();
    if (program.free_indices() == 0) return program;
    Term body = applied(language.productions()[language.recursion()].term, derived, request);
    for (std::size_t i = request.arguments().size(); i > 0; --i) body = Term::lambda(body);
    return body;
}

}  // namespace wakesleep
