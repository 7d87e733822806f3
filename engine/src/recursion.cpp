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
    if (arguments.size() != 2 || arguments[0] != Term::index_of(0)) return {};
    const Term body = under_two(arguments[1]);
    // The body must call itself, $1, and may not use the program's own argument, $2, which a derivation doesn't bind.
    return body && body.free_indices() == 2 ? arguments[1] : Term();
}

Term from_derivation(const Language& language, Term derived, Type request) {
    if (!recursive(language, request)) return derived;
    const Term program = derived.body();
    if (program.body().free_indices() < 2) return program;
    const Term fix = language.productions()[language.recursion()].term;
    return Term::lambda(Term::apply(Term::apply(fix, Term::index_of(0)), derived));
}

}  // namespace wakesleep
