#include "machine.hpp"

#include <array>
#include <cmath>

#include "tower.hpp"
#include "turtle.hpp"

namespace wakesleep {

const char* reason_of(Failure failure) {
    static constexpr std::array reasons = {"none",      "fuel",  "depth",  "memory",    "empty list", "index", "division by zero",
                                           "overflow", "range", "unfold", "recursion", "unevaluable",
                                           "domain",   "lengths", "raised", "wrong type", "stopped"};
    return reasons[static_cast<std::size_t>(failure)];
}

Word Machine::run(const Node* code, Frame* inputs, std::size_t example, std::size_t known_examples) {
    arena_.clear();
    fuel_ = limits_.fuel;
    outside_ = 0;
    failure_ = Failure::none;
    stack_floor_ = static_cast<const char*>(__builtin_frame_address(0)) - limits_.stack_bytes;
    example_ = example;
    known_examples_ = known_examples;
    const Word result = evaluate(code, inputs);
    return failed() ? 0 : result;
}

// Each operand that fails ends the instruction with the failure already noted.
#define OPERAND(name, position)                  \
    const Word name = argument(position, frame); \
    if (failed()) return 0

Word Machine::evaluate(const Node* at, Frame* frame) {
    if (static_cast<const char*>(__builtin_frame_address(0)) < stack_floor_) return fail(Failure::depth);
    for (;;) {
        if (--fuel_ < 0) return fail(Failure::fuel);
        const Reference* arguments = at->first();
        switch (at->operation) {
            case Operation::variable: {
                const Word value = lookup(at, frame);
                if (at->arguments == 0 || failed()) return value;
                return apply(value, arguments, at->arguments, frame);
            }
            case Operation::abstraction: {
                Frame* inner = nullptr;  // the body is closed
                for (int i = 0; i < at->arguments; ++i) {
                    inner = bind_argument(arguments[i], frame, inner);
                    if (!inner) return 0;
                }
                at = Reference::from(at->operand).node();
                frame = inner;
                continue;
            }
            case Operation::known: {
                if (example_ >= known_examples_) {
                    at = arguments[0].node();
                    continue;
                }
                const Word value = reinterpret_cast<const Word*>(at->operand)[example_];
                return value == failed_word ? fail(Failure::unevaluable) : value;
            }
            case Operation::itself: {
                int* unfoldings = first_unfolding();
                return unfoldings ? closure(Reference::from(at->operand), nullptr, 0, unfoldings) : 0;
            }
            case Operation::constant: return at->operand;
            case Operation::hole:
            case Operation::unevaluable: return fail(Failure::unevaluable);
            case Operation::if_: {
                OPERAND(condition, arguments[0]);
                const Reference chosen = arguments[condition ? 1 : 2];
                if (chosen.lambdas()) return closure(chosen, frame, 0, nullptr);
                at = chosen.node();
                continue;
            }
            case Operation::zero: return 0;
            case Operation::one: return 1;
            case Operation::empty: return 0;
            case Operation::add:
            case Operation::subtract:
            case Operation::multiply: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                Word result;
                const bool overflow = at->operation == Operation::add        ? __builtin_add_overflow(left, right, &result)
                                      : at->operation == Operation::subtract ? __builtin_sub_overflow(left, right, &result)
                                                                             : __builtin_mul_overflow(left, right, &result);
                if (overflow || result > max_integer || result < -max_integer) return fail(Failure::overflow);
                return result;
            }
            case Operation::modulo: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                if (right == 0) return fail(Failure::division_by_zero);
                return left % right;  // truncated, as DreamCoder's solver; no overflow: |left| ≤ 2^62
            }
            case Operation::add_reals: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                return real(as_real(left) + as_real(right));
            }
            case Operation::subtract_reals: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                return real(as_real(left) - as_real(right));
            }
            case Operation::multiply_reals: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                return real(as_real(left) * as_real(right));
            }
            case Operation::divide_reals: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                if (as_real(right) == 0) return fail(Failure::division_by_zero);
                return real(as_real(left) / as_real(right));
            }
            case Operation::power: {
                OPERAND(base, arguments[0]);
                OPERAND(exponent, arguments[1]);
                return power(as_real(base), as_real(exponent));
            }
            case Operation::greater: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                return left > right;
            }
            case Operation::same_character:
            case Operation::equal: {
                OPERAND(left, arguments[0]);
                OPERAND(right, arguments[1]);
                return left == right;
            }
            case Operation::is_prime: {
                OPERAND(number, arguments[0]);
                return is_prime(number);
            }
            case Operation::is_square: {
                OPERAND(number, arguments[0]);
                if (number < 0) return 0;
                const auto root = static_cast<Word>(std::llround(std::sqrt(static_cast<double>(number))));
                for (Word near = root - 1; near <= root + 1; ++near)
                    if (near >= 0 && near * near == number) return 1;
                return 0;
            }
            case Operation::cons: {
                OPERAND(head, arguments[0]);
                OPERAND(tail, arguments[1]);
                Cell* cell = cells(1);
                if (!cell) return 0;
                *cell = {head, as_list(tail), length_of(as_list(tail)) + 1};
                return as_word(cell);
            }
            case Operation::car: {
                OPERAND(list, arguments[0]);
                if (!list) return fail(Failure::empty_list);
                return as_list(list)->head;
            }
            case Operation::cdr: {
                OPERAND(list, arguments[0]);
                if (!list) return fail(Failure::empty_list);
                return as_word(as_list(list)->tail);
            }
            case Operation::is_empty: {
                OPERAND(list, arguments[0]);
                return list == 0;
            }
            case Operation::length: {
                OPERAND(list, arguments[0]);
                return length_of(as_list(list));
            }
            case Operation::index: {
                OPERAND(position, arguments[0]);
                OPERAND(list, arguments[1]);
                if (position < 0 || position >= length_of(as_list(list))) return fail(Failure::index);
                const Cell* cell = as_list(list);
                for (Word i = 0; i < position; ++i) cell = cell->tail;
                fuel_ -= position / 8;
                return cell->head;
            }
            case Operation::range: {
                OPERAND(count, arguments[0]);
                return range(count);
            }
            case Operation::map: return map(arguments, frame);
            case Operation::zip: return zip(arguments, frame);
            case Operation::fold: return fold(arguments, frame);
            case Operation::unfold: return unfold(arguments, frame);
            case Operation::fix1: return fix1(arguments, at->arguments, frame);
            case Operation::loop: return loop(arguments, frame);
            case Operation::build: return build(at->operand, arguments, frame);
            case Operation::go_left: return go(-1, arguments, frame);
            case Operation::go_right: return go(1, arguments, frame);
            case Operation::build_aside: return build_aside(arguments, frame);
            case Operation::move: return move(arguments, frame);
            case Operation::draw_aside: return draw_inside(false, arguments, frame);
            case Operation::pen_up: return draw_inside(true, arguments, frame);
            case Operation::divide_measure: return divide_measure(arguments, frame);
            case Operation::stop_tower: return prepend(BlockStep::stop().word(), 0);
            case Operation::stop_turtle: return prepend(command_word(Command::stop), 0);
            case Operation::splice_turtle: return splice(at, frame);
            case Operation::foreign: return foreign(at, frame);
            case Operation::string_concat:
            case Operation::string_at:
            case Operation::string_substring:
            case Operation::string_index_of:
            case Operation::string_replace:
            case Operation::string_length:
            case Operation::string_from_integer:
            case Operation::string_to_integer:
            case Operation::string_prefix_of:
            case Operation::string_suffix_of:
            case Operation::string_contains: return string_operation(at, frame);
        }
    }
}

