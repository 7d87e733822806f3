#include "string_functions.hpp"

#include <algorithm>

#include "value.hpp"

namespace wakesleep {

std::u32string_view substring(std::u32string_view text, std::int64_t start, std::int64_t count) {
    const auto length = static_cast<std::int64_t>(text.size());
    if (start < 0 || start >= length || count <= 0) return {};
    return text.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(std::min(count, length - start)));
}

std::int64_t index_of(std::u32string_view text, std::u32string_view part, std::int64_t start) {
    if (start < 0 || start > static_cast<std::int64_t>(text.size())) return -1;
    const std::size_t found = text.find(part, static_cast<std::size_t>(start));
    return found == std::u32string_view::npos ? -1 : static_cast<std::int64_t>(found);
}

std::u32string replace_first(std::u32string_view text, std::u32string_view part, std::u32string_view by) {
    const std::size_t found = text.find(part);
    if (found == std::u32string_view::npos) return std::u32string(text);
    std::u32string replaced(text.substr(0, found));
    replaced += by;
    replaced += text.substr(found + part.size());
    return replaced;
}

std::optional<std::int64_t> to_integer(std::u32string_view text) {
    if (text.empty()) return -1;
    std::int64_t number = 0;
    bool beyond = false;
    for (const char32_t character : text) {
        if (character < U'0' || character > U'9') return -1;
        const auto digit = static_cast<std::int64_t>(character - U'0');
        beyond = beyond || number > (max_integer - digit) / 10;
        if (!beyond) number = number * 10 + digit;
    }
    if (beyond) return std::nullopt;
    return number;
}

std::u32string from_integer(std::int64_t number) {
    if (number < 0) return {};
    const std::string digits = std::to_string(number);
    return std::u32string(digits.begin(), digits.end());
}

}  // namespace wakesleep
