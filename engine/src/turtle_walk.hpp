// Walking a turtle's commands: where it is and looks, its strokes, and the cells of the grid that a stroke touches.
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "turtle.hpp"

namespace wakesleep {

struct Pose {
    double x = 0, y = 0;
    Word heading = 0;
    bool down = true;
};

/// Where a heading points.
struct Direction {
    double cosine = 1, sine = 0;

    static Direction of(Word heading) {
        // A program turns by few angles, again and again.
        thread_local std::array<std::pair<Word, Direction>, 1024> known{};
        auto& [known_heading, direction] = known[static_cast<std::size_t>((heading * 0x9E3779B97F4A7C15ULL) >> 54)];
        if (known_heading != heading) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(heading) / static_cast<double>(measure_unit);
            known_heading = heading;
            direction = {std::cos(angle), std::sin(angle)};
        }
        return direction;
    }
};

/// Strokes and points as seen by someone who is there and looks that way.
struct Place {
    double x = 0, y = 0;
    Direction direction;

    static Place of(const Pose& pose) { return {pose.x, pose.y, Direction::of(pose.heading)}; }
    std::pair<double, double> operator()(double ahead, double left) const {
        return {x + ahead * direction.cosine - left * direction.sine, y + ahead * direction.sine + left * direction.cosine};
    }
    Stroke operator()(const Stroke& stroke) const {
        const auto [x0, y0] = (*this)(stroke.x0, stroke.y0);
        const auto [x1, y1] = (*this)(stroke.x1, stroke.y1);
        return {x0, y0, x1, y1};
    }
};

/// What is at a pose, seen from where that one stands.
inline Pose moved(const Pose& pose, const Pose& on) {
    const auto [x, y] = Place::of(pose)(on.x, on.y);
    return {x, y, (pose.heading + on.heading) % measure_unit, pose.down && on.down};
}

/// Calls `draw(Stroke)` for each stroke of a turtle that starts `at`, and `meet(Picture)` for each picture that it comes to, pen
/// down or not, until one of them says no; whether all was done, and whether a stop was met. `at` is then where it is.
template <class Draw, class Meet>
bool follow(const Cell* turtle, Pose& at, bool& stopped, Draw draw, Meet meet) {
    Direction looks = Direction::of(at.heading);
    std::vector<Pose> poses;
    std::vector<char> pens;
    for (; turtle; turtle = turtle->tail) {
        const Word measure = measure_of(turtle->head);
        switch (command_of(turtle->head)) {
            case Command::forward: {
                const double length = static_cast<double>(measure) / static_cast<double>(measure_unit);
                const Stroke stroke{at.x, at.y, at.x + length * looks.cosine, at.y + length * looks.sine};
                if (at.down && !draw(stroke)) return false;
                at.x = stroke.x1;
                at.y = stroke.y1;
                break;
            }
            case Command::turn:
                at.heading = (at.heading + measure) % measure_unit;
                looks = Direction::of(at.heading);
                break;
            case Command::remember: poses.push_back(at); break;
            case Command::recall:
                at = poses.back();
                poses.pop_back();
                looks = Direction::of(at.heading);
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
                const auto& picture = *reinterpret_cast<const Picture*>(turtle->head & ~Word(7));
                if (!meet(picture)) return false;
                if (!at.down) break;
                const Place place{at.x, at.y, looks};
                for (std::size_t i = 0; i < picture.count; ++i)
                    if (!draw(place(picture.strokes[i]))) return false;
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

}  // namespace wakesleep
