#include "tower_rounds.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace wakesleep {

namespace {

/// Counts of loops inside: so much for the first copy, and this much more for each.
constexpr int most_count = 12, steepest_count = 2;
/// What an index may save a copy over the explanation of that copy alone.
constexpr double saving = 4;

}  // namespace

TowerRounds::TowerRounds(TowerExplainer& explainer, int start, int count, Form lengths)
    : all_(explainer), lengths_(lengths) {
    int next = start;
    for (int k = 0; k < count; ++k) {
        first_.push_back(next);
        length_.push_back(lengths.at(k));
        next += lengths.at(k);
    }
    // Before a copy the hand is at its first block, as far as that is a question of moves alone; before an empty copy,
    // where it would be if its steps grew as they do elsewhere.
    for (std::size_t k = 0; k < first_.size(); ++k) hand_.push_back(length_[k] > 0 ? all_.plan_.x(first_[k]) : 0);
    const auto beyond = [&](std::size_t a, std::size_t b, std::size_t c) {
        return count > 3 ? 3 * hand_[a] - 3 * hand_[b] + hand_[c] : 2 * hand_[a] - hand_[b];
    };
    const auto last = static_cast<std::size_t>(count) - 1;
    if (length_.front() == 0) hand_.front() = beyond(1, 2, 3);
    if (length_.back() == 0) hand_.back() = beyond(last - 1, last - 2, last - 3);
}

/// Whether each shape's blocks grow from copy to copy as they have to.
bool TowerRounds::plausible() const {
    if (length_[1] == 0 || length_[length_.size() - 2] == 0) return false;
    std::vector<int> upright;
    for (std::size_t k = 0; k < first_.size(); ++k) {
        int count = 0;
        for (int i = 0; i < length_[k]; ++i) count += all_.plan_.shape(first_[k] + i) == 0;
        upright.push_back(count);
    }
    const std::vector<char> counts(first_.size(), 1);
    Form form;
    if (!form_through(upright, counts, form)) return false;
    int common = -1;
    for (std::size_t k = 0; k < first_.size(); ++k) {
        if (length_[k] == 0) continue;
        const int shape = all_.plan_.shape(first_[k]);
        if (common >= 0 && shape != common) return false;
        common = shape;
    }
    return true;
}

std::vector<TowerExplainer::Rounds> TowerRounds::explain(double limit) {
    if (!plausible()) return {};
    const double around = all_.prices_.loop + all_.inner_.rest;
    if (left({}) + around >= limit) return {};
    const int n = this->n(), length = lengths_.constant * n + lengths_.slope * n * (n - 1) / 2;
    std::vector<int> wanted;
    for (std::size_t k = 1; k < hand_.size(); ++k) wanted.push_back(hand_[k] - hand_[k - 1]);
    const std::vector<char> counts(wanted.size(), 1);
    std::vector<TowerExplainer::Rounds> found;
    for (const Reached& reached : reachable({}, limit - around, true)) {
        if (!(reached.state.built == lengths_)) continue;
        std::vector<int> left;
        for (int k = 0; k + 1 < n; ++k) left.push_back(wanted[static_cast<std::size_t>(k)] - reached.state.hand.at(k));
        Form whole;
        if (!form_through(left, counts, whole)) continue;
        // The move from one copy to the next may be the end of a copy, or the beginning of the next, or both.
        const Form part{0, whole.slope}, rest{whole.constant - whole.slope, 0};
        for (const auto& [lead, tail] : {std::pair(Form{}, whole), std::pair(part, rest), std::pair(part + rest, Form{})}) {
            const double price =
                reached.price + all_.inner_.moves.price(lead) + all_.inner_.moves.price(tail) + around;
            if (price >= limit) continue;
            const int start = hand_.front() - lead.constant;
            const int end = hand_.back() + reached.state.hand.at(n - 1) + tail.at(n - 1);
            const auto other = std::find_if(found.begin(), found.end(),
                                            [&](const auto& each) { return each.start == start && each.end == end; });
            TowerStep step{.kind = TowerStep::Kind::loop, .count = {n, 0}, .body = reached.last, .lead = lead, .tail = tail};
            step.indexed = true;
            TowerExplainer::Rounds made{length, start, end, price, std::move(step)};
            if (other == found.end())
                found.push_back(std::move(made));
            else if (price < other->price)
                *other = std::move(made);
        }
    }
    return found;
}

double TowerRounds::left(const State& state) const {
    double most = 0;
    for (std::size_t k = 0; k < first_.size(); ++k) {
        const int built = state.built.at(static_cast<int>(k)), rest = length_[k] - built;
        if (rest <= 0) continue;
        const auto& from = all_.ways_[static_cast<std::size_t>(first_[k] + built)];
        if (static_cast<std::size_t>(rest) >= from.size() || from[static_cast<std::size_t>(rest)].empty()) continue;
        most = std::max(most, from[static_cast<std::size_t>(rest)].front().price - saving);
    }
    return most;
}

