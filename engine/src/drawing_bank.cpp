#include "drawing_bank.hpp"

#include <algorithm>
#include <limits>

#include "search.hpp"

namespace wakesleep {

namespace {

constexpr double layer_nats = 0.5, never = std::numeric_limits<double>::infinity();
constexpr double value_nats = 13;
constexpr int values_of_a_type = 500, counted_values_of_a_type = 60, compared_rounds = 5;
/// Of a body, which rests there are to choose from: its own, and the one outside of it.
constexpr int inner_rests = 2;

bool moves(const Effect& effect) { return effect.end.x != 0 || effect.end.y != 0 || effect.end.heading != 0; }

}  // namespace

DrawingBank::DrawingBank(const Grammar& grammar, const DrawingLimits& limits) : limits_(limits), statements_(grammar) {
    for (const StatementForm& form : statements_.forms())
        for (std::size_t i = 0; i < form.parts.size(); ++i)
            if (form.parts[i] == Part::value) make_values(form.types[i]);
    for (double lower = 0; lower < limits_.nats && tries_ < limits_.tries && all_.size() < limits_.statements; lower += layer_nats)
        make_layer(lower, lower + layer_nats);
    open();
}

void DrawingBank::make_values(Type type) {
    if (values_.contains(type.id())) return;
    std::vector<ArgumentValue>& values = values_[type.id()];
    const Grammar& grammar = statements_.grammar();
    const Budget closed{.cpu_seconds = 1, .programs = values_of_a_type, .nats = value_nats};
    for (const Found& found : behaviours(grammar, type, {{}}, closed, nullptr)) {
        ArgumentValue value{found.program, found.cost, false, {}};
        value.words[0] = statements_.value(statements_.book().assemble(found.program, 0), -1);
        if (value.words[0]) values.push_back(value);
    }
    std::vector<std::vector<Value>> rounds(6);
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        rounds[i].resize(1);
        rounds[i][0].number = static_cast<Word>(i);
    }
    const Type integer = Type::constructor("int");
    const Budget counted{.cpu_seconds = 1, .programs = counted_values_of_a_type, .nats = value_nats};
    std::vector<Found> known = behaviours(grammar, Type::arrow(integer, type), rounds, counted, nullptr);
    if (type == integer) {  // the round itself is left out there
        const Term round = Term::lambda(Term::index_of(0));
        known.push_back({round, -grammar.log_likelihood(round, Type::arrow(integer, integer))});
    }
    for (const Found& found : known) {
        ArgumentValue value{found.program, found.cost, true, {}};
        const Reference code = statements_.book().assemble(found.program, 1);
        for (int round = 0; round < max_rounds; ++round) value.words[static_cast<std::size_t>(round)] = statements_.value(code, round);
        values.push_back(value);
    }
    std::stable_sort(values.begin(), values.end(), [](const auto& left, const auto& right) { return left.nats < right.nats; });
}

void DrawingBank::make_layer(double lower, double upper) {
    lower_ = lower;
    upper_ = upper;
    layer_.clear();
    const double end = statements_.end_nats(inner_rests);
    for (const StatementForm& form : statements_.forms()) {
        form_ = &form;
        chosen_.assign(form.parts.size(), {});
        rest_nats_.assign(form.parts.size() + 1, 0);
        for (std::size_t i = form.parts.size(); i-- > 0;) {
            double least = 0;
            if (form.parts[i] == Part::value) least = values(form.types[i]).empty() ? never : values(form.types[i]).front().nats;
            if (form.parts[i] == Part::body || form.parts[i] == Part::rounds) least = all_.empty() ? never : all_.front().nats + end;
            rest_nats_[i] = rest_nats_[i + 1] + least;
        }
        choose(0, form.nats, false);
    }
    std::stable_sort(layer_.begin(), layer_.end(), [](const auto& left, const auto& right) { return left.nats < right.nats; });
    std::move(layer_.begin(), layer_.end(), std::back_inserter(all_));
}

