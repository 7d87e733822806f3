// Programs as the machine runs them: trees of nodes that share their parts, each argument with the λ's around it.
#pragma once

#include <compare>
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
    abstraction,  // operand: a Reference to its body
    known,        // operand: the argument's value on each example, worked out before
    constant,     // operand: its value
    hole,         // stands for any constant of its type
    itself,       // the recursive program that is run; operand: a Reference to its λ's
    foreign,      // operand: the Foreign that evaluates it
    unevaluable,  // a primitive without evaluation
    // the list domain
    map, unfold, range, index, fold, length, if_, add, subtract, empty, cons, car, cdr, is_empty, zero, one, multiply,
    modulo, greater, equal, is_prime, is_square,
    // McCarthy's recursion
    fix1,
    // reals and vectors; characters
    add_reals, subtract_reals, multiply_reals, divide_reals, power, zip, same_character,
    // towers and turtles
    loop, build, go_left, go_right, build_aside, move, draw_aside, pen_up, divide_measure,
    stop_tower, stop_turtle,  // stand for the rest of a program that isn't known yet
    splice_turtle,  // operand: a Splice, the commands that go before its first argument, the rest; a second one: the round
    // SMT-LIB's strings (string_operations.cpp)
    string_concat, string_at, string_substring, string_index_of, string_replace, string_length, string_from_integer,
    string_to_integer, string_prefix_of, string_suffix_of, string_contains,
};

/// The operation behind a primitive's name; `unevaluable` for names the machine doesn't know.
Operation operation_of(std::string_view primitive);

struct Node;

/// A sub-program where it stands: its node and the λ's around it, in one word.
class Reference {
  public:
    static constexpr int max_lambdas = 15;

    Reference() = default;
    Reference(const Node* node, int lambdas) : bits_(reinterpret_cast<std::uintptr_t>(node) | static_cast<unsigned>(lambdas)) {}
    static Reference from(Word operand) {
        Reference reference;
        reference.bits_ = static_cast<std::uintptr_t>(operand);
        return reference;
    }

    const Node* node() const { return reinterpret_cast<const Node*>(bits_ & ~std::uintptr_t(max_lambdas)); }
    int lambdas() const { return static_cast<int>(bits_ & max_lambdas); }
    Word operand() const { return static_cast<Word>(bits_); }
    explicit operator bool() const { return bits_ != 0; }

  private:
    std::uintptr_t bits_ = 0;
};

/// What is applied; its arguments follow it in memory.
struct alignas(16) Node {
    Operation operation = Operation::unevaluable;
    std::uint8_t arguments = 0;
    std::int32_t token = -1;  // the production, or the number of productions + index of a variable; −1 outside of a search
    Word operand = 0;

    const Reference* first() const { return reinterpret_cast<const Reference*>(this + 1); }
    Reference* first() { return reinterpret_cast<Reference*>(this + 1); }
    Reference argument(int i) const { return first()[i]; }
    /// Bytes of a node with its arguments.
    static std::size_t size(int arguments) {
        return sizeof(Node) + ((static_cast<std::size_t>(arguments) * sizeof(Reference) + 15) & ~std::size_t(15));
    }
    std::size_t size() const { return size(arguments); }
};

/// Memory for nodes and values that live together.
class Pool {
  public:
    /// Aligned to 16 bytes.
    void* take(std::size_t bytes) {
        bytes = (bytes + 15) & ~std::size_t(15);
        if (bytes > left_) grow(bytes);
        void* taken = top_;
        top_ += bytes;
        left_ -= bytes;
        return taken;
    }
    Node* node(const Node& head) {
        Node* made = new (take(head.size())) Node(head);
        for (int i = 0; i < head.arguments; ++i) new (made->first() + i) Reference();
        return made;
    }
    std::size_t bytes() const { return bytes_; }
    void clear();

  private:
    struct alignas(16) Line {
        std::byte bytes[16];
    };
    void grow(std::size_t bytes);

    std::vector<std::unique_ptr<Line[]>> blocks_;
    std::byte* top_ = nullptr;
    std::size_t left_ = 0, bytes_ = 0;
};

/// Whether some part of a program is a hole.
bool has_holes(const Node* program);

/// A constant as programs compute with it; a text's cells lie in `pool`.
Word value_of(const Constant& constant, Pool& pool);

/// Assembles programs; keeps the code of the abstractions they use, once each, for as long as it lives.
class CodeBook {
  public:
    explicit CodeBook(const Language& language) : language_(language) {}

    /// Code of an η-long term, its outermost `skip_lambdas` λ's left off: the machine binds them itself.
    Reference assemble(Term term, int skip_lambdas);
    /// A node for each production of the language, its arguments missing.
    std::vector<Node> production_nodes();

  private:
    /// What a primitive is to the machine, its arguments missing.
    Node head_of(const std::string& primitive);
    Reference body(Term abstraction);
    Reference emit(Term term);

    const Language& language_;
    Pool pool_;
    std::unordered_map<Term, Reference> bodies_;
};

/// Some total order of programs as terms; equal ones needn't be the same nodes.
std::strong_ordering compare(Reference left, Reference right);

/// The program that an enumerated derivation of `request` spells.
Term program_of(const Language& language, Type request, Reference derived);

}  // namespace wakesleep
