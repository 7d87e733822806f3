#include "turtle.hpp"

#include <cmath>
#include <numbers>

#include "error.hpp"

namespace wakesleep {

namespace {

struct Pose {
    double x = 0, y = 0;
    Word heading = 0;
    bool down = true;
};

/// Calls `draw(Stroke)` for each stroke of a turtle until it says no; whether all were drawn, and whether a stop was met.
template <class Draw>
bool follow(const Cell* turtle, bool& stopped, Draw draw) {
    Pose at;
    Word looked = 0;  // the heading that these belong to
    double cosine = 1, sine = 0;
    const auto look = [&] {
        if (looked == at.heading) return;
        looked = at.heading;
        const double angle = 2 * std::numbers::pi * static_cast<double>(looked) / static_cast<double>(measure_unit);
        cosine = std::cos(angle);
        sine = std::sin(angle);
    };
    std::vector<Pose> poses;
    std::vector<char> pens;
    for (; turtle; turtle = turtle->tail) {
        const Word measure = measure_of(turtle->head);
        switch (command_of(turtle->head)) {
            case Command::forward: {
                look();
                const double length = static_cast<double>(measure) / static_cast<double>(measure_unit);
                const Stroke stroke{at.x, at.y, at.x + length * cosine, at.y + length * sine};
                if (at.down && !draw(stroke)) return false;
                at.x = stroke.x1;
                at.y = stroke.y1;
                break;
            }
            case Command::turn: at.heading = (at.heading + measure) % measure_unit; break;
            case Command::remember: poses.push_back(at); break;
            case Command::recall:
                at = poses.back();
                poses.pop_back();
                break;
            case Command::lift:
                if (!measure) pens.push_back(at.down);
                at.down = false;
                break;
            case Command::put:
                at.down = pens.back();
                pens.pop_back();
                break;
            case Command::stop: stopped = true; return true;
            case Command::picture: {
                if (!at.down) break;
                look();
                const auto* picture = reinterpret_cast<const Picture*>(turtle->head & ~Word(7));
                const auto placed = [&](double x, double y) {
                    return std::pair(at.x + x * cosine - y * sine, at.y + x * sine + y * cosine);
                };
                for (std::size_t i = 0; i < picture->count; ++i) {
                    const Stroke& stroke = picture->strokes[i];
                    const auto [x0, y0] = placed(stroke.x0, stroke.y0);
                    const auto [x1, y1] = placed(stroke.x1, stroke.y1);
                    if (!draw({x0, y0, x1, y1})) return false;
                }
            }
        }
    }
    return true;
}

/// Calls `touch(cell)` for each cell that a stroke touches, until it says no; false also where it leaves the grid.
///
/// The grid's lines are off whatever is likely to lie on a line, so that rounding seldom decides.
template <class Touch>
bool trace(const Stroke& stroke, Touch touch) {
    constexpr double scale = Picture::cells_per_unit, middle = Picture::side / 2;
    constexpr double off_x = 0.371933, off_y = 0.414241;
    const double x0 = stroke.x0 * scale + middle + off_x, y0 = stroke.y0 * scale + middle + off_y;
    const double x1 = stroke.x1 * scale + middle + off_x, y1 = stroke.y1 * scale + middle + off_y;
    const auto inside = [](double at) { return at >= 0 && at < Picture::side; };
    if (!inside(x0) || !inside(y0) || !inside(x1) || !inside(y1)) return false;
    auto column = static_cast<int>(x0), row = static_cast<int>(y0);
    const auto last_column = static_cast<int>(x1), last_row = static_cast<int>(y1);
    const int step_x = x1 < x0 ? -1 : 1, step_y = y1 < y0 ? -1 : 1;
    const double per_x = 1 / std::abs(x1 - x0), per_y = 1 / std::abs(y1 - y0);  // of the stroke, a cell's side
    double next_x = (step_x > 0 ? column + 1 - x0 : x0 - column) * per_x;
    double next_y = (step_y > 0 ? row + 1 - y0 : y0 - row) * per_y;
    for (int left = std::abs(last_column - column) + std::abs(last_row - row);; --left) {
        if (!touch(static_cast<std::size_t>(row) * Picture::side + static_cast<std::size_t>(column))) return false;
        if (left == 0) return true;
        if (row == last_row || (column != last_column && next_x < next_y)) {
            column += step_x;
            next_x += per_x;
        } else {
            row += step_y;
            next_y += per_y;
        }
    }
}

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
    bool stopped = false;
    const bool whole = follow(turtle, stopped, [&](const Stroke& stroke) {
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
    });
    return whole;
}

bool draws(const Cell* turtle, const Cell* wanted) {
    thread_local Met met;
    const Picture* picture = wanted ? reinterpret_cast<const Picture*>(wanted->head & ~Word(7)) : nullptr;
    bool stopped = false;
    const bool within = follow(turtle, stopped, [&](const Stroke& stroke) {
        return picture && trace(stroke, [&](std::size_t cell) {
                   if (!(picture->touched[cell / 64] >> (cell % 64) & 1)) return false;
                   met.meet(cell);
                   return true;
               });
    });
    const bool same = within && (stopped || met.count() == (picture ? picture->cells : 0));
    met.forget();
    return same;
}

}  // namespace wakesleep
