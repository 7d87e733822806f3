#include "tower_explanation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "error.hpp"
#include "tower_rounds.hpp"
#include "windows.hpp"

namespace wakesleep {

namespace {

/// Ways to have built a stretch that are kept, with different places of the hand; at the top, all, and those of one place.
constexpr std::size_t most_ways = 8, most_top_ways = 32, most_of_a_place = 4;
/// At the top, where time is up.
constexpr std::size_t most_late_ways = 4;
/// Copies of a loop whose copies differ, and by how many blocks each may be longer than the one before.
constexpr int least_rounds = 3, most_rounds = 12, most_growth = 12;
/// A loop of this kind may cost so many nats more than the cheapest explanation without it, for where it leaves the hand.
constexpr double slack = 3;

int reach_of(const TowerPlan& plan) {
    int low = 0, high = 0;
    for (int i = 0; i < plan.size(); ++i) {
        low = std::min(low, plan.x(i));
        high = std::max(high, plan.x(i));
    }
    return high - low + 20;
}

}  // namespace

TowerExplainer::TowerExplainer(TowerPlan plan, const TowerPrices& prices, std::vector<TowerCall> calls, double seconds,
                               const std::atomic<bool>* cancelled)
    : plan_(std::move(plan)), prices_(prices), calls_(std::move(calls)), seconds_(seconds), started_(thread_seconds()),
      cancelled_(cancelled), reach_(reach_of(plan_)), plain_(prices_, false), indexed_(prices_, true),
      top_{plain_, Moves(prices_, plain_, indexed_, leaps(plain_), reach_), prices.rest},
      inner_{indexed_, Moves(prices_, indexed_, indexed_, leaps(indexed_), reach_), prices.rest + std::log(2.0)},
      ways_(static_cast<std::size_t>(plan_.size())), rounds_(static_cast<std::size_t>(plan_.size())) {
    match_calls();
}

TowerExplanation TowerExplainer::run(std::size_t keep) {
    const int n = plan_.size();
    // Loops whose copies differ take most of the time. What there is without them is kept where that runs out.
    for (bool with_rounds : {false, true}) {
        with_rounds_ = with_rounds;
        for (int start = n - 1; start >= 0 && !stopped_; --start) {
            auto before = std::exchange(ways_[static_cast<std::size_t>(start)], {});
            explain_from(start);
            if (stopped_ && with_rounds) ways_[static_cast<std::size_t>(start)] = std::move(before);
        }
    }
    // The whole program: from where the hand is, and with any number of ways to the same place.
    std::vector<std::vector<TowerWay>> found(static_cast<std::size_t>(n) + 1);
    std::vector<std::vector<Offer>> offers(static_cast<std::size_t>(n) + 1);
    const std::size_t most = out_of_time() ? most_late_ways : most_top_ways;
    found[0] = {TowerWay{}};
    for (int at = 0; at <= n; ++at) {
        auto& here = offers[static_cast<std::size_t>(at)];
        if (at > 0) {
            std::stable_sort(here.begin(), here.end(), [](const Offer& a, const Offer& b) { return a.price < b.price; });
            auto& kept = found[static_cast<std::size_t>(at)];
            for (Offer& each : here) {
                const auto known = std::count_if(kept.begin(), kept.end(),
                                                 [&](const TowerWay& way) { return way.hand == each.hand; });
                if (kept.size() < most && static_cast<std::size_t>(known) < most_of_a_place)
                    kept.push_back({each.hand, each.price, keep_step(std::move(each.step)), each.first});
            }
        }
        if (at == n) break;
        for (const TowerWay& way : found[static_cast<std::size_t>(at)])
            expand(at, way, top_, at, [&](int next, Offer&& offered) {
                // Nothing comes after the last instruction that building aside would be good for.
                if (next == n && offered.step.kind == TowerStep::Kind::embed) return;
                ++tried_;
                offers[static_cast<std::size_t>(next)].push_back(std::move(offered));
            });
    }
    TowerExplanation explanation;
    for (const TowerWay& way : found[static_cast<std::size_t>(n)]) {
        std::string written = "(lambda " + text(way.last, {}, {}, -1, top_) + ")";
        const bool known = std::any_of(explanation.programs.begin(), explanation.programs.end(),
                                       [&](const auto& program) { return program.first == written; });
        if (!known && explanation.programs.size() < keep)
            explanation.programs.emplace_back(std::move(written), way.price + top_.rest);
    }
    explanation.tried = tried_;
    explanation.cpu_seconds = thread_seconds() - started_;
    return explanation;
}

bool TowerExplainer::out_of_time() {
    if (!stopped_) stopped_ = thread_seconds() - started_ > seconds_ || (cancelled_ && cancelled_->load());
    return stopped_;
}

/// All stretches that begin with the block `start`, with the hand there before it.
void TowerExplainer::explain_from(int start) {
    const int n = plan_.size() - start;
    auto& ways = ways_[static_cast<std::size_t>(start)];
    std::vector<std::vector<Offer>> offers(static_cast<std::size_t>(n) + 1);
    ways.resize(static_cast<std::size_t>(n) + 1);
    ways[0] = {TowerWay{plan_.x(start), 0, -1}};
    const int known = copy_ways(start);
    for (int length = 0; length <= n; ++length) {
        if (out_of_time()) return;
        auto& here = offers[static_cast<std::size_t>(length)];
        if (length > known) {
            add_own_loops(start, length, here);
            auto& made = ways[static_cast<std::size_t>(length)];
            made = fixed(here);
            // The same, and back again.
            const TowerStep aside{.kind = TowerStep::Kind::embed, .body = made.front().last};
            const double price = prices_.embed + made.front().price + inner_.rest;
            const int hand = plan_.x(start);
            const bool useful = std::all_of(made.begin(), made.end(), [&](const TowerWay& way) {
                return way.price + inner_.moves.price(hand - way.hand) > price;
            });
            if (useful) made.push_back({hand, price, keep_step(aside)});
        }
        const auto made = ways[static_cast<std::size_t>(length)];
        if (length == n) break;
        for (const TowerWay& way : made)
            expand(start + length, way, inner_, start + std::max(length, known), [&](int next, Offer&& offered) {
                offer(offers[static_cast<std::size_t>(next - start)], std::move(offered));
            });
    }
}

/// Takes over what is known of a later stretch that is the same; the number of blocks for which that is so.
int TowerExplainer::copy_ways(int start) {
    int twin = start + 1;
    for (int other = twin; other < plan_.size(); ++other)
        if (plan_.same(start, other) > plan_.same(start, twin)) twin = other;
    const int known = plan_.same(start, twin);
    if (known == 0) return 0;
    const int shift = plan_.x(start) - plan_.x(twin);
    for (int length = 1; length <= known; ++length) {
        auto& ways = ways_[static_cast<std::size_t>(start)][static_cast<std::size_t>(length)];
        ways = ways_[static_cast<std::size_t>(twin)][static_cast<std::size_t>(length)];
        for (TowerWay& way : ways) way.hand += shift;
    }
    for (Rounds rounds : rounds_[static_cast<std::size_t>(twin)]) {
        if (rounds.length > known) continue;
        rounds.start += shift;
        rounds.end += shift;
        rounds_[static_cast<std::size_t>(start)].push_back(std::move(rounds));
    }
    return known;
}

/// Of a way that is gone after a move of `lead`, inside of a body: the two moves in a row are one.
double TowerExplainer::price_after(const TowerWay& way, int lead) const {
    return way.price - inner_.moves.price(way.first) + inner_.moves.price(way.first + lead);
}

/// The cheapest bodies over `length` blocks from `start` on that move the hand by `shift`: of those that begin with the hand at
/// the first block, of those that begin with an instruction, and of those that end with one.
std::vector<TowerBody> TowerExplainer::bodies(int start, int length, int shift) const {
    const auto& from = ways_[static_cast<std::size_t>(start)];
    TowerBody anchored, first, last;
    if (static_cast<std::size_t>(length) >= from.size()) return {};
    const auto consider = [&](TowerBody& best, const TowerWay& way, int lead, int left) {
        const double price = price_after(way, lead) + inner_.moves.price(left - lead);
        if (price < best.price) best = {price, way.last, lead, left - lead};
    };
    for (const TowerWay& way : from[static_cast<std::size_t>(length)]) {
        const int left = shift - (way.hand - plan_.x(start));
        consider(anchored, way, 0, left);
        if (way.first != 0) consider(first, way, -way.first, left);
        if (left != 0) consider(last, way, left, left);
    }
    std::vector<TowerBody> found;
    for (const TowerBody& each : {anchored, first, last})
        if (each.price < unaffordable) found.push_back(each);
    return found;
}

/// Loops from the stretch's own start on over exactly `length` blocks, whose copies are shorter stretches of the same start.
void TowerExplainer::add_own_loops(int start, int length, std::vector<Offer>& offers) {
    const int hand = plan_.x(start);
    for (int count = 2; count <= length; ++count) {
        const int part = length / count;
        if (part * count != length || plan_.copies(start, part) < count) continue;
        const double price = prices_.loop + inner_.integers.price({count, 0}) + inner_.rest;
        const int shift = plan_.x(start + part) - hand;
        for (const TowerBody& body : bodies(start, part, shift)) {
            TowerStep step{.kind = TowerStep::Kind::loop, .move = {-body.lead, 0}, .count = {count, 0}, .body = body.last,
                           .lead = {body.lead, 0}, .tail = {body.tail, 0}};
            offer(offers, {hand - body.lead + count * shift, price + body.price + inner_.moves.price(-body.lead),
                           std::move(step), -body.lead});
        }
    }
    double limit = unaffordable;
    for (const Offer& each : offers) limit = std::min(limit, each.price);
    for (int count = least_rounds; with_rounds_ && count <= std::min(length, most_rounds); ++count) {
        for (int growth = -most_growth; growth <= most_growth; ++growth) {
            const int rest = length - growth * count * (count - 1) / 2;
            if (rest < 0 || rest % count != 0 || rest / count + growth * (count - 1) < 0) continue;
            const int least = rest / count;
            if (growth == 0 && plan_.copies(start, least) >= count) continue;
            if (out_of_time()) return;
            const double counted = inner_.integers.price({count, 0});
            for (Rounds& rounds : TowerRounds(*this, start, count, {least, growth}).explain(limit + slack - counted)) {
                TowerStep step = rounds.step;
                const int first = rounds.start - hand;
                step.move = {first, 0};
                offer(offers, {rounds.end, rounds.price + counted + inner_.moves.price(first), std::move(step), first});
                rounds_[static_cast<std::size_t>(start)].push_back(std::move(rounds));
            }
        }
    }
}

/// Every instruction that may come next, after `way`, at the block `at`, and ends beyond the block `beyond`. Where the stretch
/// that is being explained begins, its loops and what is built aside aren't among them.
template <typename Take>
void TowerExplainer::expand(int at, const TowerWay& way, const Level& level, int beyond, const Take& take) {
    const int x = plan_.x(at), n = plan_.size() - at;
    const auto add = [&](int length, int start, int end, double price, TowerStep step) {
        if (at + length <= beyond) return;
        const double moved = level.moves.price(start - way.hand);
        if (moved == unaffordable) return;
        step.move = {start - way.hand, 0};
        step.previous = way.last;
        const int first = way.last < 0 ? start - way.hand : way.first;
        take(at + length, Offer{end, way.price + moved + price, std::move(step), first});
    };
    const int shape = plan_.shape(at);
    add(1, x, x, prices_.blocks[static_cast<std::size_t>(shape)], {.kind = TowerStep::Kind::block, .shape = shape});
    for (int each : matching_[static_cast<std::size_t>(at)]) {
        const TowerCall& call = calls_[static_cast<std::size_t>(each)];
        TowerStep step{.kind = TowerStep::Kind::call, .call = each};
        for (const auto& argument : call.arguments)
            if (argument.text.empty()) step.integers.push_back({argument.value, 0});
        const int start = x - call.blocks.front().x;
        add(static_cast<int>(call.blocks.size()), start, start + call.displacement, price_of(call, level.integers), step);
    }
    const auto& from = ways_[static_cast<std::size_t>(at)];
    if (from.size() <= 1 || from.back().empty()) return;
    for (int part = 1; 2 * part <= n; ++part) {
        const int copies = plan_.copies(at, part);
        if (copies < 2 || at + copies * part <= beyond) continue;
        const int shift = plan_.x(at + part) - x;
        for (const TowerBody& body : bodies(at, part, shift)) {
            TowerStep step{.kind = TowerStep::Kind::loop, .body = body.last, .lead = {body.lead, 0}, .tail = {body.tail, 0}};
            for (int count = std::max(2, (beyond - at) / part + 1); count <= copies; ++count) {
                step.count = {count, 0};
                const double price = prices_.loop + level.integers.price(step.count) + body.price + inner_.rest;
                if (price == unaffordable) break;  // as all larger counts are
                add(count * part, x - body.lead, x - body.lead + count * shift, price, step);
            }
        }
    }
    for (const Rounds& rounds : rounds_[static_cast<std::size_t>(at)])
        add(rounds.length, rounds.start, rounds.end, rounds.price + level.integers.price(rounds.step.count), rounds.step);
    for (int length = std::max(1, beyond - at + 1); length <= n; ++length) {
        const auto& ways = from[static_cast<std::size_t>(length)];
        const double around = prices_.embed + inner_.rest;
        add(length, x, x, around + ways.front().price, {.kind = TowerStep::Kind::embed, .body = ways.front().last});
        if (way.hand == x) continue;
        const int lead = x - way.hand;
        TowerStep step{.kind = TowerStep::Kind::embed, .lead = {lead, 0}};
        double best = unaffordable;
        for (const TowerWay& each : ways) {
            const double price = price_after(each, lead);
            if (price >= best) continue;
            best = price;
            step.body = each.last;
        }
        if (best < unaffordable) add(length, way.hand, way.hand, around + best, std::move(step));
    }
}

/// Adds a way to a stretch, unless another is as good whatever comes next.
void TowerExplainer::offer(std::vector<Offer>& offers, Offer&& offered) {
    ++tried_;
    if (offered.price == unaffordable) return;
    for (const Offer& other : offers)
        if (other.price + inner_.moves.price(offered.hand - other.hand) <= offered.price) return;
    std::erase_if(offers, [&](const Offer& other) {
        return offered.price + inner_.moves.price(other.hand - offered.hand) <= other.price;
    });
    offers.push_back(std::move(offered));
    if (offers.size() > 2 * most_ways) {
        std::stable_sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) { return a.price < b.price; });
        offers.resize(most_ways);
    }
}

std::vector<TowerWay> TowerExplainer::fixed(std::vector<Offer>& offers) {
    std::stable_sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) { return a.price < b.price; });
    if (offers.size() > most_ways) offers.resize(most_ways);
    std::vector<TowerWay> ways;
    for (Offer& each : offers) ways.push_back({each.hand, each.price, keep_step(std::move(each.step)), each.first});
    return ways;
}

int TowerExplainer::keep_step(TowerStep step) {
    steps_.push_back(std::move(step));
    return static_cast<int>(steps_.size()) - 1;
}

}  // namespace wakesleep
