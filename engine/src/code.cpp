#include "code.hpp"

#include <limits>

#include "error.hpp"

namespace wakesleep {

Operation operation_of(std::string_view primitive) {
    static const std::unordered_map<std::string_view, Operation> operations = {
        {"map", Operation::map},         {"unfold", Operation::unfold},       {"range", Operation::range},
        {"index", Operation::index},     {"fold", Operation::fold},           {"length", Operation::length},
        {"if", Operation::if_},          {"+", Operation::add},               {"-", Operation::subtract},
        {"empty", Operation::empty},     {"cons", Operation::cons},           {"car", Operation::car},
        {"cdr", Operation::cdr},         {"empty?", Operation::is_empty},     {"0", Operation::zero},
        {"1", Operation::one},           {"*", Operation::multiply},          {"mod", Operation::modulo},
        {"gt?", Operation::greater},     {"eq?", Operation::equal},           {"is-prime", Operation::is_prime},
        {"is-square", Operation::is_square}, {"fix1", Operation::fix1},
    };
    const auto found = operations.find(primitive);
    return found == operations.end() ? Operation::unevaluable : found->second;
}

Code CodeBook::production_templates() {
    Code templates;
    for (const Production& production : language_.productions()) {
        Instruction instruction;
        instruction.arguments = static_cast<std::uint8_t>(production.arguments.size());
        if (production.term.kind() == Kind::abstraction) {
            instruction.operation = Operation::abstraction;
            instruction.operand = as_word(body(production.term));
        } else {
            instruction.operation = operation_of(production.name);
        }
        templates.push_back(instruction);
    }
    return templates;
}

const Instruction* CodeBook::body(Term abstraction) {
    const auto known = bodies_.find(abstraction);
    if (known != bodies_.end()) return known->second->data();
    const Term eta_long = language_.eta_long(abstraction.body(), language_.infer(abstraction.body()));
    auto code = std::make_unique<Code>(assemble(eta_long, 0));
    return bodies_.emplace(abstraction, std::move(code)).first->second->data();
}

Code CodeBook::assemble(Term term, int skip_lambdas) {
    for (; skip_lambdas > 0; --skip_lambdas) {
        if (term.kind() != Kind::lambda) throw EngineError("the program takes fewer arguments than were given");
        term = term.body();
    }
    Code code;
    emit(term, code);
    measure(code.data(), static_cast<int>(code.size()));
    return code;
}

void CodeBook::emit(Term term, Code& code) {
    constexpr int most = std::numeric_limits<std::uint8_t>::max();
    Instruction instruction;
    int lambdas = 0;
    for (; term.kind() == Kind::lambda; term = term.body()) ++lambdas;
    std::vector<Term> arguments;
    const Term head = spine(term, arguments);
    if (lambdas > most || arguments.size() > most) throw EngineError("more than 255 arguments at one place");
    instruction.lambdas = static_cast<std::uint8_t>(lambdas);
    instruction.arguments = static_cast<std::uint8_t>(arguments.size());
    if (head.kind() == Kind::index) {
        instruction.operation = Operation::variable;
        instruction.operand = head.index();
    } else if (head.kind() == Kind::abstraction) {
        instruction.operation = Operation::abstraction;
        const Instruction* called = body(head);
        instruction.operand = as_word(called);
        if (arguments.size() != called->lambdas)
            throw EngineError(head.to_string() + " is applied to a function it returns: not supported");
    } else if (head.kind() == Kind::primitive) {
        const int production = language_.find(head);
        if (production < 0) throw UnknownName("the language has no primitive '" + head.name() + "'");
        instruction.operation = operation_of(head.name());
        // η-long form saturates primitives; more arguments than that would apply a function the primitive returned,
        // fewer can't be typed.
        if (arguments.size() != language_.productions()[production].arguments.size())
            throw EngineError("'" + head.name() + "' is applied to a function it returns: not supported");
    } else {
        throw EngineError("the program isn't in β-normal form");
    }
    code.push_back(instruction);
    for (Term argument : arguments) emit(argument, code);
}

void measure(Instruction* code, int count) {
    for (int i = count - 1; i >= 0; --i) {
        std::uint32_t size = 1;
        for (int left = code[i].arguments; left > 0; --left) size += code[i + size].size;
        code[i].size = size;
    }
}

}  // namespace wakesleep
