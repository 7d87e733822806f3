#include "string_explanation.hpp"

#include <algorithm>
#include <limits>
#include <queue>

namespace wakesleep {

namespace {

/// States that one search expands, and strings of the bank that substrings are taken of.
constexpr int max_expansions = 400;
constexpr std::size_t max_bases = 24;

/// Nats that the greedy search takes a character that is still to be explained for, about what cheap rows of pieces cost.
constexpr double character_nats = 4;

}  // namespace

StringExplainer::StringExplainer(const StringGrammar& grammar, const Texts& texts, StringBank& bank,
                                 const std::vector<Word>& wanted, const std::function<bool()>& interrupted)
    : grammar_(grammar), texts_(texts), bank_(bank), wanted_(wanted), interrupted_(interrupted) {}

std::optional<Explained> StringExplainer::explain(int nonterminal, ExampleSet examples, double bound) {
    members_.clear();
    for (std::size_t i = 0; i < wanted_.size(); ++i)
        if (examples >> i & 1) members_.push_back(i);
    const bool is_text = grammar_.sorts[static_cast<std::size_t>(nonterminal)] == Sort::text;
    if (is_text)  // the longest first: its pieces say most
        std::stable_sort(members_.begin(), members_.end(),
                         [&](std::size_t a, std::size_t b) { return texts_[wanted_[a]].size() > texts_[wanted_[b]].size(); });
    const auto kept = find(nonterminal, bound);
    if (!is_text) return kept;
    auto best = kept;
    known_.clear();
    for (const double greed : {character_nats, 0.0}) {  // to have one at all, and then the cheapest
        const auto built = explain_text(nonterminal, best ? best->nats : bound, greed);
        if (built) best = built;
    }
    return best;
}

/// The whole of it in the bank.
std::optional<Explained> StringExplainer::find(int nonterminal, double bound) {
    for (const int at : bank_.with_value(nonterminal, members_[0], wanted_[members_[0]])) {
        const auto entry = static_cast<std::size_t>(at);
        const StringBank::Entry& found = bank_.entries(nonterminal)[entry];
        if (found.nats >= bound) break;
        const Word* values = bank_.values(nonterminal, entry);
        if (std::all_of(members_.begin(), members_.end(), [&](std::size_t i) { return values[i] == wanted_[i]; }))
            return Explained{found.nats, found.expression};
    }
    return std::nullopt;
}

struct StringExplainer::State {
    int nonterminal;
    Offsets offsets;
    double nats;
    int before;        // state
    int rule;          // that joined what came before to this
    int piece;         // expression that leads here from the state before
};

std::optional<Explained> StringExplainer::explain_text(int nonterminal, double bound, double greed) {
    goals_.clear();
    for (const std::size_t i : members_) goals_.push_back(texts_[wanted_[i]]);
    bound_ = bound;
    Offsets end;
    for (const auto& goal : goals_) {
        if (goal.size() > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
        end.push_back(static_cast<std::uint16_t>(goal.size()));
    }

    if (end[0] == 0) return std::nullopt;  // the longest is empty: no row of pieces, but one expression

    std::vector<State> states{{nonterminal, Offsets(goals_.size(), 0), 0, -1, -1, -1}};
    std::map<std::pair<int, Offsets>, double> best;
    const auto left = [&](const Offsets& offsets) {  // of the longest
        return greed * (end[0] - offsets[0]);
    };
    using Queued = std::pair<double, int>;
    std::priority_queue<Queued, std::vector<Queued>, std::greater<>> queue;
    queue.push({left(states[0].offsets), 0});
    int expansions = 0;
    while (!queue.empty() && expansions < max_expansions && !interrupted_()) {
        const int number = queue.top().second;
        queue.pop();
        const double nats = states[static_cast<std::size_t>(number)].nats;
        const int here = states[static_cast<std::size_t>(number)].nonterminal;
        const Offsets offsets = states[static_cast<std::size_t>(number)].offsets;
        if (offsets == end) {
            int expression = states[static_cast<std::size_t>(number)].piece;
            for (int at = states[static_cast<std::size_t>(number)].before; states[static_cast<std::size_t>(at)].before >= 0;) {
                const State& state = states[static_cast<std::size_t>(at)];
                expression = bank_.express({state.rule, {state.piece, expression, 0}});
                at = state.before;
            }
            return Explained{nats, expression};
        }
        const auto known = best.find({here, offsets});
        if (known != best.end() && known->second < nats) continue;
        ++expansions;
        const auto reach = [&](int to, const Offsets& offsets_to, double cost, int rule, const Piece& piece) {
            if (cost >= bound_) return;
            auto [entry, fresh] = best.try_emplace({to, offsets_to}, cost);
            if (!fresh && entry->second <= cost) return;
            entry->second = cost;
            states.push_back({to, offsets_to, cost, number, rule, make(piece)});
            queue.push({cost + left(offsets_to), static_cast<int>(states.size()) - 1});
        };
        // The last piece, or one more and the rest.
        const Pieces& last = pieces(here, offsets);
        if (const auto whole = last.find(end); whole != last.end())
            reach(here, end, nats + whole->second.nats, -1, whole->second);
        for (std::size_t rule = 0; rule < grammar_.rules.size(); ++rule) {
            const StringRule& join = grammar_.rules[rule];
            if (join.operation != Operation::string_concat || join.nonterminal != here) continue;
            for (const auto& [to, piece] : pieces(join.arguments[0], offsets))
                if (to != end) reach(join.arguments[1], to, nats + join.nats + piece.nats, static_cast<int>(rule), piece);
        }
    }
    return std::nullopt;
}

const StringExplainer::Pieces& StringExplainer::pieces(int nonterminal, const Offsets& from) {
    auto [known, fresh] = known_.try_emplace({nonterminal, from});
    if (!fresh) return known->second;
    Pieces& found = known->second;
    add_kept(nonterminal, from, found);
    for (std::size_t rule = 0; rule < grammar_.rules.size(); ++rule) {
        const StringRule& cut = grammar_.rules[rule];
        if (cut.nonterminal == nonterminal &&
            (cut.operation == Operation::string_substring || cut.operation == Operation::string_at))
            add_substrings(cut, static_cast<int>(rule), from, found);
    }
    return found;
}

void StringExplainer::add(Pieces& found, Offsets to, double nats, const Expression& expression, int made) {
    const auto [entry, fresh] = found.try_emplace(std::move(to), Piece{nats, expression, made});
    if (!fresh && entry->second.nats > nats) entry->second = {nats, expression, made};
}

void StringExplainer::add_kept(int nonterminal, const Offsets& from, Pieces& found) {
    const std::u32string_view first = rest(0, from);
    for (std::size_t length = 0; length <= first.size(); ++length) {
        const auto number = texts_.find(first.substr(0, length));
        if (!number) continue;
        for (const int at : bank_.with_value(nonterminal, members_[0], *number)) {
            const auto entry = static_cast<std::size_t>(at);
            const StringBank::Entry& kept = bank_.entries(nonterminal)[entry];
            if (kept.nats >= bound_) break;
            const Word* values = bank_.values(nonterminal, entry);
            Offsets to = from;
            bool fits = true, further = false;
            for (std::size_t i = 0; fits && i < members_.size(); ++i) {
                const std::u32string_view piece = texts_[values[members_[i]]];
                fits = rest(i, from).starts_with(piece);
                to[i] = static_cast<std::uint16_t>(to[i] + piece.size());
                further |= !piece.empty();
            }
            if (fits && further) add(found, std::move(to), kept.nats, {}, kept.expression);
        }
    }
}

void StringExplainer::add_substrings(const StringRule& rule, int number, const Offsets& from, Pieces& found) {
    for (std::size_t i = 0; i < members_.size(); ++i)
        if (rest(i, from).empty()) return;  // a substring that is empty somewhere is left to the bank
    const auto& bases = bank_.entries(rule.arguments[0]);
    const std::size_t count = members_.size();
    std::vector<std::u32string_view> texts(count);
    std::vector<std::int64_t> starts(count);
    for (std::size_t base = 0; base < bases.size() && base < max_bases; ++base) {
        const Word* values = bank_.values(rule.arguments[0], base);
        for (std::size_t i = 0; i < count; ++i) texts[i] = texts_[values[members_[i]]];
        for (std::size_t place = 0; place < texts[0].size(); ++place) {
            if (texts[0][place] != rest(0, from)[0]) continue;
            for (const int at : bank_.with_value(rule.arguments[1], members_[0], static_cast<Word>(place))) {
                const auto position = static_cast<std::size_t>(at);
                const double nats = rule.nats + bases[base].nats + bank_.entries(rule.arguments[1])[position].nats;
                if (nats >= bound_) break;
                const Word* positions = bank_.values(rule.arguments[1], position);
                bool fits = true;
                for (std::size_t i = 0; fits && i < count; ++i) {
                    starts[i] = positions[members_[i]];
                    fits = starts[i] >= 0 && starts[i] < static_cast<std::int64_t>(texts[i].size()) &&
                           texts[i][static_cast<std::size_t>(starts[i])] == rest(i, from)[0];
                }
                if (!fits) continue;
                const Expression expression{
                    number, {bases[base].expression, bank_.entries(rule.arguments[1])[position].expression, 0}};
                if (rule.operation == Operation::string_at) {
                    Offsets to = from;
                    for (auto& offset : to) ++offset;
                    add(found, std::move(to), nats, expression, -1);
                } else {
                    add_lengths(rule, expression, nats, from, starts, texts, found);
                }
            }
        }
    }
}

void StringExplainer::add_lengths(const StringRule& rule, Expression expression, double nats, const Offsets& from,
                                  const std::vector<std::int64_t>& starts, const std::vector<std::u32string_view>& bases,
                                  Pieces& found) {
    const std::size_t count = members_.size();
    std::vector<std::int64_t> matching(count), remaining(count);  // characters of the goal, and of the base
    bool to_end = true;
    for (std::size_t i = 0; i < count; ++i) {
        const std::u32string_view goal = rest(i, from), base = bases[i].substr(static_cast<std::size_t>(starts[i]));
        const auto [end, unused] = std::mismatch(base.begin(), base.end(), goal.begin(), goal.end());
        matching[i] = end - base.begin();
        remaining[i] = static_cast<std::int64_t>(base.size());
        to_end = to_end && matching[i] == remaining[i];
    }
    const auto& lengths = bank_.entries(rule.arguments[2]);
    const auto add_length = [&](std::size_t length) {
        const double cost = nats + lengths[length].nats;
        if (cost >= bound_) return false;
        const Word* values = bank_.values(rule.arguments[2], length);
        Offsets to = from;
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t taken = std::min<std::int64_t>(values[members_[i]], remaining[i]);
            if (taken < 1 || taken > matching[i]) return true;
            to[i] = static_cast<std::uint16_t>(to[i] + taken);
        }
        expression.arguments[2] = lengths[length].expression;
        add(found, std::move(to), cost, expression, -1);
        return true;
    };
    for (std::int64_t taken = 1; taken <= matching[0]; ++taken)
        for (const int at : bank_.with_value(rule.arguments[2], members_[0], taken))
            if (!add_length(static_cast<std::size_t>(at))) break;
    if (!to_end) return;
    // Any length that is long enough will do.
    for (std::size_t length = 0; length < lengths.size(); ++length) {
        const Word* values = bank_.values(rule.arguments[2], length);
        bool enough = true;
        for (std::size_t i = 0; enough && i < count; ++i) enough = values[members_[i]] >= remaining[i];
        if (!enough) continue;
        add_length(length);
        return;
    }
}

}  // namespace wakesleep
