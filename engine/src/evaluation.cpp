#include "evaluation.hpp"

#include <algorithm>

#include "error.hpp"

namespace wakesleep {

namespace {

/// Elements that a result may have, beside as many as an input has: some 5 milliseconds to write out.
constexpr std::int64_t max_written = 1 << 16;

/// A list's cell, with room for what a sanitized build puts behind it.
constexpr std::size_t bytes_per_element = 64;

/// Bytes of the arena that a value is read into.
std::size_t footprint(const Value& value) {
    std::size_t bytes = bytes_per_element * (value.items.size() + value.text.size());
    for (const Value& item : value.items)
        if (item.kind != Value::Kind::integer) bytes += footprint(item);
    return bytes;
}

}  // namespace

std::vector<Outcome> evaluate(const Language& language, Term program, Type request,
                              const std::vector<std::vector<Value>>& inputs, const Limits& limits) {
    const std::vector<Type> arguments = request.arguments();
    std::vector<Shape> shapes;
    for (Type argument : arguments) shapes.push_back(Shape::of(argument));
    const Shape result = Shape::of(request.returns());
    CodeBook book(language);
    const Reference code = book.assemble(language.eta_long(program, request), static_cast<int>(arguments.size()));
    Machine machine(limits);
    std::size_t largest = bytes_per_element;
    for (const auto& values : inputs) {
        std::size_t bytes = 0;
        for (const Value& value : values) bytes += footprint(value);
        for (const Shape& shape : shapes) bytes += shape.bytes_beside();
        largest = std::max(largest, bytes);
    }
    const std::int64_t room = max_written + static_cast<std::int64_t>(largest / bytes_per_element);
    Arena arena(std::min(largest, std::size_t(64) << 20));
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
        else if (auto value = result.write(word, room))
            outcomes.emplace_back(std::move(*value));
        else
            outcomes.emplace_back(Failure::memory);
    }
    return outcomes;
}

}  // namespace wakesleep
