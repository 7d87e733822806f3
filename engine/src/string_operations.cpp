// SMT-LIB's functions on strings as the machine's operations: its strings are lists of characters.
#include <array>

#include "machine.hpp"
#include "string_functions.hpp"

namespace wakesleep {

namespace {

std::u32string text_of(Word word) {
    std::u32string text;
    text.reserve(static_cast<std::size_t>(length_of(as_list(word))));
    for (const Cell* cell = as_list(word); cell; cell = cell->tail) text.push_back(static_cast<char32_t>(cell->head));
    return text;
}

}  // namespace

Word Machine::text_word(std::u32string_view text, Cell* tail) {
    if (text.empty()) return as_word(tail);
    const auto count = static_cast<std::int64_t>(text.size());
    Cell* made = cells(count);
    if (!made) return 0;
    const std::int64_t length = count + length_of(tail);
    for (std::int64_t i = 0; i < count; ++i) {
        Cell* next = i + 1 < count ? made + i + 1 : tail;
        made[i] = {static_cast<Word>(text[static_cast<std::size_t>(i)]), next, length - i};
    }
    return as_word(made);
}

Word Machine::string_operation(const Node* at, Frame* frame) {
    std::array<Word, 3> words{};
    for (int i = 0; i < at->arguments; ++i) {
        words[static_cast<std::size_t>(i)] = argument(at->argument(i), frame);
        if (failed()) return 0;
    }
    const auto [first, second, third] = words;
    if (at->operation == Operation::string_from_integer) return text_word(from_integer(first), nullptr);
    // Everything else reads its first string.
    if (at->operation == Operation::string_length) return length_of(as_list(first));
    const std::u32string text = text_of(first);
    fuel_ -= static_cast<std::int64_t>(text.size() / 8);
    switch (at->operation) {
        case Operation::string_concat: return text_word(text, as_list(second));
        case Operation::string_at: return text_word(substring(text, second, 1), nullptr);
        case Operation::string_substring: return text_word(substring(text, second, third), nullptr);
        case Operation::string_index_of: return index_of(text, text_of(second), third);
        case Operation::string_replace: return text_word(replace_first(text, text_of(second), text_of(third)), nullptr);
        case Operation::string_prefix_of: return has_prefix(text_of(second), text);
        case Operation::string_suffix_of: return has_suffix(text_of(second), text);
        case Operation::string_contains: return contains(text, text_of(second));
        default: {
            const auto number = to_integer(text);
            return number ? *number : fail(Failure::overflow);
        }
    }
}

}  // namespace wakesleep
