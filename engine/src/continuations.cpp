// The machine's instructions for towers and turtles, which tower.hpp and turtle.hpp explain.
#include "machine.hpp"
#include "tower.hpp"
#include "turtle.hpp"

namespace wakesleep {

#define OPERAND(name, position)                  \
    const Word name = argument(position, frame); \
    if (failed()) return 0

Word Machine::prepend(Word head, Word tail) {
    Cell* cell = cells(1);
    if (!cell) return 0;
    *cell = {head, as_list(tail), length_of(as_list(tail)) + 1};
    return as_word(cell);
}

Word Machine::loop(const Reference* arguments, Frame* frame) {
    OPERAND(count, arguments[0]);
    OPERAND(rest, arguments[2]);
    const std::int64_t captures = captures_;
    Frame *outer = nullptr, *inner = nullptr;
    Word done = rest;  // from the last round on
    for (Word i = count; i-- > 0;) {
        outer = rebind(outer, captures, i, frame);
        inner = outer ? rebind(inner, captures, done, outer) : nullptr;
        if (!inner) return 0;
        done = enter(arguments[1], inner, 2);
        if (failed()) return 0;
    }
    return done;
}

Word Machine::build(Word block, const Reference* arguments, Frame* frame) {
    OPERAND(rest, arguments[0]);
    return prepend(block, rest);
}

Word Machine::go(Word direction, const Reference* arguments, Frame* frame) {
    OPERAND(distance, arguments[0]);
    OPERAND(rest, arguments[1]);
    if (!rest || distance == 0) return rest;
    const Cell* first = as_list(rest);
    BlockStep step = BlockStep::of(first->head);
    if (distance > max_shift || distance < -max_shift) return fail(Failure::overflow);
    const Word shift = step.shift + direction * distance;
    if (shift > max_shift || shift < -max_shift) return fail(Failure::overflow);
    step.shift = static_cast<std::int32_t>(shift);
    return prepend(step.word(), as_word(first->tail));
}

Word Machine::build_aside(const Reference* arguments, Frame* frame) {
    OPERAND(rest, arguments[1]);
    Frame* inner = bind(0, frame);
    if (!inner) return 0;
    const Word aside = enter(arguments[0], inner, 1);
    if (failed() || !aside) return failed() ? 0 : rest;
    const std::int64_t count = length_of(as_list(aside)), after = length_of(as_list(rest));
    Cell* copies = cells(count);
    if (!copies) return 0;
    fuel_ -= count / 8;
    Word hand = 0;
    const Cell* cell = as_list(aside);
    for (std::int64_t i = 0; i < count; ++i, cell = cell->tail) {
        hand += BlockStep::of(cell->head).shift;
        copies[i] = {cell->head, copies + i + 1, count - i + after};
    }
    Word back = rest;
    if (rest) {
        BlockStep step = BlockStep::of(as_list(rest)->head);
        const Word shift = step.shift - hand;
        if (shift > max_shift || shift < -max_shift) return fail(Failure::overflow);
        step.shift = static_cast<std::int32_t>(shift);
        back = prepend(step.word(), as_word(as_list(rest)->tail));
        if (failed()) return 0;
    }
    copies[count - 1].tail = as_list(back);
    return as_word(copies);
}

Word Machine::move(const Reference* arguments, Frame* frame) {
    OPERAND(length, arguments[0]);
    OPERAND(angle, arguments[1]);
    OPERAND(rest, arguments[2]);
    if (length > max_measure || length < -max_measure) return fail(Failure::overflow);
    // Turns that follow each other are one, and a last one is none.
    Word after = rest;
    Word turned = angle % measure_unit;
    if (after && command_of(as_list(after)->head) == Command::turn) {
        turned += measure_of(as_list(after)->head);
        after = as_word(as_list(after)->tail);
    }
    turned = ((turned % measure_unit) + measure_unit) % measure_unit;
    const bool idle = !after || command_of(as_list(after)->head) == Command::recall;
    if (turned != 0 && !idle) after = prepend(command_word(Command::turn, turned), after);
    if (failed() || length == 0) return failed() ? 0 : after;
    return prepend(command_word(Command::forward, length), after);
}

Word Machine::draw_inside(bool pen, const Reference* arguments, Frame* frame) {
    OPERAND(rest, arguments[1]);
    const Word end = prepend(command_word(pen ? Command::put : Command::recall), rest);
    Frame* inner = failed() ? nullptr : bind(end, frame);
    if (!inner) return 0;
    const Word body = enter(arguments[0], inner, 1);
    if (failed()) return 0;
    // A body that doesn't go on to its continuation leaves what is remembered alone.
    const Cell* cell = as_list(body);
    for (; length_of(cell) > length_of(as_list(end)); cell = cell->tail)
        if (length_of(cell) % 8 == 0) --fuel_;
    const bool ends = cell == as_list(end);
    if (!pen) return ends ? prepend(command_word(Command::remember), body) : body;
    return prepend(command_word(Command::lift, ends ? 0 : 1), body);
}

Word Machine::splice(const Node* at, Frame* frame) {
    OPERAND(rest, at->argument(0));
    Word round = 0;
    if (at->arguments > 1) {
        round = argument(at->argument(1), frame);
        if (failed()) return 0;
    }
    const Splice& splice = *reinterpret_cast<const Splice*>(at->operand);
    if (round < 0 || round >= max_rounds || !splice[static_cast<std::size_t>(round)]) return fail(Failure::unevaluable);
    const Commands& commands = *splice[static_cast<std::size_t>(round)];
    const auto count = static_cast<std::int64_t>(commands.size());
    if (count == 0) return rest;
    Cell* made = cells(count);
    if (!made) return 0;
    fuel_ -= count / 8;
    const std::int64_t after = length_of(as_list(rest));
    for (std::int64_t i = 0; i < count; ++i) made[i] = {commands[static_cast<std::size_t>(i)], made + i + 1, count - i + after};
    made[count - 1].tail = as_list(rest);
    return as_word(made);
}

Word Machine::divide_measure(const Reference* arguments, Frame* frame) {
    OPERAND(measure, arguments[0]);
    OPERAND(by, arguments[1]);
    if (by == 0) return fail(Failure::division_by_zero);
    const Word magnitude = by < 0 ? -by : by, half = magnitude / 2;
    const Word rounded = (measure < 0 ? measure - half : measure + half) / magnitude;
    return by < 0 ? -rounded : rounded;
}

#undef OPERAND

}  // namespace wakesleep
