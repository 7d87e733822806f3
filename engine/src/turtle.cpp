#include "turtle.hpp"

#include "error.hpp"
#include "turtle_walk.hpp"

namespace wakesleep {

namespace {

/// Cells that were met before, for the length of one comparison.
class Met {
  public:
    Met() : bits_(std::size_t(Picture::side) * Picture::side / 64) {}
    void meet(std::size_t cell) {
        std::uint64_t& word = bits_[cell / 64];
        const std::uint64_t bit = std::uint64_t(1) << (cell % 64);
        if (word & bit) return;
        if (!word) touched_.push_back(cell / 64);
        word |= bit;
        ++count_;
    }
    std::int64_t count() const { return count_; }
    void forget() {
        for (std::size_t word : touched_) bits_[word] = 0;
        touched_.clear();
        count_ = 0;
    }

  private:
    std::vector<std::uint64_t> bits_;
    std::vector<std::size_t> touched_;
    std::int64_t count_ = 0;
};

[[noreturn]] void refuse() {
    throw EngineError("a picture is a list of strokes [x0, y0, x1, y1], each number within ±" + std::to_string(Picture::reach - 1));
}

double coordinate(const Value& value) {
    const double number = value.kind == Value::Kind::integer ? static_cast<double>(value.number) : value.real;
    if ((value.kind != Value::Kind::integer && value.kind != Value::Kind::real) || !(std::abs(number) <= Picture::reach - 1))
        refuse();
    return number;
}

template <class Item>
Item* taken(Arena& arena, std::size_t count) {
    auto* items = static_cast<Item*>(arena.take(sizeof(Item) * count));
    if (!items) throw EngineError("the value is too large");
    return items;
}

}  // namespace

Word read_turtle(const Value& value, Arena& arena) {
    if (value.kind != Value::Kind::list) refuse();
    if (value.items.empty()) return 0;
    auto* picture = taken<Picture>(arena, 1);
    auto* strokes = taken<Stroke>(arena, value.items.size());
    constexpr std::size_t words = std::size_t(Picture::side) * Picture::side / 64;
    auto* touched = taken<std::uint64_t>(arena, words);
    std::fill_n(touched, words, 0);
    std::int64_t cells = 0;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        const Value& stroke = value.items[i];
        if (stroke.kind != Value::Kind::list || stroke.items.size() != 4) refuse();
        strokes[i] = {coordinate(stroke.items[0]), coordinate(stroke.items[1]), coordinate(stroke.items[2]),
                      coordinate(stroke.items[3])};
        trace(strokes[i], [&](std::size_t cell) {
            const std::uint64_t bit = std::uint64_t(1) << (cell % 64);
            cells += !(touched[cell / 64] & bit);
            touched[cell / 64] |= bit;
            return true;
        });
    }
    *picture = {strokes, value.items.size(), touched, cells};
    auto* cell = taken<Cell>(arena, 1);
    *cell = {as_word(picture) | static_cast<Word>(Command::picture), nullptr, 1};
    return as_word(cell);
}

bool write_turtle(const Cell* turtle, Value& value, std::int64_t& room) {
    value.kind = Value::Kind::list;
    Pose at;
    bool stopped = false;
    const bool whole = follow(turtle, at, stopped, [&](const Stroke& stroke) {
        room -= 5;
        if (room < 0) return false;
        Value written;
        written.kind = Value::Kind::list;
        for (double number : {stroke.x0, stroke.y0, stroke.x1, stroke.y1}) {
            written.items.emplace_back();
            written.items.back().kind = Value::Kind::real;
            written.items.back().real = std::round(number * 1e9) / 1e9 + 0.0;
        }
        value.items.push_back(std::move(written));
        return true;
    }, [](const Picture&) { return true; });
    return whole;
}

bool draws(const Cell* turtle, const Cell* wanted) {
    thread_local Met met;
    const Picture* picture = wanted ? reinterpret_cast<const Picture*>(wanted->head & ~Word(7)) : nullptr;
    Pose at;
    bool stopped = false;
    const bool within = follow(turtle, at, stopped, [&](const Stroke& stroke) {
        return picture && trace(stroke, [&](std::size_t cell) {
                   if (!(picture->touched[cell / 64] >> (cell % 64) & 1)) return false;
                   met.meet(cell);
                   return true;
               });
    }, [](const Picture&) { return true; });
    const bool same = within && (stopped || met.count() == (picture ? picture->cells : 0));
    met.forget();
    return same;
}

}  // namespace wakesleep
