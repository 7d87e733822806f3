// Every behaviour that the expressions of a string grammar have on some examples, cheapest first.
//
// Costs are real numbers; the bank grows in layers of equal width, and an expression whose arguments lie in layers a, b, …
// lies in the layer that its own cost falls into. Of the expressions of one nonterminal with the same values on all
// examples only the first is kept: whatever it would be part of, the first does as well and costs no more than a layer above.
#pragma once

#include <functional>
#include <vector>

#include "flat_map.hpp"
#include "string_grammar.hpp"

namespace wakesleep {

class StringBank {
  public:
    static constexpr double layer_nats = least_rule_nats;

    struct Entry {
        double nats;
        int expression;
    };

    /// `inputs`: for each example its words, texts by their number. `grammar` and `texts` must outlive the bank.
    StringBank(const StringGrammar& grammar, Texts& texts, std::vector<std::vector<Word>> inputs);

    /// Makes the next layer. False where it was interrupted, which leaves it incomplete.
    bool grow(const std::function<bool()>& interrupted);
    /// All that costs less is there.
    double explored_nats() const { return layers_ * layer_nats; }

    std::size_t examples() const { return inputs_.size(); }
    const std::vector<Entry>& entries(int nonterminal) const { return of(nonterminal).entries; }
    const Word* values(int nonterminal, std::size_t entry) const { return of(nonterminal).values.data() + entry * examples(); }
    /// The entries of a nonterminal with that value on one example, cheapest first.
    const std::vector<int>& with_value(int nonterminal, std::size_t example, Word value);

    const std::vector<Expression>& expressions() const { return expressions_; }
    /// An expression that needn't be in the bank.
    int express(const Expression& expression) {
        expressions_.push_back(expression);
        return static_cast<int>(expressions_.size()) - 1;
    }
    /// Expressions that were tried, kept or not.
    std::int64_t tried() const { return tried_; }
    /// Entries of all nonterminals together.
    std::size_t size() const { return size_; }
    std::size_t bytes() const;

  private:
    struct Index {
        std::size_t indexed = 0;  // entries
        std::unordered_map<Word, std::vector<int>> entries;
    };
    struct Kept {
        std::vector<Entry> entries;
        std::vector<Word> values;
        std::size_t complete = 0;  // entries of the layers before the one that is made, cheapest first
        FlatMap seen;
        std::vector<Index> by_example;
    };

    const Kept& of(int nonterminal) const { return kept_[static_cast<std::size_t>(nonterminal)]; }
    void combine(int rule, std::size_t place, double rest, const std::function<bool()>& interrupted);
    void make(int rule);
    void end_layer();
    double least_nats(int nonterminal) const;

    const StringGrammar& grammar_;
    Texts& texts_;
    std::vector<std::vector<Word>> inputs_;
    std::vector<Kept> kept_;
    std::vector<Expression> expressions_;
    int layers_ = 0;
    std::array<std::size_t, max_string_arguments> chosen_{};  // entries, while a rule is combined
    double cost_ = 0;
    std::vector<Word> made_;
    std::int64_t tried_ = 0;
    std::size_t size_ = 0;
    bool interrupted_ = false;
};

}  // namespace wakesleep