Word Machine::lookup(const Node* at, Frame* frame) {
    for (Word i = at->operand; i > 0; --i) frame = frame->up;
    if (frame->pending) {
        const Node* code = frame->pending;
        const Word value = evaluate(code, frame->pending_frame);
        if (failed()) return 0;
        frame->value = value;
        frame->pending = nullptr;
    }
    return frame->value;
}

Word Machine::closure(Reference code, Frame* frame, int bound, int* unfoldings) {
    auto* made = static_cast<Closure*>(arena_.take(sizeof(Closure)));
    if (!made) return fail(Failure::memory);
    *made = {code, frame, bound, unfoldings};
    ++captures_;
    return as_word(made);
}

template <class BindNext>
Word Machine::apply_each(Word function, int count, BindNext bind_next) {
    while (count > 0) {
        const auto* called = reinterpret_cast<const Closure*>(function);
        Frame* inner = called->frame;
        int bound = called->bound;
        if (called->unfoldings && bound == 0) {
            if (++*called->unfoldings > max_recursion) return fail(Failure::recursion);
            inner = bind(function, inner);
            if (!inner) return 0;
            ++bound;
        }
        for (; count > 0 && bound < called->code.lambdas(); --count, ++bound) {
            inner = bind_next(inner);
            if (!inner) return 0;
        }
        function = enter(called->code, inner, bound);
        if (failed()) return 0;
    }
    return function;
}

