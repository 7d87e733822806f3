// The interpreter: runs prefix code within bounds of fuel, stack and memory. Every failure is a value.
//
// Primitives are strict, `if` is lazy in its branches, and what a function variable or an abstraction is applied to is
// evaluated when first needed: so folding an abstraction into a program never changes what the program computes.
#pragma once

#include <cmath>
#include <cstdint>

#include "code.hpp"
#include "foreign.hpp"
#include "value.hpp"

namespace wakesleep {

struct Limits {
    std::int64_t fuel = 20'000;              // instructions
    std::size_t stack_bytes = 1 << 20;       // of the machine's own recursion
    std::size_t arena_bytes = 4 << 20;       // of lists, frames and closures
};

enum class Failure : std::uint8_t {
    none, fuel, depth, memory, empty_list, index, division_by_zero, overflow, range, unfold, recursion, unevaluable,
    domain,   // no real number is the result
    lengths,  // of two lists, not equal
    // of foreign primitives
    raised, wrong_type, stopped,
};

/// The reason in words, as Python sees it.
const char* reason_of(Failure failure);

/// Longest list that `range` and `unfold` build, and the recursion that `fix1` allows.
inline constexpr int max_range = 100, max_unfold = 50, max_recursion = 50;

/// A known value that isn't one: what was to be known failed. No integer, pointer or real number has these bits.
inline constexpr Word failed_word = 0x7FF8'DEAD'BEEF'0001;

/// What one λ bound: a value, or code still to be run when it is first asked for.
struct Frame {
    Word value;
    const Node* pending;
    Frame* pending_frame;
    Frame* up;
};

class Machine {
  public:
    explicit Machine(const Limits& limits) : limits_(limits), arena_(limits.arena_bytes) {}

    /// Runs code whose free variables `inputs` binds (null for none). The result lives until the next run.
    /// `known` values are read at `example`, or worked out anew where it isn't below `known_examples`.
    Word run(const Node* code, Frame* inputs, std::size_t example = 0, std::size_t known_examples = 0);
    Failure failure() const { return failure_; }
    /// Instructions that the last run took, and what foreign primitives took beside.
    std::int64_t spent() const { return limits_.fuel - fuel_ + outside_; }
    /// Whether memory of the last run holds it.
    bool owns(const void* pointer) const { return arena_.owns(pointer); }

    // For a foreign primitive, while it is called.

    /// Applies a function among its arguments; check failure() afterwards.
    Word call(Word function, const Word* arguments, int count);
    /// Where its result's lists go.
    Arena& arena() { return arena_; }
    Word fail(Failure failure) {
        failure_ = failure;
        return 0;
    }
    /// Takes fuel, which decides what a program gives: the same for equal calls.
    void burn(std::int64_t instructions) { fuel_ -= instructions; }
    /// Adds work that only decides when a search looks at its clock.
    void add_outside(std::int64_t instructions) { outside_ += instructions; }

  private:
    struct Closure {
        Reference code;
        Frame* frame;
        int bound;          // λ's of `code` that `frame` already binds
        int* unfoldings;    // of a recursive function: how often it was entered; it binds itself when applied
    };

    Word evaluate(const Node* at, Frame* frame);
    Word argument(Reference at, Frame* frame) {
        if (at.lambdas()) return closure(at, frame, 0, nullptr);
        const Node* node = at.node();
        // Leaves are most of a program: no call for them.
        switch (node->operation) {
            case Operation::zero:
            case Operation::empty: --fuel_; return 0;
            case Operation::one: --fuel_; return 1;
            case Operation::variable: {
                if (node->arguments) break;
                Frame* binder = frame;
                for (Word i = node->operand; i > 0; --i) binder = binder->up;
                if (binder->pending) break;
                --fuel_;
                return binder->value;
            }
            case Operation::known: {
                if (example_ >= known_examples_) break;
                --fuel_;
                const Word value = reinterpret_cast<const Word*>(node->operand)[example_];
                return value == failed_word ? fail(Failure::unevaluable) : value;
            }
            default: break;
        }
        return evaluate(node, frame);
    }
    Word lookup(const Node* at, Frame* frame);
    Word closure(Reference code, Frame* frame, int bound, int* unfoldings);
    static bool repeats_itself(Word function, const Reference* arguments, int count, const Frame* frame);
    Word apply(Word function, const Reference* arguments, int count, Frame* frame);
    /// Applies a function to `count` arguments, each of which `bind_next` binds in turn.
    template <class BindNext>
    Word apply_each(Word function, int count, BindNext bind_next);
    Word foreign(const Node* at, Frame* frame);
    Word enter(Reference function, Frame* frame, int bound) {
        return function.lambdas() == bound ? evaluate(function.node(), frame) : closure(function, frame, bound, nullptr);
    }
    /// A new innermost binding; null (and failed) when memory is full.
    Frame* bind(Word value, Frame* up);
    /// The binding for a loop's next round: the last round's again, unless something was made that may still refer to it.
    Frame* rebind(Frame* last, std::int64_t captures, Word value, Frame* up) {
        if (!last || captures_ != captures) return bind(value, up);
        last->value = value;
        return last;
    }
    Frame* bind_argument(Reference at, Frame* frame, Frame* up);
    Cell* cells(std::int64_t count);

    Word map(const Reference* arguments, Frame* frame);
    Word zip(const Reference* arguments, Frame* frame);
    Word unfold(const Reference* arguments, Frame* frame);
    Word fold(const Reference* arguments, Frame* frame);
    Word range(Word count);
    Word is_prime(Word number);
    /// How often a recursive function was entered, the first time included.
    int* first_unfolding();
    Word fix1(const Reference* arguments, int count, Frame* frame);

    // Towers and turtles (continuations.cpp).
    Word loop(const Reference* arguments, Frame* frame);
    /// A list with one more word in front.
    Word prepend(Word head, Word tail);
    Word build(Word block, const Reference* arguments, Frame* frame);
    Word go(Word direction, const Reference* arguments, Frame* frame);
    Word build_aside(const Reference* arguments, Frame* frame);
    Word move(const Reference* arguments, Frame* frame);
    Word draw_inside(bool pen, const Reference* arguments, Frame* frame);
    Word divide_measure(const Reference* arguments, Frame* frame);
    Word splice(const Node* at, Frame* frame);
    Word string_operation(const Node* at, Frame* frame);
    /// The characters in front of `tail`.
    Word text_word(std::u32string_view text, Cell* tail);

    Word power(double base, double exponent);
    /// A real that was worked out from finite ones.
    Word real(double value) {
        if (std::isfinite(value)) return real_word(value);
        return fail(std::isnan(value) ? Failure::domain : Failure::overflow);
    }

    bool failed() const { return failure_ != Failure::none; }

    Limits limits_;
    Arena arena_;
    std::int64_t fuel_ = 0, outside_ = 0;
    std::int64_t captures_ = 0;  // closures and pending arguments made: what refers to frames
    std::size_t example_ = 0, known_examples_ = 0;
    const char* stack_floor_ = nullptr;
    Failure failure_ = Failure::none;
};

}  // namespace wakesleep
