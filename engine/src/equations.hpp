// Equations between programs, which let a search leave redundant programs out.
//
// `left = right` says: wherever the left side gives a value, the right side gives the same value. A program with an
// instance L of a left side is then not needed, if the instance R of the right side fits L's hole, costs no more there,
// and leaves the same type variables behind. That is sure under a grammar whose weights know no contexts, in a scope
// without type variables, if the hole has none either:
// - R fits, and a hole without type variables tells the holes after it nothing.
// - Where R is a part of L of L's type, it was derived in L at the hole's type or a more general one, in the same
//   scope. Whatever fits a hole fits a more general one, so there each choice had at least as many rivals: R costs no
//   more here. Where R is a constant or anything, the table compares costs, and lets the equation be where R's is higher.
// In a hole with type variables the same holds if the left side's type is as general as the hole's, so that its head
// binds none of them, and shares no type variable with variables that the right side lacks: what fills those then
// decides nothing about the hole, and R leaves behind what L does.
// So each program left out has a substitute that costs no more and has its values. The substitute may hold left sides
// itself, but each rewriting makes the program smaller, or puts two arguments in order, so rewriting ends: at a program
// that the search keeps.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "type.hpp"

namespace wakesleep {

class Language;

/// What an instance of a left side can be replaced with, and where.
struct Substitute {
    enum class Kind { part, constant, anything } kind;
    int constant;      // the production that is the right side, or −1
    Type type;         // of the left side
    bool independent;  // may also be used in holes with type variables, if `type` is as general
};

/// An argument that must not have this head: directly below so many λ's, a production with its arguments (a token
/// below the number of productions) or a bare variable (the number of productions + its de Bruijn index).
struct ForbiddenHead {
    int argument;
    int lambdas, token;
    Substitute substitute;
};

/// Two arguments to compare when both are known.
struct Comparison {
    enum class Keep {
        ordered,   // only if the first is not above the second, in some total order of terms
        different  // only if they are different terms
    };
    int first, second;
    Keep keep;
    bool operator==(const Comparison&) const = default;
};

/// What equations say of applications of one production.
struct Rules {
    std::vector<ForbiddenHead> heads;
    std::vector<Comparison> ordered;
    std::vector<std::pair<Comparison, Substitute>> different;
};

class Equations {
  public:
    Equations() = default;
    /// Reads texts such as `(+ a 0) = a`; a name that is no production is a variable. The left side applies a production
    /// to all its arguments, which are variables but for what makes one of three forms:
    /// - `(+ a b) = (+ b a)`: two arguments of one monomorphic type change places;
    /// - `(car (cons a b)) = a`, `(* a 1) = a`, `(map (lambda $0) a) = a`: one argument is a production applied to all its
    ///   arguments, each a variable of its own, or a bare variable below λ's;
    /// - `(if c a a) = a`: one variable stands twice.
    /// In the last two, the right side is a part of the left, a production without arguments, or a variable that is not
    /// on the left, for a left side that never has a value: `(car empty) = any`.
    /// Throws EngineError for anything else, and IllTyped or ParseError; the message has the equation.
    Equations(const Language& language, const std::vector<std::string>& texts);

    const std::vector<std::string>& texts() const { return texts_; }
    const Rules& of(int production) const { return rules_[production]; }

  private:
    std::vector<std::string> texts_;
    std::vector<Rules> rules_;  // of each production
};

}  // namespace wakesleep