/// Whether a program that runs calls itself with the very arguments that it was called with: it would do so for ever.
bool Machine::repeats_itself(Word function, const Reference* arguments, int count, const Frame* frame) {
    const auto* called = reinterpret_cast<const Closure*>(function);
    // Only of the program itself it is sure that what it was called with is still waiting for its value.
    if (!called->unfoldings || called->frame || called->bound || called->code.lambdas() != count + 1) return false;
    const Frame* outer = nullptr;
    for (int i = 0; i < count; ++i) {
        const Node* argument = arguments[i].node();
        if (arguments[i].lambdas() || argument->operation != Operation::variable || argument->arguments) return false;
        const Frame* binder = frame;
        for (Word up = argument->operand; up > 0; --up) binder = binder->up;
        if (i > 0 && binder->up != outer) return false;
        if (i == 0 && (!binder->up || binder->up->pending || binder->up->value != function)) return false;
        outer = binder;
    }
    return true;
}

Word Machine::apply(Word function, const Reference* arguments, int count, Frame* frame) {
    if (repeats_itself(function, arguments, count, frame)) return fail(Failure::recursion);
    return apply_each(function, count, [&](Frame* inner) { return bind_argument(*arguments++, frame, inner); });
}

Word Machine::call(Word function, const Word* arguments, int count) {
    return apply_each(function, count, [&](Frame* inner) { return bind(*arguments++, inner); });
}

// Apart from evaluate(), whose own frame is to stay small.
[[gnu::noinline]] Word Machine::foreign(const Node* at, Frame* frame) {
    std::array<Word, Foreign::max_arguments> words;
    for (int i = 0; i < at->arguments; ++i) {
        words[static_cast<std::size_t>(i)] = argument(at->first()[i], frame);
        if (failed()) return 0;
    }
    return reinterpret_cast<Foreign*>(at->operand)->call(*this, words.data());
}

Frame* Machine::bind(Word value, Frame* up) {
    auto* made = static_cast<Frame*>(arena_.take(sizeof(Frame)));
    if (!made) {
        fail(Failure::memory);
        return nullptr;
    }
    *made = {value, nullptr, nullptr, up};
    return made;
}

Frame* Machine::bind_argument(Reference at, Frame* frame, Frame* up) {
    if (at.lambdas()) {
        const Word value = closure(at, frame, 0, nullptr);
        return failed() ? nullptr : bind(value, up);
    }
    Frame* made = bind(0, up);
    if (!made) return nullptr;
    switch (at.node()->operation) {
        case Operation::zero:
        case Operation::empty: break;
        case Operation::one: made->value = 1; break;
        case Operation::constant: made->value = at.node()->operand; break;
        default:
            ++captures_;
            made->pending = at.node();
            made->pending_frame = frame;
    }
    return made;
}

Cell* Machine::cells(std::int64_t count) {
    auto* made = static_cast<Cell*>(arena_.take(sizeof(Cell) * static_cast<std::size_t>(count)));
    if (!made) fail(Failure::memory);
    return made;
}

Word Machine::map(const Reference* arguments, Frame* frame) {
    OPERAND(list, arguments[1]);
    const std::int64_t count = length_of(as_list(list));
    if (count == 0) return 0;
    Cell* result = cells(count);
    if (!result) return 0;
    const std::int64_t captures = captures_;
    Frame* inner = nullptr;
    const Cell* cell = as_list(list);
    for (std::int64_t i = 0; i < count; ++i, cell = cell->tail) {
        inner = rebind(inner, captures, cell->head, frame);
        if (!inner) return 0;
        const Word value = enter(arguments[0], inner, 1);
        if (failed()) return 0;
        result[i] = {value, i + 1 < count ? result + i + 1 : nullptr, count - i};
    }
    return as_word(result);
}

