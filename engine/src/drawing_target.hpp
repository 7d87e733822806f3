// The picture that is to be drawn, as numbered cells; and sets of them.
#pragma once

#include <bit>
#include <unordered_map>

#include "turtle_walk.hpp"

namespace wakesleep {

class DrawingTarget {
  public:
    explicit DrawingTarget(const Picture& picture) : numbers_(std::size_t(Picture::side) * Picture::side, -1) {
        for (std::size_t cell = 0; cell < numbers_.size(); ++cell)
            if (picture.touched[cell / 64] >> (cell % 64) & 1) numbers_[cell] = count_++;
    }
    int cells() const { return count_; }
    std::size_t words() const { return (static_cast<std::size_t>(count_) + 63) / 64; }
    /// Whether the stroke stays in the picture; the cells that it touches are added to `set`.
    bool add(const Stroke& stroke, std::uint64_t* set) const {
        return trace(stroke, [&](std::size_t cell) {
            const int number = numbers_[cell];
            if (number < 0) return false;
            set[number / 64] |= std::uint64_t(1) << (number % 64);
            return true;
        });
    }
    bool holds(const Stroke& stroke) const {
        return trace(stroke, [&](std::size_t cell) { return numbers_[cell] >= 0; });
    }

  private:
    std::vector<std::int32_t> numbers_;  // by cell; −1: blank
    int count_ = 0;
};

/// Sets of a picture's cells, each kept once.
class CellSets {
  public:
    explicit CellSets(std::size_t words) : words_(words) { insert(std::vector<std::uint64_t>(words).data()); }

    static constexpr int empty = 0;
    const std::uint64_t* operator[](int set) const { return bits_.data() + static_cast<std::size_t>(set) * words_; }
    int count(int set) const { return counts_[static_cast<std::size_t>(set)]; }
    /// The number of the union of a set and cells.
    int joined(int set, const std::uint64_t* cells) {
        made_.assign((*this)[set], (*this)[set] + words_);
        for (std::size_t i = 0; i < words_; ++i) made_[i] |= cells[i];
        return insert(made_.data());
    }
    /// How many of the cells a set lacks.
    int missing(int set, const std::uint64_t* cells) const {
        int count = 0;
        const std::uint64_t* known = (*this)[set];
        for (std::size_t i = 0; i < words_; ++i) count += std::popcount(cells[i] & ~known[i]);
        return count;
    }
    std::size_t bytes() const { return bits_.capacity() * 8 + counts_.size() * 56; }

  private:
    int insert(const std::uint64_t* cells) {
        std::uint64_t hash = 1;
        int count = 0;
        for (std::size_t i = 0; i < words_; ++i) {
            hash = (hash ^ cells[i]) * 0xFF51AFD7ED558CCDULL;
            hash ^= hash >> 29;
            count += std::popcount(cells[i]);
        }
        const auto [known, fresh] = known_.try_emplace(hash, static_cast<int>(counts_.size()));
        if (fresh) {
            bits_.insert(bits_.end(), cells, cells + words_);
            counts_.push_back(count);
        }
        return known->second;
    }

    std::size_t words_;
    std::vector<std::uint64_t> bits_, made_;
    std::vector<int> counts_;
    std::unordered_map<std::uint64_t, int> known_;  // by hash
};

}  // namespace wakesleep
