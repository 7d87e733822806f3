// Loops whose copies differ: all copies are explained at once, by instructions that fit each of them.
//
// Copy k has a + b k blocks. Where the explanation has come to in each copy, and where the hand is there, are forms in k as
// well, so that a state is four integers. An instruction may move the hand by a form, build a block that each copy has
// next, call something with integers that are forms, or loop a number of times that is a form over what is the same
// everywhere; and a part may be built aside.
#pragma once

#include "tower_explanation.hpp"

namespace wakesleep {

class TowerRounds {
  public:
    /// `count` copies from block `start` on, of lengths that `lengths` gives.
    TowerRounds(TowerExplainer& explainer, int start, int count, Form lengths);

    /// The cheapest loops over them for less than `limit`: one that begins at the first block, and one whose last
    /// instruction leaves the hand where the next copy begins.
    std::vector<TowerExplainer::Rounds> explain(double limit);

  private:
    struct State {
        Form built, hand;  // blocks of each copy, and the hand from where it is at the copy's start
        auto key() const { return std::tuple(built.constant, built.slope, hand.constant, hand.slope); }
    };
    struct Reached {
        State state;
        double price;
        int last;
    };

    int n() const { return static_cast<int>(first_.size()); }
    bool plausible() const;
    /// About what the rest of the dearest copy costs at least.
    double left(const State& state) const;
    std::vector<Reached> reachable(const State& from, double limit, bool aside);
    template <typename Take>
    void expand(const Reached& at, double limit, bool aside, const Take& take);
    template <typename Take>
    void expand_blocks(const Reached& at, const Take& take);
    template <typename Take>
    void expand_loops(const Reached& at, const Take& take);
    template <typename Take>
    void expand_calls(const Reached& at, const Take& take);
    /// The move that brings the hand to `places[k]` in each copy that counts.
    bool move_to(const State& state, const std::vector<int>& places, const std::vector<char>& counts, Form& move) const;

    TowerExplainer& all_;
    Form lengths_;
    std::vector<int> first_, length_, hand_;  // by copy: its first block, its blocks, where the hand is before it
};

}  // namespace wakesleep