Word Machine::zip(const Reference* arguments, Frame* frame) {
    OPERAND(left, arguments[0]);
    OPERAND(right, arguments[1]);
    const std::int64_t count = length_of(as_list(left));
    if (count != length_of(as_list(right))) return fail(Failure::lengths);
    if (count == 0) return 0;
    Cell* result = cells(count);
    if (!result) return 0;
    const Cell *a = as_list(left), *b = as_list(right);
    for (std::int64_t i = 0; i < count; ++i, a = a->tail, b = b->tail) {
        Frame* outer = bind(a->head, frame);
        Frame* inner = outer ? bind(b->head, outer) : nullptr;
        if (!inner) return 0;
        const Word value = enter(arguments[2], inner, 2);
        if (failed()) return 0;
        result[i] = {value, i + 1 < count ? result + i + 1 : nullptr, count - i};
    }
    return as_word(result);
}

Word Machine::fold(const Reference* arguments, Frame* frame) {
    OPERAND(list, arguments[0]);
    OPERAND(start, arguments[1]);
    const std::int64_t count = length_of(as_list(list));
    auto* elements = static_cast<Word*>(arena_.take(sizeof(Word) * static_cast<std::size_t>(count)));
    if (count > 0 && !elements) return fail(Failure::memory);
    const Cell* cell = as_list(list);
    for (std::int64_t i = 0; i < count; ++i, cell = cell->tail) elements[i] = cell->head;
    const std::int64_t captures = captures_;
    Frame *outer = nullptr, *inner = nullptr;
    Word accumulated = start;
    for (std::int64_t i = count; i-- > 0;) {
        outer = rebind(outer, captures, elements[i], frame);
        inner = outer ? rebind(inner, captures, accumulated, outer) : nullptr;
        if (!inner) return 0;
        accumulated = enter(arguments[2], inner, 2);
        if (failed()) return 0;
    }
    return accumulated;
}

Word Machine::unfold(const Reference* arguments, Frame* frame) {
    OPERAND(start, arguments[0]);
    std::array<Word, max_unfold> elements;
    int count = 0;
    const std::int64_t captures = captures_;
    Frame* inner = nullptr;
    for (Word state = start;;) {
        inner = rebind(inner, captures, state, frame);
        if (!inner) return 0;
        const Word done = enter(arguments[1], inner, 1);
        if (failed()) return 0;
        if (done) break;
        if (count == max_unfold) return fail(Failure::unfold);
        elements[count++] = enter(arguments[2], inner, 1);
        if (failed()) return 0;
        state = enter(arguments[3], inner, 1);
        if (failed()) return 0;
    }
    if (count == 0) return 0;
    Cell* result = cells(count);
    if (!result) return 0;
    for (int i = 0; i < count; ++i) result[i] = {elements[i], i + 1 < count ? result + i + 1 : nullptr, count - i};
    return as_word(result);
}

Word Machine::range(Word count) {
    if (count <= 0) return 0;
    if (count > max_range) return fail(Failure::range);
    Cell* result = cells(count);
    if (!result) return 0;
    for (Word i = 0; i < count; ++i) result[i] = {i, i + 1 < count ? result + i + 1 : nullptr, count - i};
    return as_word(result);
}

Word Machine::is_prime(Word number) {
    if (number < 2) return 0;
    for (Word divisor = 2; divisor <= number / divisor; ++divisor) {
        if (number % divisor == 0) return 0;
        if (divisor % 8 == 0 && --fuel_ < 0) return fail(Failure::fuel);
    }
    return 1;
}

Word Machine::power(double base, double exponent) {
    if (base == 0 && exponent < 0) return fail(Failure::division_by_zero);
    return real(std::pow(base, exponent));
}

int* Machine::first_unfolding() {
    auto* unfoldings = static_cast<int*>(arena_.take(sizeof(int)));
    if (!unfoldings) {
        fail(Failure::memory);
        return nullptr;
    }
    *unfoldings = 1;
    return unfoldings;
}

Word Machine::fix1(const Reference* arguments, int count, Frame* frame) {
    OPERAND(start, arguments[0]);
    int* unfoldings = first_unfolding();
    if (!unfoldings) return 0;
    const Word self = closure(arguments[1], frame, 0, unfoldings);
    Frame* outer = failed() ? nullptr : bind(self, frame);
    Frame* inner = outer ? bind(start, outer) : nullptr;
    if (!inner) return 0;
    const Word value = enter(arguments[1], inner, 2);
    return count == 2 || failed() ? value : apply(value, arguments + 2, count - 2, frame);
}

#undef OPERAND

}  // namespace wakesleep
