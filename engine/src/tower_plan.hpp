// A tower to be explained: its blocks, and which stretches of it are copies of each other.
#pragma once

#include <cstdint>
#include <vector>

namespace wakesleep {

struct PlannedBlock {
    int x;
    int shape;  // 0 upright, 1 lying
};

class TowerPlan {
  public:
    explicit TowerPlan(std::vector<PlannedBlock> blocks) : blocks_(std::move(blocks)), same_(blocks_.size() * blocks_.size()) {
        const int n = size();
        for (int a = n - 1; a >= 0; --a) {
            for (int b = n - 1; b >= 0; --b) {
                if (shape(a) != shape(b)) continue;
                const bool on = a + 1 < n && b + 1 < n && x(a + 1) - x(a) == x(b + 1) - x(b);
                same_[at(a, b)] = on ? same_[at(a + 1, b + 1)] + 1 : 1;
            }
        }
    }

    int size() const { return static_cast<int>(blocks_.size()); }
    int x(int i) const { return blocks_[static_cast<std::size_t>(i)].x; }
    int shape(int i) const { return blocks_[static_cast<std::size_t>(i)].shape; }
    /// How many blocks from a on are those from b on, moved. Either may be the end.
    int same(int a, int b) const { return a < size() && b < size() ? same_[at(a, b)] : 0; }
    /// How many copies of the `length` blocks from `i` on follow each other there, each as far from the one before.
    int copies(int i, int length) const { return 1 + same(i, i + length) / length; }

  private:
    std::size_t at(int a, int b) const {
        return static_cast<std::size_t>(a) * blocks_.size() + static_cast<std::size_t>(b);
    }
    std::vector<PlannedBlock> blocks_;
    std::vector<std::int32_t> same_;
};

}  // namespace wakesleep
