#include "value.hpp"

#include "error.hpp"

namespace wakesleep {

bool Value::operator<(const Value& other) const {
    if (kind != other.kind) return kind < other.kind;
    if (number != other.number) return number < other.number;
    return items < other.items;
}

std::optional<Shape> Shape::find(Type type) {
    if (type.is_variable() || type.is_arrow()) return std::nullopt;
    Shape shape;
    shape.type_ = type.to_string();
    if (type.name() == "int" && type.parameters().empty()) return shape;
    if (type.name() == "bool" && type.parameters().empty()) {
        shape.boolean_ = true;
        return shape;
    }
    if (type.name() != "list" || type.parameters().size() != 1) return std::nullopt;
    // The element of a list that stays polymorphic is never looked at: only the empty list has such a type.
    const Type element = type.parameters()[0];
    auto inner = element.is_variable() ? Shape() : find(element);
    if (!inner) return std::nullopt;
    shape.element_ = std::make_shared<Shape>(std::move(*inner));
    return shape;
}

Shape Shape::of(Type type) {
    if (auto shape = find(type)) return *shape;
    throw EngineError("values of type " + type.to_string() + " can't be read or written: use int, bool or list(...)");
}

Word Shape::read(const Value& value, Arena& arena) const {
    const bool fits = element_ ? value.kind == Value::Kind::list
                               : value.kind == (boolean_ ? Value::Kind::boolean : Value::Kind::integer);
    if (!fits) throw EngineError("the value doesn't have type " + type_);
    if (!element_) {
        if (value.number > max_integer || value.number < -max_integer)
            throw EngineError("the integer " + std::to_string(value.number) + " is beyond ±2^62");
        return value.number;
    }
    Cell* list = nullptr;
    for (std::size_t i = value.items.size(); i-- > 0;) {
        const Word head = element_->read(value.items[i], arena);
        auto* cell = static_cast<Cell*>(arena.take(sizeof(Cell)));
        if (!cell) throw EngineError("the value is too large");
        *cell = {head, list, length_of(list) + 1};
        list = cell;
    }
    return as_word(list);
}

std::optional<Value> Shape::write(Word word, std::int64_t room) const {
    Value value;
    if (!write(word, value, room)) return std::nullopt;
    return value;
}

bool Shape::write(Word word, Value& value, std::int64_t& room) const {
    if (!element_) {
        value.kind = boolean_ ? Value::Kind::boolean : Value::Kind::integer;
        value.number = word;
        return true;
    }
    value.kind = Value::Kind::list;
    room -= length_of(as_list(word));
    if (room < 0) return false;
    value.items.resize(length_of(as_list(word)));
    std::size_t i = 0;
    for (const Cell* cell = as_list(word); cell; cell = cell->tail)
        if (!element_->write(cell->head, value.items[i++], room)) return false;
    return true;
}

bool Shape::equal(Word left, Word right) const {
    if (!element_) return left == right;
    const Cell *a = as_list(left), *b = as_list(right);
    if (length_of(a) != length_of(b)) return false;
    for (; a != b && a; a = a->tail, b = b->tail)
        if (a->head != b->head && !(element_->is_list() && element_->equal(a->head, b->head))) return false;
    return true;
}

std::uint64_t Shape::hash(Word word) const {
    auto mix = [](std::uint64_t hash, std::uint64_t more) {
        hash ^= more + 0x9E3779B97F4A7C15ULL + (hash << 6) + (hash >> 2);
        hash *= 0xFF51AFD7ED558CCDULL;
        return hash ^ (hash >> 32);
    };
    if (!element_) return mix(7, static_cast<std::uint64_t>(word));
    std::uint64_t hash = mix(3, static_cast<std::uint64_t>(length_of(as_list(word))));
    for (const Cell* cell = as_list(word); cell; cell = cell->tail)
        hash = mix(hash, element_->is_list() ? element_->hash(cell->head) : static_cast<std::uint64_t>(cell->head));
    return hash;
}

}  // namespace wakesleep
