// Running enumerated programs on inputs that were read in once.
#pragma once

#include <vector>

#include "code.hpp"
#include "divergence.hpp"
#include "error.hpp"
#include "grammar.hpp"
#include "machine.hpp"
#include "recursion.hpp"

namespace wakesleep {

class Trial {
  public:
    /// Completions under at most so many λ's have values that can be worked out ahead.
    static constexpr int max_inner = 8;

    Trial(const Grammar& grammar, Type request, const std::vector<std::vector<Value>>& inputs)
        : book_(*grammar.language()), productions_(book_.production_nodes()), machine_(limits()),
          arena_(std::size_t(64) << 20), result_(Shape::of(request.returns())), arity_(static_cast<int>(request.arguments().size())),
          recursive_(recursive(*grammar.language(), request)), real_hole_(grammar.language()->real_hole()) {
        std::vector<Shape> shapes;
        for (Type argument : request.arguments()) shapes.push_back(Shape::of(argument));
        takes_real_ = shapes.size() == 1 && shapes.front().is_real();
        for (const auto& values : inputs) {
            if (values.size() != shapes.size())
                throw EngineError("an example has " + std::to_string(values.size()) + " inputs, but the request " +
                                  request.to_string() + " takes " + std::to_string(shapes.size()));
            Frame* frame = recursive_ ? &itself_ : nullptr;
            for (std::size_t i = 0; i < values.size(); ++i) frame = bound(shapes[i].read(values[i], arena_), frame);
            frames_.push_back(frame);
            Frame* inner = frame;
            for (int i = 0; i < max_inner; ++i) inner_frames_.push_back(inner = bound(0, inner));
        }
    }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;

    /// False when the program fails on input `i`; else output() holds what it gave, until the next run.
    bool run(const Node* program, std::size_t i) {
        if (recursive_) {  // the program may call itself, by the variable bound outermost
            itself_node_.operand = Reference(program, arity_ + 1).operand();
            itself_.pending = &itself_node_;
        }
        return run_in(program, frames_[i], i);
    }
    /// Whether it is plain to see that a program fails on every input, in calling itself for ever.
    bool never_ends(const Node* program) const { return recursive_ && always_calls_itself(program, arity_); }
    /// The same as run() for a closed part of a program that stands under `inner` λ's.
    bool run_inside(const Node* part, std::size_t i, int inner) {
        return run_in(part, inner ? inner_frames_[i * max_inner + inner - 1] : frames_[i], i);
    }
    /// The same within any frames.
    bool run_in(const Node* part, Frame* frame, std::size_t i) {
        output_ = machine_.run(part, frame, i, known_examples_);
        spent_ += machine_.spent() + 8;
        return machine_.failure() == Failure::none;
    }
    Word output() const { return output_; }
    Word read_output(const Value& value) { return result_.read(value, arena_); }

    const Shape& result() const { return result_; }
    int arity() const { return arity_; }
    bool is_recursive() const { return recursive_; }
    /// The production that stands for real constants; −1 where there is none.
    int real_hole() const { return real_hole_; }
    /// Whether programs take one real and give one, with constants to be fitted.
    bool fits_real_functions() const { return real_hole_ >= 0 && !recursive_ && takes_real_ && result_.is_real(); }
    std::size_t inputs() const { return frames_.size(); }
    Frame* frame(std::size_t i) const { return frames_[i]; }
    const std::vector<Node>& productions() const { return productions_; }
    const Machine& machine() const { return machine_; }
    /// Known values are there for so many of the inputs.
    void set_known_examples(std::size_t count) { known_examples_ = count; }
    /// Steps of work since the start.
    std::int64_t spent() const { return spent_; }

  private:
    static Limits limits() {
        Limits limits;
        limits.fuel = 4'000;
        limits.arena_bytes = 1 << 20;
        return limits;
    }
    Frame* bound(Word value, Frame* up) {
        auto* frame = static_cast<Frame*>(arena_.take(sizeof(Frame)));
        if (!frame) throw EngineError("the examples are too large");
        *frame = {value, nullptr, nullptr, up};
        return frame;
    }

    CodeBook book_;
    std::vector<Node> productions_;
    Machine machine_;
    Arena arena_;  // inputs and wanted outputs
    Shape result_;
    int arity_;
    bool recursive_, takes_real_ = false;
    int real_hole_;
    std::vector<Frame*> frames_, inner_frames_;
    Node itself_node_{Operation::itself, 0, -1, 0};
    Frame itself_{0, nullptr, nullptr, nullptr};
    std::size_t known_examples_ = 0;
    std::int64_t spent_ = 0;
    Word output_ = 0;
};

}  // namespace wakesleep