/// All states that come after `from`, `from` itself included, each with its cheapest chain of instructions. `aside`: parts of
/// them may be built aside.
std::vector<TowerRounds::Reached> TowerRounds::reachable(const State& from, double limit, bool aside) {
    const int n = this->n();
    const auto total = [&](const State& state) { return n * state.built.constant + state.built.slope * n * (n - 1) / 2; };
    struct Open {
        State state;
        double price;
        TowerStep step;
    };
    std::map<int, std::map<std::tuple<int, int, int, int>, Open>> open;
    std::vector<Reached> reached;
    const auto take = [&](const State& state, double price, TowerStep step) {
        ++all_.tried_;
        if (price >= limit || (aside && price + left(state) >= limit)) return;
        auto& there = open[total(state)];
        const auto found = there.find(state.key());
        if (found == there.end())
            there.emplace(state.key(), Open{state, price, std::move(step)});
        else if (price < found->second.price)
            found->second = {state, price, std::move(step)};
    };
    const auto go_on = [&](const Reached& at) {
        expand(at, limit, aside, [&](const State& state, double price, TowerStep step) {
            step.previous = at.last;
            take(state, price, std::move(step));
        });
    };
    reached.push_back({from, 0, -1});
    go_on(reached.back());
    while (!open.empty() && !all_.out_of_time()) {
        auto now = std::move(open.begin()->second);
        open.erase(open.begin());
        for (auto& [key, each] : now) {
            reached.push_back({each.state, each.price, all_.keep_step(std::move(each.step))});
            go_on(Reached(reached.back()));
        }
    }
    return reached;
}

template <typename Take>
void TowerRounds::expand(const Reached& at, double limit, bool aside, const Take& take) {
    expand_blocks(at, take);
    expand_loops(at, take);
    expand_calls(at, take);
    if (!aside) return;
    const double around = all_.prices_.embed + all_.inner_.rest + std::log(1.5);
    std::map<std::pair<int, int>, Reached> best;  // by what is built
    for (const Reached& each : reachable(at.state, limit - at.price - around, false)) {
        if (each.last < 0) continue;
        const auto [found, made] = best.try_emplace({each.state.built.constant, each.state.built.slope}, each);
        if (!made && each.price < found->second.price) found->second = each;
    }
    for (const auto& [built, each] : best)
        take(State{each.state.built, at.state.hand}, at.price + around + each.price,
             TowerStep{.kind = TowerStep::Kind::embed, .body = each.last});
}

bool TowerRounds::move_to(const State& state, const std::vector<int>& places, const std::vector<char>& counts,
                          Form& move) const {
    std::vector<int> shifts;
    for (std::size_t k = 0; k < first_.size(); ++k) shifts.push_back(places[k] - hand_[k] - state.hand.at(static_cast<int>(k)));
    return form_through(shifts, counts, move);
}

template <typename Take>
void TowerRounds::expand_blocks(const Reached& at, const Take& take) {
    const std::size_t n = first_.size();
    std::vector<int> places(n);
    const std::vector<char> counts(n, 1);
    int shape = -1;
    for (std::size_t k = 0; k < n; ++k) {
        const int built = at.state.built.at(static_cast<int>(k));
        if (built >= length_[k]) return;
        const int next = first_[k] + built;
        if (shape >= 0 && all_.plan_.shape(next) != shape) return;
        shape = all_.plan_.shape(next);
        places[k] = all_.plan_.x(next);
    }
    Form move;
    if (!move_to(at.state, places, counts, move)) return;
    State state = at.state;
    ++state.built.constant;
    state.hand = state.hand + move;
    take(state, at.price + all_.inner_.moves.price(move) + all_.prices_.blocks[static_cast<std::size_t>(shape)],
         TowerStep{.kind = TowerStep::Kind::block, .move = move, .shape = shape});
}

