#include "string_grammar.hpp"

#include <cmath>

#include "error.hpp"
#include "string_functions.hpp"

namespace wakesleep {

namespace {

struct Signature {
    std::vector<Sort> arguments;
    Sort result;
};

std::optional<Signature> signature_of(Operation operation) {
    using enum Sort;
    switch (operation) {
        case Operation::add:
        case Operation::subtract: return Signature{{integer, integer}, integer};
        case Operation::equal:
        case Operation::greater: return Signature{{integer, integer}, boolean};
        case Operation::string_concat: return Signature{{text, text}, text};
        case Operation::string_at: return Signature{{text, integer}, text};
        case Operation::string_substring: return Signature{{text, integer, integer}, text};
        case Operation::string_index_of: return Signature{{text, text, integer}, integer};
        case Operation::string_replace: return Signature{{text, text, text}, text};
        case Operation::string_length:
        case Operation::string_to_integer: return Signature{{text}, integer};
        case Operation::string_from_integer: return Signature{{integer}, text};
        case Operation::string_prefix_of:
        case Operation::string_suffix_of:
        case Operation::string_contains: return Signature{{text, text}, boolean};
        default: return std::nullopt;
    }
}

void check_operand(const StringRule& rule, Sort sort, const std::string& where) {
    if (!rule.arguments.empty()) throw EngineError(where + " is a leaf and takes no arguments");
    if (rule.operation == Operation::variable) {
        if (rule.operand.kind != Value::Kind::integer || rule.operand.number < 0)
            throw EngineError(where + " names no input");
        return;
    }
    const auto kind = sort == Sort::text      ? Value::Kind::text
                      : sort == Sort::integer ? Value::Kind::integer
                                              : Value::Kind::boolean;
    if (rule.operand.kind != kind) throw EngineError(where + " is a constant of another sort than its nonterminal");
    if (kind == Value::Kind::integer && (rule.operand.number > max_integer || rule.operand.number < -max_integer))
        throw EngineError(where + " is a constant that is too large");
}

}  // namespace

void StringGrammar::check() const {
    const auto count = static_cast<int>(sorts.size());
    const auto known = [&](int nonterminal) { return nonterminal >= 0 && nonterminal < count; };
    if (!known(start)) throw EngineError("the grammar starts with a nonterminal that it doesn't have");
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const StringRule& rule = rules[i];
        const std::string where = "rule " + std::to_string(i);
        if (!known(rule.nonterminal)) throw EngineError(where + " is for a nonterminal that the grammar doesn't have");
        if (!(rule.nats >= least_rule_nats) || !std::isfinite(rule.nats)) throw EngineError(where + " has to cost 0.5 nats at least");
        for (const int argument : rule.arguments)
            if (!known(argument)) throw EngineError(where + " takes a nonterminal that the grammar doesn't have");
        const Sort sort = sorts[static_cast<std::size_t>(rule.nonterminal)];
        if (rule.operation == Operation::variable || rule.operation == Operation::constant) {
            check_operand(rule, sort, where);
            continue;
        }
        auto wanted = signature_of(rule.operation);
        if (rule.operation == Operation::if_) wanted = Signature{{Sort::boolean, sort, sort}, sort};
        if (!wanted) throw EngineError(where + " has an operation that isn't one on strings");
        bool fits = wanted->result == sort && wanted->arguments.size() == rule.arguments.size();
        for (std::size_t k = 0; fits && k < rule.arguments.size(); ++k)
            fits = sorts[static_cast<std::size_t>(rule.arguments[k])] == wanted->arguments[k];
        if (!fits) throw EngineError(where + " doesn't fit the sorts of its operation");
    }
}

Word Texts::number(std::u32string_view text) {
    if (const auto found = numbers_.find(text); found != numbers_.end()) return found->second;
    const auto number = static_cast<Word>(texts_.size());
    texts_.emplace_back(text);
    numbers_.emplace(texts_.back(), number);
    bytes_ += sizeof(std::u32string) + 48 + text.size() * sizeof(char32_t);
    return number;
}

std::optional<Word> apply_operation(Operation operation, const Word* arguments, Texts& texts) {
    const auto text = [&](int i) { return texts[arguments[i]]; };
    const auto kept = [&](std::u32string_view made) -> std::optional<Word> {
        if (made.size() > max_text) return std::nullopt;
        return texts.number(made);
    };
    const auto integer = [](Word number) -> std::optional<Word> {  // no sum of two integers wraps around
        if (number > max_integer || number < -max_integer) return std::nullopt;
        return number;
    };
    switch (operation) {
        case Operation::add: return integer(arguments[0] + arguments[1]);
        case Operation::subtract: return integer(arguments[0] - arguments[1]);
        case Operation::equal: return arguments[0] == arguments[1];
        case Operation::greater: return arguments[0] > arguments[1];
        case Operation::if_: return arguments[0] ? arguments[1] : arguments[2];
        case Operation::string_concat: {
            std::u32string joined(text(0));
            joined += text(1);
            return kept(joined);
        }
        case Operation::string_at: return kept(substring(text(0), arguments[1], 1));
        case Operation::string_substring: return kept(substring(text(0), arguments[1], arguments[2]));
        case Operation::string_index_of: return index_of(text(0), text(1), arguments[2]);
        case Operation::string_replace: return kept(replace_first(text(0), text(1), text(2)));
        case Operation::string_length: return static_cast<Word>(text(0).size());
        case Operation::string_to_integer: return to_integer(text(0));
        case Operation::string_from_integer: return kept(from_integer(arguments[0]));
        case Operation::string_prefix_of: return has_prefix(text(1), text(0));
        case Operation::string_suffix_of: return has_suffix(text(1), text(0));
        case Operation::string_contains: return contains(text(0), text(1));
        default: return std::nullopt;
    }
}

}  // namespace wakesleep
