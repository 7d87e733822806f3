// What a pure function gave for which arguments, within bounds of memory; shared by threads.
#pragma once

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "machine.hpp"

namespace wakesleep {

/// Arguments and results written out as words: a list is its length, then its elements.
using Words = std::vector<Word>;

class CallMemo {
  public:
    /// Calls with longer arguments or results aren't kept.
    static constexpr std::size_t max_words = 64;

    struct Known {
        Failure failure;
        Words result;
    };

    /// Calls `use` with what is known of these arguments; false where nothing is.
    template <class Use>
    bool find(std::span<const Word> arguments, Use use) {
        Shard& shard = shard_of(arguments);
        std::lock_guard lock(shard.mutex);
        const auto found = shard.known.find(arguments);
        if (found == shard.known.end()) return false;
        use(found->second);
        return true;
    }
    void keep(std::span<const Word> arguments, Known known) {
        if (arguments.size() > max_words || known.result.size() > max_words) return;
        Shard& shard = shard_of(arguments);
        std::lock_guard lock(shard.mutex);
        shard.words += arguments.size() + known.result.size() + overhead_words;
        if (shard.words > max_shard_words) {  // old calls are seldom made again: begun anew rather than sorted by age
            shard.known.clear();
            shard.words = arguments.size() + known.result.size() + overhead_words;
        }
        shard.known.insert_or_assign(Words(arguments.begin(), arguments.end()), std::move(known));
    }

  private:
    static constexpr std::size_t shards = 16, overhead_words = 16;
    static constexpr std::size_t max_shard_words = std::size_t(1) << 17;  // 1 MiB

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::span<const Word> words) const {
            std::uint64_t hash = words.size() + 1;
            for (Word word : words) {
                hash = (hash ^ static_cast<std::uint64_t>(word)) * 0xFF51AFD7ED558CCDULL;
                hash ^= hash >> 31;
            }
            return hash;
        }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(std::span<const Word> left, std::span<const Word> right) const {
            return std::equal(left.begin(), left.end(), right.begin(), right.end());
        }
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<Words, Known, Hash, Equal> known;
        std::size_t words = 0;
    };

    Shard& shard_of(std::span<const Word> arguments) { return shards_[Hash()(arguments) >> 60]; }

    std::array<Shard, shards> shards_;
};

}  // namespace wakesleep