void DrawingBank::choose(std::size_t place, double nats, bool counted) {
    if (tries_ >= limits_.tries || nats + rest_nats_[place] >= upper_) return;
    if (place == form_->parts.size()) {
        if (nats >= lower_) add(nats, counted);
        return;
    }
    const Part part = form_->parts[place];
    if (part == Part::rest) return choose(place + 1, nats, counted);
    const double room = upper_ - nats - rest_nats_[place + 1];
    // Nothing else costs anything: what would end below the layer has been tried.
    const double least = rest_nats_[place + 1] == 0 ? lower_ - nats : 0;
    if (part == Part::value) {
        const std::vector<ArgumentValue>& known = values(form_->types[place]);
        auto first = std::lower_bound(known.begin(), known.end(), least, [](const auto& value, double bound) { return value.nats < bound; });
        for (; first != known.end() && first->nats < room; ++first) {
            chosen_[place] = {static_cast<int>(first - known.begin()), false};
            choose(place + 1, nats + first->nats, counted || first->counted);
        }
        return;
    }
    const double end = statements_.end_nats(inner_rests);
    auto first = std::lower_bound(all_.begin(), all_.end(), least - end, [](const auto& body, double bound) { return body.nats < bound; });
    for (; first != all_.end() && first->nats + end < room; ++first) {
        const double total = nats + end + first->nats;
        const auto index = static_cast<int>(first - all_.begin());
        if (part == Part::rounds) {
            chosen_[place] = {index, false};
            choose(place + 1, total, counted);
        }
        if (part == Part::body || first->counted) {
            chosen_[place] = {index, true};
            choose(place + 1, total, counted || first->counted);
        }
    }
}

void DrawingBank::add(double nats, bool counted) {
    if (counted && counted_ >= limits_.statements / 5) return;
    ++tries_;
    DrawingStatement made{form_ - statements_.forms().data() >= 0 ? static_cast<int>(form_ - statements_.forms().data()) : 0, chosen_, nats, counted, {}, {}};
    std::uint64_t behaviour = counted;
    bool varies = false;
    const auto add_round = [&](int round) {
        const Cell* commands = run(made, round);
        made.commands.emplace_back();
        made.effects.emplace_back();
        if (!commands) return;
        made.effects.back() = Effect::of(commands);
        if (made.effects.back().drawn) made.commands.back() = commands_of(commands);
    };
    const int rounds = counted ? compared_rounds : 1;
    std::uint64_t second = 0;
    for (int round = 0; round < rounds; ++round) {
        add_round(round);
        const std::uint64_t effect = made.commands.back() ? made.effects.back().hash() : 1;
        if (round == 1) second = effect;
        varies = varies || (round > 1 && effect != second);
        behaviour = (behaviour ^ effect) * 0xFF51AFD7ED558CCDULL;
        behaviour ^= behaviour >> 31;
    }
    if (counted ? !varies : !made.commands[0] || (made.effects[0].strokes.empty() && !moves(made.effects[0]))) return;
    if (!seen_.insert(behaviour).second) return;
    for (int round = rounds; counted && round < max_rounds; ++round) add_round(round);
    counted_ += counted;
    layer_.push_back(std::move(made));
}

const Cell* DrawingBank::run(const DrawingStatement& statement, int round) {
    const StatementForm& form = statements_.forms()[static_cast<std::size_t>(statement.form)];
    std::array<StatementArgument, 16> arguments;
    std::array<Splice, 4> bodies;
    std::size_t opened = 0;
    if (form.parts.size() > arguments.size()) return nullptr;
    for (std::size_t i = 0; i < form.parts.size(); ++i) {
        const DrawingArgument& argument = statement.arguments[i];
        if (form.parts[i] == Part::rest) continue;
        if (form.parts[i] == Part::value) {
            const auto word = values(form.types[i])[static_cast<std::size_t>(argument.index)].word(round);
            if (!word) return nullptr;
            arguments[i].value = *word;
            continue;
        }
        if (opened == bodies.size()) return nullptr;
        const DrawingStatement& body = all_[static_cast<std::size_t>(argument.index)];
        for (int row = 0; row < max_rounds; ++row)
            bodies[opened][static_cast<std::size_t>(row)] = body.commands_in(argument.outer ? round : row);
        arguments[i].body = &bodies[opened++];
    }
    return statements_.run(form, {arguments.data(), form.parts.size()});
}

}  // namespace wakesleep
