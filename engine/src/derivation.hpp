// How a program is derived, hole by hole: the type-directed process that grammars, samplers and decoders share.
#pragma once

#include <cstdint>
#include <vector>

#include "recursion.hpp"

namespace wakesleep {

/// One node of a derived term in prefix order. Tokens below the number of productions are productions,
/// the others variables: token − productions is the de Bruijn index. The program that calls itself is no variable here,
/// its token is that of `fix1`, which stands for nothing else.
struct Step {
    std::int32_t token;
    std::uint8_t arguments;
    std::uint8_t lambdas;  // around the node
};

/// The contexts a hole can have: 0 the root, 1 an argument of a variable, then each argument of each production. Those of
/// `fix1` are the arguments that a program calls itself with: both where there are two, else all have the first.
class Contexts {
  public:
    static constexpr int root = 0, variable = 1;

    explicit Contexts(const Language& language);
    int of(int production, int argument) const { return first_[production] + argument; }
    /// What to add to an argument's context for the next one's, in a program's call of itself with so many arguments.
    static int step_of_call(int arguments) { return arguments == 2 ? 1 : 0; }
    int count() const { return count_; }

  private:
    std::vector<int> first_;
    int count_ = 2;
};

/// A partial program: the next hole to fill is the leftmost. Fails softly: push() says whether the token fitted.
/// Programs that may call themselves grow as recursion.hpp says: the request's λ's, and one outside of them.
class Derivation {
  public:
    /// `language` and `contexts` must outlive the derivation.
    Derivation(const Language& language, const Contexts& contexts, Type request);

    bool finished() const { return holes_.empty(); }
    /// The context of the next hole.
    int context() const { return holes_.back().context; }
    int open_holes() const { return static_cast<int>(holes_.size()); }
    /// λ's that the next node gets.
    int lambdas() const { return holes_.back().lambdas; }
    /// The type of the next hole, its variables numbered from 0.
    Type hole_type();
    /// Productions that fit the next hole.
    const std::vector<int>& productions();
    /// De Bruijn indices that fit the next hole, smallest first; without the program itself.
    std::vector<int> variables();
    /// Whether the next hole can be filled with a call of the program itself.
    bool may_call_itself();
    /// Fills the next hole; false (and the derivation is spoilt) when the token doesn't fit.
    bool push(int token);
    const std::vector<Step>& steps() const { return steps_; }
    /// The finished program.
    Term program() const;

  private:
    struct Hole {
        Type type;                // never an arrow
        std::vector<Type> scope;  // innermost binder first
        int context;
        int lambdas;
    };
    Hole hole(Type type, const std::vector<Type>& scope, int context) const;
    bool fits(Type bound);

    const Language& language_;
    const Contexts& contexts_;
    Type request_;
    bool recursive_;
    Substitution substitution_;
    std::vector<Hole> holes_;  // next one last
    std::vector<Step> steps_;
};

/// The program of `request` whose derived term prefix steps spell.
Term program_of(const Language& language, Type request, const Step* steps, int count);

/// The prefix steps that derive an η-long program; none where nothing derives it. Throws UnknownName for what is no
/// production.
std::vector<Step> steps_of(const Language& language, Term program, Type request);

}  // namespace wakesleep
