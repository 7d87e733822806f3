#include "drawing_repertoire.hpp"

#include <algorithm>
#include <unordered_map>

namespace wakesleep {

namespace {

constexpr std::array band_ends = {10.0, 14.0, 17.0, 21.0, 1e9};

std::uint64_t hash_of(const Stroke& stroke) {
    Effect effect;
    effect.strokes.push_back(stroke);
    return effect.strokes_hash();
}

/// How far strokes go from where they begin, in cells.
double reach_of(const Effect& effect) {
    double reach = 0;
    for (const Stroke& stroke : effect.strokes) reach = std::max({reach, std::abs(stroke.x1), std::abs(stroke.y1)});
    return reach * Picture::cells_per_unit;
}

/// The same for effects of dots that end at about one place.
std::uint64_t hash_of_dot(const Effect& effect) {
    Effect coarse;
    constexpr double steps = 4 * Picture::cells_per_unit;
    coarse.end = {std::round(effect.end.x * steps) / steps, std::round(effect.end.y * steps) / steps, effect.end.heading};
    return coarse.hash();
}

}  // namespace

DrawingRepertoire::DrawingRepertoire(const DrawingBank& bank) {
    // What a stroke leads on to, by the stroke before it and by the band.
    std::unordered_map<std::uint64_t, int> known;
    const auto number_of = [&](int before, std::size_t band, const Stroke& stroke) {
        const std::uint64_t key = hash_of(stroke) ^ (static_cast<std::uint64_t>(before + 1) * 64 + band) * 0x9E3779B97F4A7C15ULL;
        const auto [found, fresh] = known.try_emplace(key, static_cast<int>(beginnings.size()));
        if (!fresh) return found->second;
        int& first = before < 0 ? bands[band].first : beginnings[static_cast<std::size_t>(before)].child;
        const int sibling = std::exchange(first, found->second);
        beginnings.push_back({.stroke = stroke, .sibling = sibling});
        return found->second;
    };
    std::unordered_map<std::uint64_t, int> by_strokes;
    std::unordered_set<std::uint64_t> dots;
    double lower = 0;
    for (double end : band_ends) bands.push_back({std::exchange(lower, end)});
    for (std::size_t s = 0; s < bank.all().size(); ++s) {
        const DrawingStatement& statement = bank.all()[s];
        const auto number = static_cast<int>(s);
        std::size_t band = 0;
        while (statement.nats >= band_ends[band]) ++band;
        if (statement.counted) {
            bands[band].counted.push_back(number);
            counted.push_back(number);
            continue;
        }
        const Effect& effect = statement.effects[0];
        if (effect.strokes.empty()) {
            idle.push_back(number);
            if (effect.end.x != 0 || effect.end.y != 0) moves.push_back(number);
            continue;
        }
        // Whatever stays within a cell is one of a few dots: there are more ways to make them than anything else.
        if (const double reach = reach_of(effect); reach < 1 && (reach < 0.125 || !dots.insert(hash_of_dot(effect)).second)) continue;
        // Statements that draw the same stand with the cheapest.
        const auto [drawing, fresh] = by_strokes.try_emplace(effect.strokes_hash(), static_cast<int>(drawings.size()));
        if (fresh) {
            int at = -1;
            for (const Stroke& stroke : effect.strokes) at = number_of(at, band, stroke);
            drawings.emplace_back();
            beginnings[static_cast<std::size_t>(at)].drawing = drawing->second;
        }
        drawings[static_cast<std::size_t>(drawing->second)].statements.push_back(number);
    }
    std::unordered_map<std::uint64_t, std::size_t> by_beginning;
    for (std::size_t o = 0; o < bank.openings().size(); ++o) {
        const DrawingOpening& opening = bank.openings()[o];
        Effect begun;
        begun.marks = opening.copies;
        begun.end.heading = opening.form;
        const bool alone = opening.settled || opening.returning;
        const std::uint64_t key = begun.hash() ^ (alone ? o * 2 + 1 : 0);
        const auto [known, fresh] = by_beginning.try_emplace(key, families.size());
        if (fresh) families.push_back({{}, opening.nats, 1, 1});
        Family& family = families[known->second];
        family.openings.push_back(static_cast<int>(o));
        family.nats = std::min(family.nats, opening.nats);
        if (alone) continue;
        family.fewest = std::min(fresh ? opening.repeats : family.fewest, static_cast<double>(opening.repeats));
        family.most = std::max(family.most, static_cast<double>(opening.repeats));
    }
    for (Family& family : families)
        std::stable_sort(family.openings.begin(), family.openings.end(), [&](int left, int right) {
            return bank.openings()[static_cast<std::size_t>(left)].repeats < bank.openings()[static_cast<std::size_t>(right)].repeats;
        });
    std::stable_sort(families.begin(), families.end(), [](const Family& left, const Family& right) { return left.nats < right.nats; });
}

}  // namespace wakesleep
