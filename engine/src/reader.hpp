// A cursor over text that knows its line and column, shared by the readers of types and terms.
#pragma once

#include <string>
#include <string_view>

#include "error.hpp"

namespace wakesleep {

class Reader {
  public:
    /// Nesting allowed in any text; deeper input is refused, so that recursion over what was read is safe.
    static constexpr int max_nesting = 2000;

    explicit Reader(std::string_view text) : text_(text) {}

    bool at_end() const { return position_ >= text_.size(); }
    char peek(std::size_t ahead = 0) const {
        return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
    }
    char take() { return text_[position_++]; }
    void skip_space() {
        while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++position_;
    }
    std::size_t position() const { return position_; }
    std::string_view since(std::size_t start) const { return text_.substr(start, position_ - start); }

    /// The character at the cursor, whole also where UTF-8 needs several bytes for it.
    std::string here() const {
        std::size_t bytes = at_end() ? 0 : 1;
        while (bytes && (peek(bytes) & 0xC0) == 0x80) ++bytes;
        return std::string(text_.substr(position_, bytes));
    }

    void expect(char wanted) {
        skip_space();
        if (at_end()) fail(std::string("expected '") + wanted + "' but the text ends");
        if (peek() != wanted) fail(std::string("expected '") + wanted + "' but found '" + here() + "'");
        ++position_;
    }

    [[noreturn]] void fail(const std::string& what) const {
        std::size_t line = 1, column = 1;
        for (std::size_t i = 0; i < position_ && i < text_.size(); ++i) {
            if (text_[i] == '\n') {
                ++line;
                column = 1;
            } else if ((text_[i] & 0xC0) != 0x80) {
                ++column;
            }
        }
        throw ParseError("line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what);
    }

    /// Counts nesting for the lifetime of one recursive call.
    class Nested {
      public:
        explicit Nested(Reader& reader) : reader_(reader) {
            if (++reader_.nesting_ > max_nesting)
                reader_.fail("nested more than " + std::to_string(max_nesting) + " deep");
        }
        ~Nested() { --reader_.nesting_; }
        Nested(const Nested&) = delete;
        Nested& operator=(const Nested&) = delete;

      private:
        Reader& reader_;
    };

  private:
    std::string_view text_;
    std::size_t position_ = 0;
    int nesting_ = 0;
};

}  // namespace wakesleep
