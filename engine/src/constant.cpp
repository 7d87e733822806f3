#include "constant.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

namespace wakesleep {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

std::optional<Constant> read_real(std::string_view name) {
    std::size_t at = !name.empty() && name[0] == '-';
    std::size_t digits = 0;
    bool marked = false;  // as a real, by a point or an exponent
    for (; at < name.size() && digit(name[at]); ++at) ++digits;
    if (at < name.size() && name[at] == '.') {
        marked = true;
        for (++at; at < name.size() && digit(name[at]); ++at) ++digits;
    }
    if (digits == 0) return std::nullopt;
    if (at < name.size() && (name[at] == 'e' || name[at] == 'E')) {
        marked = true;
        ++at;
        if (at < name.size() && (name[at] == '+' || name[at] == '-')) ++at;
        if (at == name.size()) return std::nullopt;
        for (; at < name.size() && digit(name[at]); ++at) {}
    }
    if (!marked || at != name.size()) return std::nullopt;
    double real = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), real);
    if (read.ec != std::errc() || !std::isfinite(real)) return std::nullopt;
    return real + 0.0;  // no negative zero
}

/// The next character of UTF-8 text, or nothing where it isn't well formed.
std::optional<char32_t> take_character(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at++);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4 || at + static_cast<std::size_t>(more) > text.size()) return std::nullopt;
    char32_t character = first & (0x3F >> more);
    for (int i = 0; i < more; ++i, ++at) {
        if ((byte(at) & 0xC0) != 0x80) return std::nullopt;
        character = character << 6 | (byte(at) & 0x3F);
    }
    constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
    const bool half = character >= 0xD800 && character <= 0xDFFF;
    if (half || character < least[more] || character > 0x10FFFF) return std::nullopt;
    return character;
}

std::optional<Constant> read_text(std::string_view name) {
    if (name.size() < 2 || name.back() != '"') return std::nullopt;
    const std::string_view inside = name.substr(1, name.size() - 2);
    std::u32string text;
    for (std::size_t at = 0; at < inside.size();) {
        if (inside[at] == '"') return std::nullopt;
        if (inside[at] == '\\' && (++at == inside.size() || (inside[at] != '"' && inside[at] != '\\'))) return std::nullopt;
        const auto character = take_character(inside, at);
        if (!character || text.size() == max_constant_length) return std::nullopt;
        text.push_back(*character);
    }
    return text;
}

void add_utf8(char32_t character, std::string& text) {
    if (character < 0x80) {
        text += static_cast<char>(character);
        return;
    }
    const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    constexpr int leads[] = {0, 0xC0, 0xE0, 0xF0};
    text += static_cast<char>(leads[more] | character >> (6 * more));
    for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | (character >> (6 * i) & 0x3F));
}

std::string real_name(double real) {
    char digits[64];
    const auto write = [&](std::chars_format format) {
        return std::string(digits, std::to_chars(digits, digits + sizeof digits, real, format).ptr);
    };
    const std::string scientific = write(std::chars_format::scientific);
    const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
    if (exponent < -4 || exponent >= 16) return scientific;
    const std::string fixed = write(std::chars_format::fixed);
    return fixed.find('.') == std::string::npos ? fixed + ".0" : fixed;
}

}  // namespace

double nats_of_real(double real) {
    if (real == 0) return 2 * std::numbers::ln2;
    char digits[64];
    const std::string_view written(digits, std::to_chars(digits, digits + sizeof digits, real, std::chars_format::scientific).ptr - digits);
    const std::size_t mark = written.find('e');
    const auto significant = std::count_if(written.begin(), written.begin() + mark, digit);
    const double exponent = std::abs(std::stod(std::string(written.substr(mark + 1))));
    return (2 + exponent) * std::numbers::ln2 + static_cast<double>(significant) * std::log(20) + std::log(3);
}

std::optional<Constant> constant_of(std::string_view name) {
    if (name.empty()) return std::nullopt;
    if (name[0] == '"') return read_text(name);
    return read_real(name);
}

std::string name_of(const Constant& constant) {
    if (const auto* real = std::get_if<double>(&constant)) return real_name(*real + 0.0);
    std::string name = "\"";
    for (char32_t character : std::get<std::u32string>(constant)) {
        if (character == '"' || character == '\\') name += '\\';
        add_utf8(character, name);
    }
    return name + "\"";
}

}  // namespace wakesleep
