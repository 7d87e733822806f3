// Programs as the machine runs them: prefix code, one instruction a node, λ's folded into the node below them.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "language.hpp"
#include "value.hpp"

namespace wakesleep {

enum class Operation : std::uint16_t {
    variable,     // operand: de Bruijn index; arguments: what the variable's function is applied to
    abstraction,  // operand: pointer to the first instruction of its body
    unevaluable,  // a primitive without native evaluation
    // the list domain
    map, unfold, range, index, fold, length, if_, add, subtract, empty, cons, car, cdr, is_empty, zero, one, multiply,
    modulo, greater, equal, is_prime, is_square,
    // McCarthy's recursion
    fix1,
};

/// The operation behind a primitive's name; `unevaluable` for names the machine doesn't know.
Operation operation_of(std::string_view primitive);

struct Instruction {
    Operation operation = Operation::unevaluable;
    std::uint8_t arguments = 0;  // sub-programs that follow
    std::uint8_t lambdas = 0;    // λ's around this node
    std::uint32_t size = 1;      // instructions of this sub-program, itself included
    Word operand = 0;

    const Instruction* next() const { return this + size; }
};

using Code = std::vector<Instruction>;

/// Assembles programs; keeps the code of the abstractions they use, once each, for as long as it lives.
class CodeBook {
  public:
    explicit CodeBook(const Language& language) : language_(language) {}

    /// Code of an η-long term, its outermost `skip_lambdas` λ's left off: the machine binds them itself.
    Code assemble(Term term, int skip_lambdas);
    /// An instruction for each production of the language, to be completed with λ's and a size.
    Code production_templates();

  private:
    const Instruction* body(Term abstraction);
    void emit(Term term, Code& code);

    const Language& language_;
    std::unordered_map<Term, std::unique_ptr<Code>> bodies_;
};

/// Fills in the sizes of prefix code whose operations and argument counts are set.
void measure(Instruction* code, int count);

}  // namespace wakesleep
