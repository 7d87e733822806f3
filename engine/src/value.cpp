#include "value.hpp"

#include <cmath>

#include "error.hpp"
#include "tower.hpp"
#include "turtle.hpp"

namespace wakesleep {

bool Value::operator<(const Value& other) const {
    if (kind != other.kind) return kind < other.kind;
    if (number != other.number) return number < other.number;
    if (real != other.real) return real < other.real;
    if (text != other.text) return text < other.text;
    return items < other.items;
}

std::optional<Shape> Shape::find(Type type) {
    if (type.is_variable() || type.is_arrow()) return std::nullopt;
    Shape shape;
    shape.type_ = type.to_string();
    constexpr std::pair<const char*, Layout> scalars[] = {
        {"int", Layout::integer},    {"bool", Layout::boolean},    {"real", Layout::real},
        {"char", Layout::character}, {"tangle", Layout::measure}, {"tlength", Layout::measure}};
    for (const auto& [name, layout] : scalars) {
        if (type.name() != name || !type.parameters().empty()) continue;
        shape.layout_ = layout;
        return shape;
    }
    if (type.name() == "tower" || type.name() == "turtle") {
        shape.layout_ = type.name() == "tower" ? Layout::tower : Layout::turtle;
        shape.element_ = std::make_shared<Shape>();
        return shape;
    }
    if (type.name() != "list" || type.parameters().size() != 1) return std::nullopt;
    // The element of a list that stays polymorphic is never looked at: only the empty list has such a type.
    const Type element = type.parameters()[0];
    auto inner = element.is_variable() ? Shape() : find(element);
    if (!inner) return std::nullopt;
    shape.layout_ = Layout::list;
    shape.element_ = std::make_shared<Shape>(std::move(*inner));
    return shape;
}

Shape Shape::of(Type type) {
    if (auto shape = find(type)) return *shape;
    throw EngineError("values of type " + type.to_string() +
                      " can't be read or written: use int, bool, real, char, tower, turtle or list(...)");
}

std::size_t Shape::bytes_beside() const { return layout_ == Layout::turtle ? picture_bytes : 0; }

void Shape::refuse() const { throw EngineError("the value doesn't have type " + type_); }

Word Shape::read(const Value& value, Arena& arena) const {
    if (!element_) return read_scalar(value);
    if (layout_ == Layout::tower) return read_tower(value, arena);
    if (layout_ == Layout::turtle) return read_turtle(value, arena);
    const bool text = value.kind == Value::Kind::text;
    if (text ? !is_text() : value.kind != Value::Kind::list) refuse();
    Cell* list = nullptr;
    for (std::size_t i = text ? value.text.size() : value.items.size(); i-- > 0;) {
        const Word head = text ? static_cast<Word>(value.text[i]) : element_->read(value.items[i], arena);
        auto* cell = static_cast<Cell*>(arena.take(sizeof(Cell)));
        if (!cell) throw EngineError("the value is too large");
        *cell = {head, list, length_of(list) + 1};
        list = cell;
    }
    return as_word(list);
}

Word Shape::read_scalar(const Value& value) const {
    const bool number = value.kind == Value::Kind::integer;
    switch (layout_) {
        case Layout::boolean:
            if (value.kind != Value::Kind::boolean) refuse();
            return value.number;
        case Layout::real:
            if (!number && value.kind != Value::Kind::real) refuse();
            if (!number && !std::isfinite(value.real)) throw EngineError("a real is finite: NaN and infinities aren't allowed");
            return real_word(number ? static_cast<double>(value.number) : value.real);
        case Layout::measure:
            if (!number && value.kind != Value::Kind::real) refuse();
            if (const double units = number ? static_cast<double>(value.number) : value.real; std::abs(units) < 1 << 20)
                return std::llround(units * static_cast<double>(measure_unit));
            throw EngineError("a length or an angle is below 2^20");
        case Layout::character:
            if (value.kind != Value::Kind::text || value.text.size() != 1) refuse();
            return static_cast<Word>(value.text[0]);
        default:
            if (!number) refuse();
            if (value.number > max_integer || value.number < -max_integer)
                throw EngineError("the integer " + std::to_string(value.number) + " is beyond ±2^62");
            return value.number;
    }
}

std::optional<Value> Shape::write(Word word, std::int64_t room) const {
    Value value;
    if (!write(word, value, room)) return std::nullopt;
    return value;
}

bool Shape::write(Word word, Value& value, std::int64_t& room) const {
    switch (layout_) {
        case Layout::boolean:
            value.kind = Value::Kind::boolean;
            value.number = word;
            return true;
        case Layout::real:
            value.kind = Value::Kind::real;
            value.real = as_real(word);
            return true;
        case Layout::character:
            value.kind = Value::Kind::text;
            value.text.assign(1, static_cast<char32_t>(word));
            return true;
        case Layout::measure:
            value.kind = Value::Kind::real;
            value.real = static_cast<double>(word) / static_cast<double>(measure_unit);
            return true;
        case Layout::list: break;
        case Layout::tower: return write_tower(as_list(word), value, room);
        case Layout::turtle: return write_turtle(as_list(word), value, room);
        default: value.number = word; return true;
    }
    room -= length_of(as_list(word));
    if (room < 0) return false;
    if (is_text()) {
        value.kind = Value::Kind::text;
        for (const Cell* cell = as_list(word); cell; cell = cell->tail)
            value.text.push_back(static_cast<char32_t>(cell->head));
        return true;
    }
    value.kind = Value::Kind::list;
    value.items.resize(length_of(as_list(word)));
    std::size_t i = 0;
    for (const Cell* cell = as_list(word); cell; cell = cell->tail)
        if (!element_->write(cell->head, value.items[i++], room)) return false;
    return true;
}

bool Shape::equal(Word left, Word right) const {
    if (!element_) return left == right;
    const Cell *a = as_list(left), *b = as_list(right);
    if (layout_ == Layout::turtle) return is_picture(b) ? draws(a, b) : draws(b, a);
    if (length_of(a) != length_of(b)) return false;
    for (; a != b && a; a = a->tail, b = b->tail)
        if (a->head != b->head && !(element_->is_list() && element_->equal(a->head, b->head))) return false;
    return true;
}

template <class OfScalar>
std::uint64_t Shape::hash(Word word, OfScalar of_scalar) const {
    auto mix = [](std::uint64_t hash, std::uint64_t more) {
        hash ^= more + 0x9E3779B97F4A7C15ULL + (hash << 6) + (hash >> 2);
        hash *= 0xFF51AFD7ED558CCDULL;
        return hash ^ (hash >> 32);
    };
    if (!element_) return mix(7, of_scalar(*this, word));
    std::uint64_t hash = mix(3, static_cast<std::uint64_t>(length_of(as_list(word))));
    for (const Cell* cell = as_list(word); cell; cell = cell->tail)
        hash = mix(hash, element_->is_list() ? element_->hash(cell->head, of_scalar) : of_scalar(*element_, cell->head));
    return hash;
}

std::uint64_t Shape::hash(Word word) const {
    return hash(word, [](const Shape&, Word scalar) { return static_cast<std::uint64_t>(scalar); });
}

std::uint64_t Shape::rounded_hash(Word word) const {
    constexpr std::uint64_t dropped = 1 << 16;  // of a fraction of 52 bits
    return hash(word, [](const Shape& shape, Word scalar) {
        const auto bits = static_cast<std::uint64_t>(scalar);
        return shape.is_real() ? (bits + dropped / 2) & ~(dropped - 1) : bits;
    });
}

}  // namespace wakesleep
