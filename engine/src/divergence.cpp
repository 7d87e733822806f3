#include "divergence.hpp"

#include <algorithm>

namespace wakesleep {

namespace {

/// A variable bound outside, that is applied to as many arguments at least.
struct Sought {
    Word index;
    int arguments;
};

/// Whether a primitive runs all its arguments, whatever they are.
bool is_strict(Operation operation) {
    switch (operation) {
        case Operation::loop:  // turtles and towers may leave arguments for later
        case Operation::build:
        case Operation::go_left:
        case Operation::go_right:
        case Operation::build_aside:
        case Operation::move:
        case Operation::draw_aside:
        case Operation::pen_up:
        case Operation::divide_measure: return false;
        default: return true;
    }
}

/// Whether code must run the variable to have a value, in a scope of `depth` λ's of its own. As the machine has it: `if` is
/// lazy in its branches, other primitives are strict, abstractions and variables run their arguments when first needed.
bool needs(const Node* node, int depth, Sought sought) {
    const auto argument = [&](int i) {
        const Reference at = node->argument(i);
        return at.lambdas() == 0 && needs(at.node(), depth, sought);
    };
    switch (node->operation) {
        case Operation::variable: return node->operand == depth + sought.index && node->arguments >= sought.arguments;
        case Operation::if_: return argument(0) || (argument(1) && argument(2));
        case Operation::fix1: {
            const Reference step = node->argument(1);
            return argument(0) || (step.lambdas() == 2 && needs(step.node(), depth + 2, sought));
        }
        case Operation::abstraction: {
            const Node* body = Reference::from(node->operand).node();
            for (int i = 0; i < node->arguments; ++i)
                if (argument(i) && needs(body, 0, {node->arguments - 1 - i, 0})) return true;
            return false;
        }
        default:
            if (!is_strict(node->operation)) return false;
            for (int i = 0; i < node->arguments; ++i)
                if (argument(i)) return true;
            return false;
    }
}

}  // namespace

bool always_calls_itself(const Node* program, int arity) { return needs(program, 0, {arity, arity}); }

std::vector<bool> needed_arguments(const Node& production) {
    const int count = production.arguments;
    std::vector<bool> needed(static_cast<std::size_t>(count), false);
    for (int i = 0; i < count; ++i) {
        bool runs = false;
        switch (production.operation) {
            case Operation::if_:
            case Operation::fix1: runs = i == 0; break;
            case Operation::abstraction: runs = needs(Reference::from(production.operand).node(), 0, {count - 1 - i, 0}); break;
            default: runs = is_strict(production.operation);
        }
        needed[static_cast<std::size_t>(i)] = runs;
    }
    return needed;
}

}  // namespace wakesleep
