#include "evaluation.hpp"

#include "error.hpp"

namespace wakesleep {

std::vector<Outcome> evaluate(const Language& language, Term program, Type request,
                              const std::vector<std::vector<Value>>& inputs, const Limits& limits) {
    const std::vector<Type> arguments = request.arguments();
    std::vector<Shape> shapes;
    for (Type argument : arguments) shapes.push_back(Shape::of(argument));
    const Shape result = Shape::of(request.returns());
    CodeBook book(language);
    const Reference code = book.assemble(language.eta_long(program, request), static_cast<int>(arguments.size()));
    Machine machine(limits);
    Arena arena(std::size_t(64) << 20);
    std::vector<Outcome> outcomes;
    outcomes.reserve(inputs.size());
    for (const auto& values : inputs) {
        if (values.size() != shapes.size())
            throw EngineError(std::to_string(values.size()) + " inputs were given, but the request " +
                              request.to_string() + " takes " + std::to_string(shapes.size()));
        arena.clear();
        std::vector<Frame> frames(values.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            frames[i] = {shapes[i].read(values[i], arena), nullptr, nullptr, i ? &frames[i - 1] : nullptr};
        const Word word = machine.run(code.node(), frames.empty() ? nullptr : &frames.back());
        if (machine.failure() != Failure::none)
            outcomes.emplace_back(machine.failure());
        else if (auto value = result.write(word))
            outcomes.emplace_back(std::move(*value));
        else
            outcomes.emplace_back(Failure::memory);
    }
    return outcomes;
}

}  // namespace wakesleep
