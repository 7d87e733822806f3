// Runtime values. Programs are typed, so a word carries no tag: an int, a bool, a real's bits, a character's code point, a
// list's first cell or a closure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

#include <algorithm>
#endif

#include "type.hpp"

namespace wakesleep {

using Word = std::int64_t;

/// Integers live in ±max_integer; arithmetic beyond is an overflow, never a wrap-around.
inline constexpr Word max_integer = Word(1) << 62;

/// Reals are finite and never −0.0, so two are equal where their words are.
inline double as_real(Word word) { return std::bit_cast<double>(word); }
inline Word real_word(double real) { return std::bit_cast<Word>(real + 0.0); }

/// A list is a pointer to its first cell, the empty list is null. Cells are immutable once shared.
struct Cell {
    Word head;
    Cell* tail;
    std::int64_t length;
};

inline Cell* as_list(Word word) { return reinterpret_cast<Cell*>(word); }
inline Word as_word(const void* pointer) { return reinterpret_cast<Word>(pointer); }
inline std::int64_t length_of(const Cell* list) { return list ? list->length : 0; }

/// Memory that is given back all at once. `take` returns null when the limit is reached.
///
/// In a sanitized build what was given back can't be read, nor what lies right behind a piece that was taken.
class Arena {
  public:
    explicit Arena(std::size_t bytes) : bytes_(bytes), memory_(new std::byte[bytes]) {}

    void* take(std::size_t bytes) {
        bytes = (bytes + 15) & ~std::size_t(15);
        if (bytes > bytes_ - used_) return nullptr;
        std::byte* taken = memory_.get() + used_;
        used_ += bytes;
#ifdef __SANITIZE_ADDRESS__
        ASAN_UNPOISON_MEMORY_REGION(taken, bytes);
        ASAN_POISON_MEMORY_REGION(memory_.get() + used_, std::min<std::size_t>(16, bytes_ - used_));
        used_ += std::min<std::size_t>(16, bytes_ - used_);
#endif
        return taken;
    }
    void clear() {
#ifdef __SANITIZE_ADDRESS__
        ASAN_POISON_MEMORY_REGION(memory_.get(), used_);
#endif
        used_ = 0;
    }
    bool owns(const void* pointer) const { return pointer >= memory_.get() && pointer < memory_.get() + used_; }

  private:
    std::size_t bytes_, used_ = 0;
    std::unique_ptr<std::byte[]> memory_;
};

/// A value as it crosses the engine's boundary. A character is a text of length 1, `list(char)` a text of any length.
struct Value {
    enum class Kind : std::uint8_t { integer, boolean, real, text, list };
    Kind kind = Kind::integer;
    std::int64_t number = 0;  // an integer, a truth value
    double real = 0;
    std::u32string text;
    std::vector<Value> items;

    /// Some total order.
    bool operator<(const Value& other) const;
};

/// How values of one ground type are laid out, compared and hashed.
class Shape {
  public:
    /// Throws EngineError for a type that no value at the boundary can have (functions, variables, other constructors).
    static Shape of(Type type);
    /// Nothing for such a type.
    static std::optional<Shape> find(Type type);

    bool is_list() const { return element_ != nullptr; }
    bool is_real() const { return layout_ == Layout::real; }
    /// What reading a value takes beside room for its elements.
    std::size_t bytes_beside() const;
    /// Of a list.
    const Shape& element() const { return *element_; }

    /// Copies a value in; cells come from `arena`. An integer may stand for a real, a list of characters for a text.
    /// Throws EngineError where the value doesn't fit the type or the arena is full.
    Word read(const Value& value, Arena& arena) const;
    /// Nothing where the value would have more than `room` elements: lists share their parts in memory, not here.
    std::optional<Value> write(Word word, std::int64_t room) const;
    /// Of two turtles one is a picture that was read: whether the other draws it.
    bool equal(Word left, Word right) const;
    std::uint64_t hash(Word word) const;
    /// The same for all values whose reals agree in about ten digits; some that do have another, at the edges of rounding.
    std::uint64_t rounded_hash(Word word) const;

  private:
    enum class Layout : std::uint8_t { integer, boolean, real, character, measure, list, tower, turtle };

    template <class OfScalar>
    std::uint64_t hash(Word word, OfScalar of_scalar) const;
    [[noreturn]] void refuse() const;
    Word read_scalar(const Value& value) const;
    bool write(Word word, Value& value, std::int64_t& room) const;
    bool is_text() const { return element_ && element_->layout_ == Layout::character; }

    Layout layout_ = Layout::integer;
    std::shared_ptr<const Shape> element_;  // of a list, and of what is laid out as a list of words
    std::string type_;
};

}  // namespace wakesleep
