// Bodies of sketches: what they do in each round, what a loop draws once it has one, and the terms they stand for.
#include "drawing_sketches.hpp"

namespace wakesleep {

std::optional<Commands> DrawingSketches::body(int number, int round) {
    std::vector<int> chain;
    for (; number >= 0; number = sketches_[static_cast<std::size_t>(number)].before) chain.push_back(number);
    Commands commands;
    for (std::size_t i = chain.size(); i-- > 0;) {
        const Sketch& sketch = sketches_[static_cast<std::size_t>(chain[i])];
        if (sketch.statement >= 0) {
            const Commands* more = statement(sketch.statement).commands_in(round);
            if (!more) return std::nullopt;
            commands.insert(commands.end(), more->begin(), more->end());
        } else if (sketch.closed >= 0) {
            Rows rows;
            const Splice splice = rounds_of(sketch.closed, opening(sketch.opening), round, rows);
            const Cell* more = bank_.close(opening(sketch.opening), splice);
            if (!more) return std::nullopt;
            const Commands written = commands_of(more);
            commands.insert(commands.end(), written.begin(), written.end());
        }
    }
    return commands;
}

Splice DrawingSketches::rounds_of(int number, const DrawingOpening& opened, int round, Rows& rows) {
    Splice splice{};
    const bool each = opened.counted && sketches_[static_cast<std::size_t>(number)].counted;
    for (std::size_t row = 0; row < splice.size(); ++row) {
        if (row == 0 || each) {
            rows[row] = body(number, opened.counted ? static_cast<int>(row) : round);
            splice[row] = rows[row] ? &*rows[row] : nullptr;
        } else {
            splice[row] = splice[0];
        }
    }
    return splice;
}

void DrawingSketches::close(int number) {
    const Scope& scope = scopes_[static_cast<std::size_t>(sketches_[static_cast<std::size_t>(number)].scope)];
    const std::vector<int>& openings = repertoire_.families[static_cast<std::size_t>(scope.family)].openings;
    int covered = -1;
    for (int each : openings) {
        const int more = close(number, each);
        if (more <= covered) return;  // it has left the picture, or goes over what it has drawn
        covered = more;
    }
}

int DrawingSketches::close(int number, int opened) {
    work_ += 50;
    const Sketch last = sketches_[static_cast<std::size_t>(number)];
    const Scope& scope = scopes_[static_cast<std::size_t>(last.scope)];
    const DrawingOpening& closed = opening(opened);
    const Sketch entry = sketches_[static_cast<std::size_t>(scope.entry)];
    const Scope& outer = scopes_[static_cast<std::size_t>(scope.outer)];
    Sketch sketch{.before = scope.entry, .scope = scope.outer, .closed = number, .opening = opened};
    const bool by_copy = last.counted && !closed.counted;
    sketch.counted = entry.counted || by_copy;
    place(entry);
    std::fill_n(touched_.begin(), target_.words(), 0);
    new_poses_.clear();
    std::vector<Stroke> strokes;
    Pose end;
    for (std::size_t copy = 0; copy < outer.copies.size(); ++copy) {
        if (copy == 0 || by_copy) {
            Rows rows;
            const Cell* commands = bank_.close(closed, rounds_of(number, closed, outer.copies[copy].round, rows));
            if (!commands) return -1;
            strokes.clear();
            end = Pose();
            bool stopped = false;
            const Place& there = places_[copy];
            if (!follow(commands, end, stopped, [&](const Stroke& stroke) {
                    if (stroke.x0 == stroke.x1 && stroke.y0 == stroke.y1) return true;
                    strokes.push_back(stroke);
                    return target_.add(there(stroke), touched_.data());
                }, [](const Picture&) { return true; }))
                return -1;
        } else {
            for (const Stroke& stroke : strokes)
                if (!target_.add(places_[copy](stroke), touched_.data())) return -1;
        }
        if (copy == 0 || outer.each) new_poses_.push_back(moved(pose(entry, copy), end));
    }
    const int more = sets_.missing(entry.set, touched_.data());
    const int covered = sets_.missing(CellSets::empty, touched_.data());
    if (more == 0) return covered;
    sketch.set = sets_.joined(entry.set, touched_.data());
    sketch.nats = last.nats + closed.nats - repertoire_.families[static_cast<std::size_t>(scope.family)].nats;
    sketch.fewest = entry.fewest + outer.fewest * more;
    sketch.most = entry.most + outer.most * more;
    add(sketch);
    return covered;
}

Term DrawingSketches::sequence(int number) const {
    const bool counted = sketches_[static_cast<std::size_t>(number)].counted;
    Term made = Term::index_of(0);
    for (; number >= 0; number = sketches_[static_cast<std::size_t>(number)].before) {
        const Sketch& sketch = sketches_[static_cast<std::size_t>(number)];
        Term step;
        bool knows = false;
        if (sketch.statement >= 0) {
            const DrawingStatement& statement = bank_.all()[static_cast<std::size_t>(sketch.statement)];
            step = bank_.term(statement);
            knows = statement.counted;
        } else if (sketch.closed >= 0) {
            const Sketch& last = sketches_[static_cast<std::size_t>(sketch.closed)];
            const DrawingOpening& opened = opening(sketch.opening);
            step = bank_.term(opened, sequence(sketch.closed), last.counted, !opened.counted);
            knows = last.counted && !opened.counted;
        } else {
            continue;
        }
        if (knows) step = Term::apply(step, Term::index_of(1));
        made = Term::apply(step, made);
    }
    made = Term::lambda(made);
    return beta_normal(counted ? Term::lambda(made) : made, false);
}

}  // namespace wakesleep
