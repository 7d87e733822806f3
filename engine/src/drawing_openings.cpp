// Statements whose bodies are open: where a body will be drawn, and what a statement does once it has one.
#include <algorithm>
#include <tuple>

#include "drawing_bank.hpp"

namespace wakesleep {

namespace {

constexpr int inner_rests = 2;
/// Copies of a body that are looked at together.
constexpr std::size_t max_copies = 24;

/// Each row a mark, and what follows it.
struct Marked {
    explicit Marked(const Commands& after) {
        for (int round = 0; round < max_rounds; ++round) {
            const auto row = static_cast<std::size_t>(round);
            rows[row].push_back(mark_of(round));
            rows[row].insert(rows[row].end(), after.begin(), after.end());
            splice[row] = &rows[row];
        }
    }
    std::array<Commands, max_rounds> rows;
    Splice splice;
};

bool same_place(const Pose& left, const Pose& right) {
    return std::abs(left.x - right.x) < 1e-6 && std::abs(left.y - right.y) < 1e-6 && left.heading == right.heading;
}

}  // namespace

std::vector<StatementArgument> DrawingBank::closed_arguments(const DrawingOpening& opening) const {
    const StatementForm& form = statements_.forms()[static_cast<std::size_t>(opening.form)];
    std::vector<StatementArgument> arguments(form.parts.size());
    for (std::size_t i = 0; i < form.parts.size(); ++i)
        if (form.parts[i] == Part::value)
            arguments[i].value = *values(form.types[i])[static_cast<std::size_t>(opening.arguments[i].index)].word(0);
    return arguments;
}

const Cell* DrawingBank::close(const DrawingOpening& opening, const Splice& body) {
    const StatementForm& form = statements_.forms()[static_cast<std::size_t>(opening.form)];
    std::vector<StatementArgument> arguments = closed_arguments(opening);
    if (opening.inner < 0) {
        arguments[opening.body].body = &body;
        return statements_.run(form, arguments);
    }
    const DrawingOpening& inner = openings_[static_cast<std::size_t>(opening.inner)];
    const Commands& then = all_[static_cast<std::size_t>(opening.then)].commands[0].value();
    std::array<Commands, max_rounds> rows;
    Splice rounds{};
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (row > 0 && body[row] == body[row - 1]) {
            rounds[row] = rounds[row - 1];
            continue;
        }
        Splice one{};
        one[0] = body[row];
        const Cell* commands = body[row] ? close(inner, one) : nullptr;
        if (!commands) continue;
        rows[row] = commands_of(commands);
        rows[row].insert(rows[row].end(), then.begin(), then.end());
        rounds[row] = &rows[row];
    }
    arguments[opening.body].body = &rounds;
    return statements_.run(form, arguments);
}

void DrawingBank::open() {
    // Statements of one form, their other arguments the cheapest values.
    for (std::size_t f = 0; f < statements_.forms().size(); ++f) {
        const StatementForm& form = statements_.forms()[f];
        std::size_t body = form.parts.size(), bodies = 0;
        for (std::size_t i = 0; i < form.parts.size(); ++i)
            if (form.parts[i] == Part::body || form.parts[i] == Part::rounds) {
                body = i;
                ++bodies;
            }
        if (bodies != 1) continue;
        DrawingOpening opening{.form = static_cast<int>(f), .arguments = std::vector<DrawingArgument>(form.parts.size()), .body = body,
                               .nats = form.nats + statements_.end_nats(inner_rests), .copies = {}, .strokes = {}};
        opening.counted = form.parts[body] == Part::rounds;
        std::vector<DrawingOpening> made{opening};
        for (std::size_t i = 0; i < form.parts.size(); ++i) {
            if (form.parts[i] != Part::value) continue;
            std::vector<DrawingOpening> more;
            const std::vector<ArgumentValue>& known = values(form.types[i]);
            for (const DrawingOpening& each : made)
                for (std::size_t v = 0; v < known.size(); ++v) {
                    if (known[v].counted || each.nats + known[v].nats > limits_.opening_nats) continue;
                    more.push_back(each);
                    more.back().arguments[i] = {static_cast<int>(v), false};
                    more.back().nats += known[v].nats;
                }
            std::stable_sort(more.begin(), more.end(), [](const auto& left, const auto& right) { return left.nats < right.nats; });
            if (more.size() > limits_.openings / 4) more.resize(limits_.openings / 4);
            made = std::move(more);
        }
        for (DrawingOpening& each : made) add_opening(std::move(each));
    }
    std::stable_sort(openings_.begin(), openings_.end(), [](const auto& left, const auto& right) { return left.nats < right.nats; });
    if (openings_.size() > limits_.openings / 2) openings_.resize(limits_.openings / 2);

    // A loop that draws a body, goes back, and moves on: so the copies' places are known before the body is.
    const std::size_t single = openings_.size();
    std::vector<DrawingOpening> planned;
    for (std::size_t outer = 0; outer < single; ++outer) {
        if (openings_[outer].settled || openings_[outer].returning || openings_[outer].repeats < 2) continue;
        for (std::size_t inner = 0; inner < single; ++inner) {
            if (!openings_[inner].settled || openings_[inner].counted || openings_[inner].repeats > 1) continue;
            for (std::size_t then = 0; then < all_.size(); ++then) {
                const double nats = openings_[outer].nats + openings_[inner].nats + all_[then].nats;
                if (nats > limits_.opening_nats) break;
                if (all_[then].counted) continue;
                planned.push_back(openings_[outer]);
                planned.back().inner = static_cast<int>(inner);
                planned.back().then = static_cast<int>(then);
                planned.back().nats = nats;
            }
        }
    }
    std::stable_sort(planned.begin(), planned.end(), [](const auto& left, const auto& right) { return left.nats < right.nats; });
    for (DrawingOpening& each : planned) {
        if (openings_.size() >= limits_.openings) break;
        add_opening(std::move(each));
    }
    // Inner ones are referred to by number: from here on they stay where they are, and the order by nats is the search's affair.
}

