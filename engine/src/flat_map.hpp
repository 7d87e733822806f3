// A hash map from 64-bit keys to 32-bit values, open addressing: memo tables, and what a bank has seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wakesleep {

/// Spreads the bits of `x`, so that the low ones index a table.
inline std::uint64_t mix_bits(std::uint64_t x) {
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93ULL;
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93ULL;
    return x ^ (x >> 32);
}

/// Keys may be anything but all ones.
class FlatMap {
  public:
    /// The value stored under `key`, or nullptr. Invalid after the next insert.
    const std::int32_t* find(std::uint64_t key) const {
        if (entries_.empty()) return nullptr;
        for (std::size_t at = mix_bits(key) & mask_; entries_[at].key != empty_key; at = (at + 1) & mask_)
            if (entries_[at].key == key) return &entries_[at].value;
        return nullptr;
    }

    void insert(std::uint64_t key, std::int32_t value) {
        if ((count_ + 1) * 10 > entries_.size() * 7) grow();
        std::size_t at = mix_bits(key) & mask_;
        for (; entries_[at].key != empty_key; at = (at + 1) & mask_)
            if (entries_[at].key == key) {
                entries_[at].value = value;
                return;
            }
        entries_[at] = {key, value};
        ++count_;
    }

    void clear() {
        entries_.clear();
        count_ = 0;
    }

    std::size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

  private:
    static constexpr std::uint64_t empty_key = ~0ULL;
    struct Entry {
        std::uint64_t key = empty_key;
        std::int32_t value = 0;
    };

    void grow() {
        std::vector<Entry> old(entries_.empty() ? 64 : entries_.size() * 2);
        old.swap(entries_);
        mask_ = entries_.size() - 1;
        count_ = 0;
        for (const Entry& entry : old)
            if (entry.key != empty_key) insert(entry.key, entry.value);
    }

    std::vector<Entry> entries_;
    std::size_t mask_ = 0, count_ = 0;
};

}  // namespace wakesleep