/// Loops over what is the same in all copies and in each round.
template <typename Take>
void TowerRounds::expand_loops(const Reached& at, const Take& take) {
    const std::size_t n = first_.size();
    const TowerPlan& plan = all_.plan_;
    std::vector<int> places(n), next(n), left(n);
    int longest = 0;
    for (std::size_t k = 0; k < n; ++k) {
        const int built = at.state.built.at(static_cast<int>(k));
        next[k] = first_[k] + built;
        left[k] = length_[k] - built;
        longest = std::max(longest, left[k]);
        places[k] = left[k] > 0 ? plan.x(next[k]) : 0;
    }
    std::vector<char> counts(n);
    for (int slope = -steepest_count; slope <= steepest_count; ++slope) {
        for (int constant = 0; constant <= most_count; ++constant) {
            const Form count{slope < 0 ? constant - slope * (static_cast<int>(n) - 1) : constant, slope};
            if (slope == 0 && constant < 2) continue;
            const double counted = all_.inner_.integers.price(count);
            if (counted == unaffordable) continue;
            for (int part = 1; part <= longest; ++part) {
                int base = -1, shift = 0;
                bool fits = true, shifted = false;
                for (std::size_t k = 0; k < n && fits; ++k) {
                    const int times = count.at(static_cast<int>(k));
                    counts[k] = times > 0;
                    if (times == 0) continue;
                    fits = times * part <= left[k];
                    if (!fits) break;
                    if (base < 0) base = next[k];
                    fits = plan.same(base, next[k]) >= part && (times < 2 || plan.copies(next[k], part) >= times);
                    if (!fits || times < 2) continue;
                    const int own = plan.x(next[k] + part) - plan.x(next[k]);
                    fits = !shifted || own == shift;
                    shift = own;
                    shifted = true;
                }
                if (!fits || base < 0) continue;
                const auto& from = all_.ways_[static_cast<std::size_t>(base)];
                if (static_cast<std::size_t>(part) >= from.size() || from[static_cast<std::size_t>(part)].empty()) continue;
                Form move;
                if (!move_to(at.state, places, counts, move)) continue;
                if (!shifted) shift = from[static_cast<std::size_t>(part)].front().hand - plan.x(base);
                for (const TowerBody& body : all_.bodies(base, part, shift)) {
                    State state = at.state;
                    state.built = state.built + Form{count.constant * part, count.slope * part};
                    const Form first = move + Form{-body.lead, 0};
                    state.hand = state.hand + first + Form{count.constant * shift, count.slope * shift};
                    TowerStep step{.kind = TowerStep::Kind::loop, .move = first, .count = count, .body = body.last,
                                   .lead = {body.lead, 0}, .tail = {body.tail, 0}};
                    take(state, at.price + all_.inner_.moves.price(first) + all_.prices_.loop + counted + body.price +
                                    all_.inner_.rest + std::log(1.5), std::move(step));
                }
            }
        }
    }
}

/// Calls with integers that are forms, found from those that fit the first two copies.
template <typename Take>
void TowerRounds::expand_calls(const Reached& at, const Take& take) {
    const std::size_t n = first_.size();
    const TowerPlan& plan = all_.plan_;
    const auto fitting = [&](std::size_t k) {
        const int next = first_[k] + at.state.built.at(static_cast<int>(k));
        const int left = length_[k] - at.state.built.at(static_cast<int>(k));
        std::vector<int> calls = all_.blockless_;
        if (left > 0)
            for (int each : all_.matching_[static_cast<std::size_t>(next)])
                if (static_cast<int>(all_.calls_[static_cast<std::size_t>(each)].blocks.size()) <= left) calls.push_back(each);
        return calls;
    };
    std::vector<std::vector<int>> found(n);
    for (std::size_t k = 0; k < n; ++k) {
        found[k] = fitting(k);
        if (found[k].empty()) return;
    }
    const auto integers_of = [&](int each) {
        std::vector<int> integers;
        for (const auto& argument : all_.calls_[static_cast<std::size_t>(each)].arguments)
            if (argument.text.empty()) integers.push_back(argument.value);
        return integers;
    };
    for (int one : found[0]) {
        for (int other : found[1]) {
            const TowerCall& call = all_.calls_[static_cast<std::size_t>(one)];
            if (call.family != all_.calls_[static_cast<std::size_t>(other)].family) continue;
            const std::vector<int> values = integers_of(one), later = integers_of(other);
            std::vector<Form> forms;
            double price = call.price;
            for (std::size_t i = 0; i < values.size(); ++i) {
                forms.push_back({values[i], later[i] - values[i]});
                price += all_.inner_.integers.price(forms.back());
            }
            if (price == unaffordable) continue;
            std::vector<int> places(n), lengths(n), shifts(n), wanted(values.size());
            std::vector<char> counts(n, 1), building(n);
            bool fits = true, builds = false;
            for (std::size_t k = 0; k < n && fits; ++k) {
                for (std::size_t i = 0; i < forms.size(); ++i) wanted[i] = forms[i].at(static_cast<int>(k));
                const auto known = all_.by_integers_.find({call.family, wanted});
                fits = known != all_.by_integers_.end() &&
                       std::find(found[k].begin(), found[k].end(), known->second) != found[k].end();
                if (!fits) break;
                const TowerCall& own = all_.calls_[static_cast<std::size_t>(known->second)];
                lengths[k] = static_cast<int>(own.blocks.size());
                shifts[k] = own.displacement;
                building[k] = lengths[k] > 0;
                if (!building[k]) continue;
                builds = true;
                places[k] = plan.x(first_[k] + at.state.built.at(static_cast<int>(k))) - own.blocks.front().x;
            }
            Form length, shift, move;
            if (!fits || !builds || !form_through(lengths, counts, length) || !form_through(shifts, counts, shift) ||
                !move_to(at.state, places, building, move))
                continue;
            State state = at.state;
            state.built = state.built + length;
            state.hand = state.hand + move + shift;
            TowerStep step;
            step.kind = TowerStep::Kind::call;
            step.move = move;
            step.call = one;
            step.integers = forms;
            take(state, at.price + all_.inner_.moves.price(move) + price, std::move(step));
        }
    }
}

}  // namespace wakesleep
