// Running enumerated programs on inputs that were read in once.
#pragma once

#include <array>
#include <vector>

#include "code.hpp"
#include "enumerator.hpp"
#include "error.hpp"
#include "machine.hpp"

namespace wakesleep {

/// Runs enumerated programs on inputs that were read in once.
class Trial {
  public:
    Trial(const Grammar& grammar, Type request, const std::vector<std::vector<Value>>& inputs)
        : book_(*grammar.language()), templates_(book_.production_templates()), machine_(limits()), arena_(std::size_t(64) << 20), result_(Shape::of(request.returns())) {
        const std::vector<Type> arguments = request.arguments();
        std::vector<Shape> shapes;
        for (Type argument : arguments) shapes.push_back(Shape::of(argument));
        for (const auto& values : inputs) {
            if (values.size() != shapes.size())
                throw EngineError("an example has " + std::to_string(values.size()) + " inputs, but the request " +
                                  request.to_string() + " takes " + std::to_string(shapes.size()));
            Frame* frame = nullptr;
            for (std::size_t i = 0; i < values.size(); ++i) {
                auto* bound = static_cast<Frame*>(arena_.take(sizeof(Frame)));
                if (!bound) throw EngineError("the examples are too large");
                *bound = {shapes[i].read(values[i], arena_), nullptr, nullptr, frame};
                frame = bound;
            }
            frames_.push_back(frame);
        }
        productions_ = static_cast<int>(grammar.language()->productions().size());
        if (recursive(*grammar.language(), request)) {
            // What is derived is a step function: `fix1` applies it to itself and to the input.
            prefix_ = 2;
            code_[0] = templates_[grammar.language()->recursion()];
            code_[0].lambdas = 0;
            code_[1].operation = Operation::variable;
            code_[1].operand = 0;
        }
    }

    void load(const Step* steps, int count) {
        Instruction* program = code_.data() + prefix_;
        for (int i = count - 1; i >= 0; --i) {
            const Step& step = steps[i];
            Instruction& instruction = program[i];
            if (step.token < productions_) {
                instruction = templates_[step.token];
            } else {
                instruction.operation = Operation::variable;
                instruction.operand = step.token - productions_;
            }
            instruction.arguments = step.arguments;
            instruction.lambdas = step.lambdas;
            std::uint32_t size = 1;
            for (int left = step.arguments; left > 0; --left) size += program[i + size].size;
            instruction.size = size;
        }
        if (prefix_ > 0)
            code_[0].size = program->size + 2;
        else
            program->lambdas = 0;  // the inputs are bound already
    }

    /// False when the program fails on input `i`; else result() holds what it gave, until the next run.
    bool run(std::size_t i) {
        output_ = machine_.run(code_.data(), frames_[i]);
        return machine_.failure() == Failure::none;
    }
    Word output() const { return output_; }
    const Shape& result() const { return result_; }
    const std::vector<Frame*>& frames() const { return frames_; }
    Word read_output(const Value& value) { return result_.read(value, arena_); }

  private:
    static Limits limits() {
        Limits limits;
        limits.fuel = 4'000;
        limits.arena_bytes = 1 << 20;
        return limits;
    }

    CodeBook book_;
    Code templates_;
    Machine machine_;
    Arena arena_;  // inputs and wanted outputs
    Shape result_;
    std::vector<Frame*> frames_;
    int productions_, prefix_ = 0;
    Word output_ = 0;
    std::array<Instruction, Enumerator<int>::max_steps + 2> code_;
};

}  // namespace wakesleep
