// First-order grammars of expressions on strings, integers and truth values, as SyGuS problems give them.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code.hpp"
#include "value.hpp"

namespace wakesleep {

enum class Sort : std::uint8_t { text, integer, boolean };

inline constexpr int max_string_arguments = 3;

/// What a rule costs at least: the width of the bank's layers, so that an expression's arguments lie in layers before its own.
inline constexpr double least_rule_nats = 0.5;

/// nonterminal → operation(argument nonterminals), which costs so many nats.
struct StringRule {
    int nonterminal = 0;
    Operation operation = Operation::constant;  // variable, constant, arithmetic, if_ or one on strings
    std::vector<int> arguments;                 // nonterminals
    double nats = 0;
    Value operand;  // of a variable: the input's place; of a constant: the constant
};

struct StringGrammar {
    std::vector<Sort> sorts;  // of the nonterminals
    std::vector<StringRule> rules;
    int start = 0;

    /// Throws EngineError for a rule that isn't well sorted, or that costs too little.
    void check() const;
};

/// An application of a rule to expressions made before it. What the second and third stand for where the rule takes
/// fewer is undefined.
struct Expression {
    int rule;
    std::array<int, max_string_arguments> arguments;
};

/// Every string met in a search, once each: equal strings have equal numbers, which stand for them as words.
class Texts {
  public:
    Word number(std::u32string_view text);
    /// The number of a string that was met.
    std::optional<Word> find(std::u32string_view text) const {
        const auto found = numbers_.find(text);
        return found == numbers_.end() ? std::nullopt : std::optional<Word>(found->second);
    }
    std::u32string_view operator[](Word number) const { return texts_[static_cast<std::size_t>(number)]; }
    std::size_t bytes() const { return bytes_; }

  private:
    std::deque<std::u32string> texts_;
    std::unordered_map<std::u32string_view, Word> numbers_;
    std::size_t bytes_ = 0;
};

/// Longest string that a search keeps, in characters.
inline constexpr std::size_t max_text = 2'000;

/// What the operation gives; nothing where that is no value here (an overflow, a string that is too long).
std::optional<Word> apply_operation(Operation operation, const Word* arguments, Texts& texts);

}  // namespace wakesleep