void DrawingBank::add_opening(DrawingOpening opening) {
    static const Commands nothing, away = {command_word(Command::forward, measure_unit * 37 / 100),
                                           command_word(Command::turn, measure_unit * 13 / 100)};
    static const Marked still(nothing), moving(away);
    const Cell* commands = close(opening, still.splice);
    if (!commands) return;
    const Effect rest = Effect::of(commands);
    commands = close(opening, moving.splice);
    if (!commands) return;
    const Effect moved = Effect::of(commands);
    if (!rest.drawn || rest.marks.empty() || rest.marks.size() != moved.marks.size() || rest.marks.size() > max_copies) return;
    bool settled = same_place(rest.end, moved.end), repeated = false, counted = false;
    for (std::size_t i = 0; i < rest.marks.size(); ++i) {
        if (!rest.marks[i].pose.down) return;  // nothing would be drawn
        settled = settled && same_place(rest.marks[i].pose, moved.marks[i].pose);
        counted = counted || rest.marks[i].round != rest.marks[0].round;
        for (std::size_t j = 0; j < i; ++j)
            repeated = repeated || same_place(rest.marks[i].pose, rest.marks[j].pose);
    }
    if (opening.inner >= 0 && (!settled || repeated)) return;
    opening.settled = settled && !repeated;
    opening.repeats = static_cast<int>(rest.marks.size());
    opening.strokes = rest.strokes;
    opening.copies = rest.marks;
    if (opening.settled) {
        // In what order the copies are drawn makes no difference.
        Effect known = rest;
        if (!counted)
            std::sort(known.marks.begin(), known.marks.end(), [](const auto& left, const auto& right) {
                const auto key = [](const Pose& at) {
                    return std::tuple(std::llround(at.x * 1e6), std::llround(at.y * 1e6), at.heading);
                };
                return key(left.pose) < key(right.pose);
            });
        if (!seen_openings_.insert(known.hash()).second) return;
        openings_.push_back(std::move(opening));
        return;
    }
    if (counted) {
        openings_.push_back(opening);
        openings_.back().returning = true;
    }
    if (opening.repeats < 2) return;
    opening.copies.resize(1);
    openings_.push_back(std::move(opening));
}

Term DrawingBank::body_term(Term function, bool counted, bool outer, Part part) const {
    // In the scope of the statement: 0 its rest, 1 the round around it, both moved up by what the body binds.
    const int bound = part == Part::rounds ? 2 : 1;
    Term body = function;
    if (counted) body = Term::apply(body, Term::index_of(part == Part::rounds && !outer ? 1 : bound + 1));
    body = Term::apply(body, Term::index_of(0));
    for (int i = 0; i < bound; ++i) body = Term::lambda(body);
    return body;
}

Term DrawingBank::applied(const StatementForm& form, const std::vector<DrawingArgument>& arguments, const std::vector<Term>& bodies,
                          bool counted) const {
    Term made = statements_.grammar().language()->productions()[static_cast<std::size_t>(form.production)].term;
    std::size_t next = 0;
    for (std::size_t i = 0; i < form.parts.size(); ++i) {
        Term argument = Term::index_of(0);
        if (form.parts[i] == Part::value) {
            const ArgumentValue& value = values(form.types[i])[static_cast<std::size_t>(arguments[i].index)];
            argument = value.counted ? Term::apply(value.term, Term::index_of(1)) : value.term;
        } else if (form.parts[i] != Part::rest) {
            argument = bodies[next++];
        }
        made = Term::apply(made, argument);
    }
    made = Term::lambda(made);
    return beta_normal(counted ? Term::lambda(made) : made, false);
}

Term DrawingBank::term(const DrawingStatement& statement) const {
    const StatementForm& form = statements_.forms()[static_cast<std::size_t>(statement.form)];
    std::vector<Term> bodies;
    for (std::size_t i = 0; i < form.parts.size(); ++i) {
        if (form.parts[i] != Part::body && form.parts[i] != Part::rounds) continue;
        const DrawingStatement& body = all_[static_cast<std::size_t>(statement.arguments[i].index)];
        bodies.push_back(body_term(term(body), body.counted, statement.arguments[i].outer, form.parts[i]));
    }
    return applied(form, statement.arguments, bodies, statement.counted);
}

Term DrawingBank::term(const DrawingOpening& opening, Term body, bool counted, bool outer) const {
    const StatementForm& form = statements_.forms()[static_cast<std::size_t>(opening.form)];
    if (opening.inner < 0)
        return applied(form, opening.arguments, {body_term(body, counted, outer, form.parts[opening.body])}, counted && outer);
    // λ round. λ rest. inner(body)(then(rest)), where the round is the one that the body knows
    const Term inside = term(openings_[static_cast<std::size_t>(opening.inner)], body, counted, true);
    Term sequence = Term::apply(counted ? Term::apply(inside, Term::index_of(1)) : inside,
                                Term::apply(term(all_[static_cast<std::size_t>(opening.then)]), Term::index_of(0)));
    sequence = Term::lambda(sequence);
    if (counted) sequence = Term::lambda(sequence);
    return applied(form, opening.arguments, {body_term(beta_normal(sequence, false), counted, outer, form.parts[opening.body])}, counted && outer);
}

}  // namespace wakesleep
