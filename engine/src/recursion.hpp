// Recursion as DreamCoder has it: a language with McCarthy's `fix1` derives programs that may call themselves.
//
// `fix1` is never chosen like other productions. A program of `a -> b` is derived at `(a -> b) -> a -> b`, the outermost
// λ binding the program itself. A derived `λ λ BODY` that mentions it stands for `λ fix1 $0 (λ λ BODY)` (the $0 η-long
// where it is a function), any other for `λ BODY`. Beyond DreamCoder, programs of several arguments recur on all of them:
// what `fix1` gives is then a function of those after the first, `λ λ fix1 $1 (λ λ λ BODY) $0` for `a -> b -> c`.
// Requests of no argument, and languages without `fix1`, are derived as they are.
#pragma once

#include "language.hpp"

namespace wakesleep {

/// Whether programs of `request` may call themselves: the language has `fix1`, and there is an argument.
bool recursive(const Language& language, Type request);

/// The type at which programs of `request` are derived.
Type derivation_request(const Language& language, Type request);

/// What is derived for an η-long program: `from_derivation` gives the program back. An empty handle where nothing is: the
/// program mentions `fix1` at its root, but not as a derivation does, or it isn't closed or no function. `fix1` elsewhere
/// stays; no derivation takes it.
Term to_derivation(const Language& language, Term program, Type request);

/// The program that a term derived at `derivation_request` stands for.
Term from_derivation(const Language& language, Term derived, Type request);

}  // namespace wakesleep
