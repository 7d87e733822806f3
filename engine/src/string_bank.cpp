#include "string_bank.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace wakesleep {

StringBank::StringBank(const StringGrammar& grammar, Texts& texts, std::vector<std::vector<Word>> inputs)
    : grammar_(grammar), texts_(texts), inputs_(std::move(inputs)), kept_(grammar.sorts.size()), made_(inputs_.size()) {
    for (Kept& kept : kept_) kept.by_example.resize(inputs_.size());
}

bool StringBank::grow(const std::function<bool()>& interrupted) {
    interrupted_ = false;
    for (std::size_t rule = 0; rule < grammar_.rules.size() && !interrupted_; ++rule) {
        cost_ = grammar_.rules[rule].nats;
        double rest = 0;
        for (const int argument : grammar_.rules[rule].arguments) rest += least_nats(argument);
        combine(static_cast<int>(rule), 0, rest, interrupted);
    }
    end_layer();
    return !interrupted_;
}

void StringBank::end_layer() {
    ++layers_;
    for (Kept& kept : kept_) {
        const std::size_t first = kept.complete, last = kept.entries.size();
        std::vector<std::size_t> order(last - first);
        std::iota(order.begin(), order.end(), first);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return kept.entries[a].nats < kept.entries[b].nats; });
        const std::vector<Entry> entries(kept.entries.begin() + static_cast<std::ptrdiff_t>(first), kept.entries.end());
        const std::vector<Word> values(kept.values.begin() + static_cast<std::ptrdiff_t>(first * examples()), kept.values.end());
        for (std::size_t i = 0; i < order.size(); ++i) {
            kept.entries[first + i] = entries[order[i] - first];
            std::copy_n(values.begin() + static_cast<std::ptrdiff_t>((order[i] - first) * examples()), examples(),
                        kept.values.begin() + static_cast<std::ptrdiff_t>((first + i) * examples()));
        }
        kept.complete = last;
    }
}

double StringBank::least_nats(int nonterminal) const {
    const Kept& kept = of(nonterminal);
    return kept.complete ? kept.entries.front().nats : std::numeric_limits<double>::infinity();
}

/// Chooses the arguments from `place` on, so that the expression falls into the layer that is made; they cost `rest` at
/// least. Every argument costs a layer's width less than the whole, so the layers before hold it.
void StringBank::combine(int rule, std::size_t place, double rest, const std::function<bool()>& interrupted) {
    const StringRule& applied = grammar_.rules[static_cast<std::size_t>(rule)];
    const double lower = layers_ * layer_nats, upper = lower + layer_nats;
    if (place == applied.arguments.size()) {
        if (cost_ < lower || cost_ >= upper) return;
        if ((++tried_ & 1023) == 0 && interrupted()) interrupted_ = true;
        make(rule);
        return;
    }
    const Kept& argument = of(applied.arguments[place]);
    const double before = cost_, others = rest - least_nats(applied.arguments[place]);
    const auto end = argument.entries.begin() + static_cast<std::ptrdiff_t>(argument.complete);
    auto entry = argument.entries.begin();
    if (place + 1 == applied.arguments.size())
        entry = std::lower_bound(entry, end, lower, [&](const Entry& each, double bound) { return before + each.nats < bound; });
    for (auto at = static_cast<std::size_t>(entry - argument.entries.begin()); at < argument.complete && !interrupted_; ++at) {
        const double nats = argument.entries[at].nats;
        if (!(before + nats + others < upper)) break;
        chosen_[place] = at;
        cost_ = before + nats;
        combine(rule, place + 1, others, interrupted);
    }
    cost_ = before;
}

void StringBank::make(int rule) {
    const StringRule& applied = grammar_.rules[static_cast<std::size_t>(rule)];
    std::array<const Word*, max_string_arguments> arguments{};
    Expression expression{rule, {}};
    for (std::size_t k = 0; k < applied.arguments.size(); ++k) {
        arguments[k] = values(applied.arguments[k], chosen_[k]);
        expression.arguments[k] = of(applied.arguments[k]).entries[chosen_[k]].expression;
    }
    std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
    for (std::size_t example = 0; example < inputs_.size(); ++example) {
        Word value;
        if (applied.operation == Operation::variable) {
            value = inputs_[example][static_cast<std::size_t>(applied.operand.number)];
        } else if (applied.operation == Operation::constant) {
            value = applied.operand.kind == Value::Kind::text ? texts_.number(applied.operand.text) : applied.operand.number;
        } else {
            std::array<Word, max_string_arguments> words{};
            for (std::size_t k = 0; k < applied.arguments.size(); ++k) words[k] = arguments[k][example];
            const auto given = apply_operation(applied.operation, words.data(), texts_);
            if (!given) return;
            value = *given;
        }
        made_[example] = value;
        hash = mix_bits(hash ^ static_cast<std::uint64_t>(value)) + example;
    }
    if (hash == ~0ULL) --hash;
    Kept& kept = kept_[static_cast<std::size_t>(applied.nonterminal)];
    if (kept.seen.find(hash)) return;
    kept.seen.insert(hash, 1);
    kept.entries.push_back({cost_, express(expression)});
    kept.values.insert(kept.values.end(), made_.begin(), made_.end());
    ++size_;
}

const std::vector<int>& StringBank::with_value(int nonterminal, std::size_t example, Word value) {
    Kept& kept = kept_[static_cast<std::size_t>(nonterminal)];
    Index& index = kept.by_example[example];
    for (; index.indexed < kept.entries.size(); ++index.indexed)
        index.entries[values(nonterminal, index.indexed)[example]].push_back(static_cast<int>(index.indexed));
    static const std::vector<int> none;
    const auto found = index.entries.find(value);
    return found == index.entries.end() ? none : found->second;
}

std::size_t StringBank::bytes() const {
    std::size_t bytes = expressions_.capacity() * sizeof(Expression);
    for (const Kept& kept : kept_) {
        bytes += kept.entries.capacity() * sizeof(Entry) + kept.values.capacity() * sizeof(Word) + kept.seen.bytes();
        for (const Index& index : kept.by_example) bytes += index.indexed * 16;
    }
    return bytes;
}

}  // namespace wakesleep
