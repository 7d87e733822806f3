// Equations between programs, which let a search leave redundant programs out.
//
// `left = right` says: wherever the left side gives a value, the right side gives the same value. A program with an
// instance L of a left side is then not needed, if the instance R of the right side costs no more in L's hole. That is
// sure where the hole's type and scope have no type variables and the grammar's weights know no contexts:
// - R fits, and what it leaves behind is the same: a ground hole tells the holes after it nothing.
// - Where R is a part of L of L's type, it was derived in L at the hole's type or a more general one, in the same
//   scope. Whatever fits a hole fits a more general one, so there each choice had at least as many rivals: R costs no
//   more here. Where R is a constant, weights decide, and the table leaves the equation out where they are against it.
// So each program left out has a substitute that costs no more and has its values. The substitute may hold left sides
// itself, but each rewriting makes the program smaller, or puts two arguments in order, so rewriting ends: at a program
// that the search keeps.
#pragma once

#include <string>
#include <vector>

namespace wakesleep {

class Language;

/// An argument that must not have this head: directly below so many λ's, a production with its arguments (a token
/// below the number of productions) or a bare variable (the number of productions + its de Bruijn index).
struct ForbiddenHead {
    int argument;
    int lambdas, token;
    int constant;  // the production that is the right side; −1 where the right side is a part of the left
};

/// Two arguments to compare when both are known.
struct Comparison {
    enum class Keep {
        ordered,   // only if the first is not above the second, in some total order of terms
        different  // only if they are different terms
    };
    int first, second;
    Keep keep;
    int constant;  // as in ForbiddenHead
};

/// What equations say of applications of one production.
struct Rules {
    std::vector<ForbiddenHead> heads;
    std::vector<Comparison> comparisons;
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
    /// In the last two, the right side is a part of the left or a production without arguments.
    /// Throws EngineError for anything else, and IllTyped or ParseError; the message has the equation.
    Equations(const Language& language, const std::vector<std::string>& texts);

    const std::vector<std::string>& texts() const { return texts_; }
    const Rules& of(int production) const { return rules_[production]; }

  private:
    std::vector<std::string> texts_;
    std::vector<Rules> rules_;  // of each production
};

}  // namespace wakesleep
