#include "recursion.hpp"

namespace wakesleep {

namespace {

/// What is under exactly two λ's, or an empty handle.
Term under_two(Term term) {
    for (int i = 0; i < 2; ++i) {
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

/// What `fix1` starts with: the program's argument.
Term start(Type request) { return eta_long_variable(0, request.parameters()[0]); }

}  // namespace

bool recursive(const Language& language, Type request) {
    return language.recursion() >= 0 && request.is_arrow() && !request.parameters()[1].is_arrow();
}

Type derivation_request(const Language& language, Type request) {
    return recursive(language, request) ? Type::arrow(request, request) : request;
}

Term to_derivation(const Language& language, Term program, Type request) {
    if (!recursive(language, request)) return program;
    if (program.kind() != Kind::lambda || program.free_indices() > 0) return {};
    std::vector<Term> arguments;
    const Term head = spine(program.body(), arguments);
    if (head != language.productions()[language.recursion()].term)
        return Term::lambda(program);  // the body mentions $0 only: under one more λ it reads the same
    if (arguments.size() != 2 || arguments[0] != start(request)) return {};
    const Term body = under_two(arguments[1]);
    // The body must call itself, $1, and may not use the program's own argument, $2, which a derivation doesn't bind.
    return body && body.free_indices() == 2 ? arguments[1] : Term();
}

Term from_derivation(const Language& language, Term derived, Type request) {
    if (!recursive(language, request)) return derived;
    const Term program = derived.body();
    if (program.body().free_indices() < 2) return program;
    const Term fix = language.productions()[language.recursion()].term;
    return Term::lambda(Term::apply(Term::apply(fix, start(request)), derived));
}

}  // namespace wakesleep
