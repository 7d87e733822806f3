#include "drawing_sketches.hpp"

#include <algorithm>

namespace wakesleep {

namespace {

constexpr int max_depth = 3, max_depth_begun = 2;  // of bodies within bodies; where sketches have to begin with one
constexpr std::size_t max_copies = 64;

/// By how much sketches come later that go elsewhere before they begin as they should.
constexpr double late_nats = 10;
/// And by how much for each sketch that was made in one such body before: none keeps the others waiting for long.
constexpr double turn_nats = 0.03;

/// How much later than a sketch its statements of a band are tried: most of the dear ones lead nowhere.
constexpr std::array band_delay_nats = {0.0, 2.0, 4.0, 8.0, 12.0};

}  // namespace

double DrawingSketches::priority(const Sketch& sketch, double nats, int more) const {
    const Scope& scope = scopes_[static_cast<std::size_t>(sketch.scope)];
    const double total = target_.cells(), most = sketch.most + scope.most * more, fewest = sketch.fewest + scope.fewest * more;
    const double off = most < total ? total - most : std::max(0.0, fewest - total) / 2;
    const double late = begins(sketch) && sketch.idle ? late_nats : 0;
    return sketch.nats + nats + late + weighing_.picture * off / total;
}

void DrawingSketches::push(Next next, int number, double nats, int more, int list, int index, double delay) {
    const Sketch& sketch = sketches_[static_cast<std::size_t>(number)];
    const Scope& scope = scopes_[static_cast<std::size_t>(sketch.scope)];
    if (weighing_.begin != Begin::anything && sketch.scope > 0) delay += turn_nats * scopes_[static_cast<std::size_t>(scope.outermost)].sketches;
    if (sketch.nats + nats < limit_)
        items_.push({static_cast<float>(priority(sketch, nats, more) + delay), number, next, list, index, more});
}

void DrawingSketches::step() {
    const Item item = items_.top();
    items_.pop();
    work_ += 10;
    switch (item.next) {
        case Next::expand: return expand(item);
        case Next::draw: return next_drawing(item);
        case Next::move: return next_move(item);
        case Next::draw_counted: return draw(item.sketch, item.list, item.more > 0);
        case Next::count: return next_counted(item);
        case Next::open: return next_opening(item);
    }
}

void DrawingSketches::place(const Sketch& sketch) {
    const Scope& scope = scopes_[static_cast<std::size_t>(sketch.scope)];
    places_.clear();
    for (std::size_t copy = 0; copy < scope.copies.size(); ++copy)
        places_.push_back(Place::of(moved(scope.copies[copy].pose, pose(sketch, copy))));
}

bool DrawingSketches::covers(const Effect& effect, std::size_t copy) {
    const Place& place = places_[copy];
    return std::all_of(effect.strokes.begin(), effect.strokes.end(),
                       [&](const Stroke& stroke) { return target_.add(place(stroke), touched_.data()); });
}

void DrawingSketches::expand(const Item& item) {
    const int number = item.sketch;
    const Sketch sketch = sketches_[static_cast<std::size_t>(number)];
    const Scope& scope = scopes_[static_cast<std::size_t>(sketch.scope)];
    const auto place_of_band = static_cast<std::size_t>(item.index);
    const DrawingRepertoire::Band& band = repertoire_.bands[place_of_band];
    // A body that is drawn again and again in one place has something to do there only if it knows the round.
    const bool waits = scope.returning && !sketch.counted;
    const bool draws = waits ? false : !begins(sketch);
    const bool more_bands = (draws || waits) && place_of_band + 1 < repertoire_.bands.size();
    place(sketch);
    std::fill_n(touched_.begin(), target_.words(), 0);
    if (draws) draw_from(number, band.first, 0, place_of_band == 0);
    // In the first round alone most of these draw nothing: there is no telling yet which are worth it.
    if (scope.each)
        for (int counted : band.counted) count(number, counted);
    else if (scope.counted && place_of_band == 0 && !repertoire_.counted.empty())
        push(Next::count, number, statement(repertoire_.counted[0]).nats, 0, 0, 0);
    if (more_bands)
        push(Next::expand, number, 0, 0, 0, item.index + 1, band_delay_nats[place_of_band + 1]);
    if (place_of_band > 0) return;
    if (sketch.idle < 2 && !moves(sketch).empty()) push(Next::move, number, statement(moves(sketch)[0]).nats, 0, 0, 0);
    if (scope.depth < (weighing_.begin == Begin::anything ? max_depth : max_depth_begun) && !repertoire_.families.empty()) push(Next::open, number, repertoire_.families[0].nats, 0, 0, 0);
}

void DrawingSketches::count(int number, int counted) {
    const Sketch& sketch = sketches_[static_cast<std::size_t>(number)];
    const Scope& scope = scopes_[static_cast<std::size_t>(sketch.scope)];
    std::fill_n(touched_.begin(), target_.words(), 0);
    for (std::size_t copy = 0; copy < places_.size(); ++copy) {
        const Effect* effect = statement(counted).effect(scope.copies[copy].round);
        if (!effect || !covers(*effect, copy)) return;
    }
    const int more = sets_.missing(sketch.set, touched_.data());
    if (more > 0 || sketch.idle < 2)
        push(Next::draw_counted, number, statement(counted).nats, more, counted, 0);
}

void DrawingSketches::next_counted(const Item& item) {
    const auto next = static_cast<std::size_t>(item.index) + 1;
    if (next < repertoire_.counted.size()) push(Next::count, item.sketch, statement(repertoire_.counted[next]).nats, 0, 0, item.index + 1);
    place(sketches_[static_cast<std::size_t>(item.sketch)]);
    count(item.sketch, repertoire_.counted[next - 1]);
}

void DrawingSketches::draw_from(int number, int beginning, std::size_t level, bool retraces) {
    const std::size_t words = target_.words();
    if (touched_.size() < (level + 2) * words) touched_.resize((level + 2) * words);
    for (; beginning >= 0; beginning = repertoire_.beginnings[static_cast<std::size_t>(beginning)].sibling) {
        ++work_;
        const DrawingRepertoire::Beginning& begun = repertoire_.beginnings[static_cast<std::size_t>(beginning)];
        if (!std::all_of(places_.begin(), places_.end(), [&](const Place& place) { return target_.holds(place(begun.stroke)); })) continue;
        work_ += static_cast<std::int64_t>(places_.size());
        std::uint64_t* touched = touched_.data() + (level + 1) * words;
        std::copy_n(touched - words, words, touched);
        for (const Place& place : places_) target_.add(place(begun.stroke), touched);
        if (begun.drawing >= 0) {
            const Sketch& sketch = sketches_[static_cast<std::size_t>(number)];
            const int more = sets_.missing(sketch.set, touched);
            if (more > 0 || (sketch.idle < 2 && retraces))
                push(Next::draw, number, statement(repertoire_.drawings[static_cast<std::size_t>(begun.drawing)].statements[0]).nats, more,
                     begun.drawing, 0);
        }
        if (begun.child >= 0) draw_from(number, begun.child, level + 1, retraces);
    }
}

void DrawingSketches::next_drawing(const Item& item) {
    const std::vector<int>& statements = repertoire_.drawings[static_cast<std::size_t>(item.list)].statements;
    const auto next = static_cast<std::size_t>(item.index) + 1;
    if (next < statements.size()) push(Next::draw, item.sketch, statement(statements[next]).nats, item.more, item.list, item.index + 1);
    draw(item.sketch, statements[next - 1], item.more > 0);
}

void DrawingSketches::next_move(const Item& item) {
    const std::vector<int>& known = moves(sketches_[static_cast<std::size_t>(item.sketch)]);
    const auto next = static_cast<std::size_t>(item.index) + 1;
    if (next < known.size()) push(Next::move, item.sketch, statement(known[next]).nats, 0, 0, item.index + 1);
    draw(item.sketch, known[next - 1], false);
}

void DrawingSketches::draw(int number, int drawn, bool covers_more) {
    const Sketch before = sketches_[static_cast<std::size_t>(number)];
    const Scope& scope = scopes_[static_cast<std::size_t>(before.scope)];
    const DrawingStatement& last = statement(drawn);
    int set = before.set;
    if (covers_more) {
        place(before);
        std::fill_n(touched_.begin(), target_.words(), 0);
        for (std::size_t copy = 0; copy < places_.size(); ++copy) covers(*last.effect(scope.copies[copy].round), copy);
        set = sets_.joined(before.set, touched_.data());
    }
    const int more = sets_.count(set) - sets_.count(before.set);
    Sketch sketch{.before = number, .scope = before.scope, .statement = drawn, .set = set};
    sketch.nats = before.nats + last.nats;
    sketch.fewest = before.fewest + scope.fewest * more;
    sketch.most = before.most + scope.most * more;
    sketch.counted = before.counted || last.counted;
    new_poses_.clear();
    bool turns = before.idle == 0;
    for (std::size_t copy = 0; copy < (scope.each ? scope.copies.size() : 1); ++copy) {
        const Pose& end = last.effect(scope.copies[copy].round)->end;
        new_poses_.push_back(moved(pose(before, copy), end));
        turns = turns && end.x == 0 && end.y == 0;
    }
    sketch.idle = more ? 0 : turns ? 1 : 2;
    add(sketch);
}

void DrawingSketches::next_opening(const Item& item) {
    const auto next = static_cast<std::size_t>(item.index) + 1;
    if (next < repertoire_.families.size()) push(Next::open, item.sketch, repertoire_.families[next].nats, 0, 0, item.index + 1);
    open(item.sketch, item.index);
}

void DrawingSketches::open(int number, int opened) {
    const Sketch entry = sketches_[static_cast<std::size_t>(number)];
    const Scope& outer = scopes_[static_cast<std::size_t>(entry.scope)];
    const DrawingRepertoire::Family& family = repertoire_.families[static_cast<std::size_t>(opened)];
    const DrawingOpening& first = opening(family.openings[0]);
    if (outer.copies.size() * first.copies.size() > max_copies) return;
    if (entry.scope > 0 && first.inner >= 0 && weighing_.begin != Begin::anything) return;
    if (begins(entry) && (weighing_.begin == Begin::stacked ? !first.returning : !first.settled || first.copies.size() < 2)) return;
    Scope scope{.outer = entry.scope, .entry = number, .family = opened, .depth = outer.depth + 1, .copies = {}};
    scope.fewest = outer.fewest * std::min(family.fewest, weighing_.repeats);
    scope.most = outer.most * std::min(family.most, weighing_.repeats);
    scope.counted = first.counted || outer.counted;
    place(entry);
    for (std::size_t copy = 0; copy < outer.copies.size(); ++copy) {
        if (first.settled && !std::all_of(first.strokes.begin(), first.strokes.end(),
                                          [&](const Stroke& stroke) { return target_.holds(places_[copy](stroke)); }))
            return;
        const Pose at = moved(outer.copies[copy].pose, pose(entry, copy));
        for (const Effect::Mark& mark : first.copies)
            scope.copies.push_back({moved(at, mark.pose), first.counted ? mark.round : outer.copies[copy].round});
    }
    scope.returning = first.returning || (outer.returning && !entry.counted && !first.counted);
    scope.each = scope.counted && scope.copies.size() > 1;
    Sketch sketch{.before = -1, .scope = static_cast<int>(scopes_.size()), .set = entry.set};
    sketch.nats = entry.nats + family.nats;
    sketch.fewest = entry.fewest;
    sketch.most = entry.most;
    sketch.idle = entry.idle;
    scope.outermost = entry.scope == 0 ? sketch.scope : outer.outermost;
    new_poses_.assign(scope.each ? scope.copies.size() : 1, Pose());
    scopes_.push_back(std::move(scope));
    add(sketch);
}

void DrawingSketches::add(Sketch sketch) {
    if (sketches_.empty()) new_poses_.assign(1, Pose());
    if (sketch.nats >= limit_) return;
    // Two sketches that have come to one point, in one body, go on alike.
    auto key = static_cast<std::uint64_t>(sketch.scope) * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(sketch.set);
    const auto mix = [&](std::uint64_t more) {
        key = (key ^ more) * 0xFF51AFD7ED558CCDULL;
        key ^= key >> 31;
    };
    for (const Pose& at : new_poses_) {
        mix(static_cast<std::uint64_t>(std::llround(at.x * 1e6)));
        mix(static_cast<std::uint64_t>(std::llround(at.y * 1e6)));
        mix(static_cast<std::uint64_t>(at.heading));
    }
    mix(sketch.counted ? static_cast<std::uint64_t>(sketches_.size()) : 0);  // in other rounds they may differ
    const auto [known, fresh] = best_.try_emplace(key, sketch.nats);
    if (!fresh && known->second <= sketch.nats) return;
    known->second = sketch.nats;
    sketch.poses = static_cast<int>(poses_.size());
    poses_.insert(poses_.end(), new_poses_.begin(), new_poses_.end());
    const auto number = static_cast<int>(sketches_.size());
    sketches_.push_back(sketch);
    ++scopes_[static_cast<std::size_t>(scopes_[static_cast<std::size_t>(sketch.scope)].outermost)].sketches;
    if (sketch.scope == 0 && sets_.count(sketch.set) == target_.cells()) {
        found_.push_back({Term::lambda(beta_normal(Term::apply(sequence(number), Term::index_of(0)), false)),
                          sketch.nats + bank_.statements().end_nats(1)});
        return;
    }
    push(Next::expand, number, 0, 0, 0, 0);
    if (sketch.scope != 0 && sketch.before >= 0) close(number);
}

}  // namespace wakesleep
