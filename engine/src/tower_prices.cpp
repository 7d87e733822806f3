#include "tower_prices.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <queue>

namespace wakesleep {

namespace {

constexpr int widest = 20;  // of a move at once; wider ones are made of several

}  // namespace

bool form_through(const std::vector<int>& values, const std::vector<char>& counts, Form& form) {
    int first = -1, second = -1;
    const int n = static_cast<int>(values.size());
    for (int k = 0; k < n && second < 0; ++k)
        if (counts[static_cast<std::size_t>(k)]) (first < 0 ? first : second) = k;
    form = {first < 0 ? 0 : values[static_cast<std::size_t>(first)], 0};
    if (second < 0) return true;
    const int rise = values[static_cast<std::size_t>(second)] - form.constant;
    if (rise % (second - first) != 0) return false;
    form.slope = rise / (second - first);
    form.constant -= form.slope * first;
    for (int k = second + 1; k < n; ++k)
        if (counts[static_cast<std::size_t>(k)] && values[static_cast<std::size_t>(k)] != form.at(k)) return false;
    return true;
}

int Integers::place(Form form) {
    if (form.constant < -most || form.constant > most || form.slope < -steepest || form.slope > steepest) return -1;
    return (form.slope + steepest) * constants + form.constant + most;
}

Form Integers::form_at(int place) { return {place % constants - most, place / constants - steepest}; }

Integers::Integers(const TowerPrices& prices, bool indexed) : ways_(static_cast<std::size_t>(constants * slopes)) {
    const double crowded = indexed ? prices.crowded : 0, minus = prices.minus + crowded;
    for (int n = 1; n <= 9; ++n)
        ways_[static_cast<std::size_t>(place({n, 0}))].price = prices.literals[static_cast<std::size_t>(n - 1)] + crowded;
    if (indexed) ways_[static_cast<std::size_t>(place({0, 1}))].price = prices.index;
    // Of three subtractions at most: enough for every form in range that a program is likely to hold.
    for (int round = 0; round < 3; ++round) {
        std::vector<int> known;
        for (std::size_t i = 0; i < ways_.size(); ++i)
            if (ways_[i].price < unaffordable) known.push_back(static_cast<int>(i));
        for (int first : known) {
            for (int second : known) {
                const Form a = form_at(first), b = form_at(second);
                const int difference = place({a.constant - b.constant, a.slope - b.slope});
                if (difference < 0 || (a.slope == b.slope && a.slope != 0)) continue;
                const double price =
                    minus + ways_[static_cast<std::size_t>(first)].price + ways_[static_cast<std::size_t>(second)].price;
                Way& way = ways_[static_cast<std::size_t>(difference)];
                if (price < way.price) way = {price, first, second};
            }
        }
    }
}

double Integers::price(Form form) const {
    const int at = place(form);
    return at < 0 ? unaffordable : ways_[static_cast<std::size_t>(at)].price;
}

std::string Integers::text(Form form, int index) const {
    const Way& way = ways_[static_cast<std::size_t>(place(form))];
    if (way.first < 0) return form.slope == 0 ? std::to_string(form.constant) : "$" + std::to_string(index);
    return "(- " + text(form_at(way.first), index) + " " + text(form_at(way.second), index) + ")";
}

Moves::Moves(const TowerPrices& prices, const Integers& integers, const Integers& inner, const std::vector<Leap>& leaps,
             int reach)
    : prices_(prices), integers_(integers), inner_(inner), reach_(reach), leaps_(leaps),
      ways_(static_cast<std::size_t>(2 * reach + 1)) {
    for (int n = 1; n <= widest; ++n) {
        const double price = integers.price({n, 0});
        if (price == unaffordable) continue;
        const std::string written = integers.text({n, 0}, 0) + " ";
        leaps_.push_back({n, prices.right + price, "(right " + written});
        leaps_.push_back({-n, prices.left + price, "(left " + written});
    }
    for (int step = -9; step <= 9; ++step)
        for (int count = 2; count <= 9 && step != 0; ++count)
            leaps_.push_back({count * step, integers.price({count, 0}) + loop_price(step), looped({count, 0}, step, 0)});
    using Reached = std::pair<double, int>;
    std::priority_queue<Reached, std::vector<Reached>, std::greater<>> open;
    ways_[static_cast<std::size_t>(reach)].price = 0;
    open.push({0, 0});
    while (!open.empty()) {
        const auto [price, shift] = open.top();
        open.pop();
        if (price > this->price(shift)) continue;
        for (std::size_t i = 0; i < leaps_.size(); ++i) {
            const int next = shift + leaps_[i].shift;
            if (next < -reach || next > reach) continue;
            Way& way = ways_[static_cast<std::size_t>(next + reach)];
            if (price + leaps_[i].price >= way.price) continue;
            way = {price + leaps_[i].price, static_cast<int>(i)};
            open.push({way.price, next});
        }
    }
}

/// Of a loop of moves by `step`, but for its count.
double Moves::loop_price(int step) const {
    return prices_.loop + (step > 0 ? prices_.right : prices_.left) + inner_.price({std::abs(step), 0}) + prices_.rest +
           std::log(2.0);
}

std::string Moves::looped(Form count, int step, int index) const {
    return "(tower_loopM " + integers_.text(count, index) + " (lambda (lambda (" + (step > 0 ? "right " : "left ") +
           inner_.text({std::abs(step), 0}, 0) + " $0))) ";
}

const Moves::Slanted& Moves::slanted(Form shift) const {
    const auto [found, made] = slanted_.try_emplace({shift.constant, shift.slope});
    Slanted& best = found->second;
    if (!made) return best;
    const auto consider = [&](double price, Form moved, int step) {
        price += this->price(shift.constant - moved.constant);
        if (price < best.price) best = {price, moved, step};
    };
    for (int constant = -widest; constant <= widest; ++constant) {
        const Form right{constant, shift.slope}, left{-constant, -shift.slope};
        consider(prices_.right + integers_.price(right), right, 0);
        consider(prices_.left + integers_.price(left), right, 0);
    }
    // A loop's count may not be below 0, which those that rise with the index never are.
    for (int step = -9; step <= 9; ++step) {
        if (step == 0 || shift.slope % step != 0 || shift.slope / step < 0) continue;
        for (int constant = 0; constant <= 9; ++constant) {
            const Form count{constant, shift.slope / step};
            consider(integers_.price(count) + loop_price(step), {constant * step, shift.slope}, step);
        }
    }
    return best;
}

double Moves::price(Form shift) const { return shift.slope == 0 ? price(shift.constant) : slanted(shift).price; }

std::string Moves::open(Form shift, int index, int& closing) const {
    std::string text;
    if (shift.slope != 0) {
        const Slanted& way = slanted(shift);
        const Form left{-way.moved.constant, -way.moved.slope};
        if (way.step != 0)
            text = looped({way.moved.constant / way.step, way.moved.slope / way.step}, way.step, index);
        else if (prices_.left + integers_.price(left) < prices_.right + integers_.price(way.moved))
            text = "(left " + integers_.text(left, index) + " ";
        else
            text = "(right " + integers_.text(way.moved, index) + " ";
        ++closing;
        shift = {shift.constant - way.moved.constant, 0};
    }
    for (int left = shift.constant; left != 0; ++closing) {
        const Leap& leap = leaps_[static_cast<std::size_t>(ways_[static_cast<std::size_t>(left + reach_)].last)];
        text += leap.open;
        left -= leap.shift;
    }
    return text;
}

}  // namespace wakesleep
