// Programs that build a tower, worked out from its blocks.
//
// A tower is explained as a row of instructions: blocks, calls of what was learned, loops and bodies built aside, with moves
// of the hand between them. Each of them builds a stretch of the plan. What a stretch costs is found by dynamic programming
// over how much of it is built and where the hand is. A loop explains a stretch that is n copies of its first part, by
// explaining that part once; a loop whose copies differ explains all of them at once (tower_rounds.hpp).
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tower_plan.hpp"
#include "tower_prices.hpp"

namespace wakesleep {

/// A call of something learned, `(head argument … rest)`, and what it does.
struct TowerCall {
    int family = 0;  // equal for calls that differ in their integers alone
    std::string head;
    /// In order; `text` where it isn't an integer.
    struct Argument {
        int value = 0;
        std::string text;
    };
    std::vector<Argument> arguments;
    double price = 0;  // of all but the integers
    std::vector<PlannedBlock> blocks;  // x from where the hand is
    int displacement = 0;
};

struct TowerExplanation {
    std::vector<std::pair<std::string, double>> programs;  // with their prices, the cheapest first
    std::int64_t tried = 0;
    double cpu_seconds = 0;
};

/// An instruction, after a move of the hand. Chains of them are linked backwards and share their beginnings.
struct TowerStep {
    enum class Kind { block, loop, embed, call } kind = Kind::block;
    Form move = {};         // before it
    int shape = 0;          // of a block
    Form count = {};        // of a loop
    int body = -1;          // the last step of a loop's or embed's body
    Form lead = {}, tail = {};  // moves at the beginning and at the end of the body
    bool indexed = false;   // whether the loop's body depends on its index
    int call = -1;
    std::vector<Form> integers = {};  // of a call
    int previous = -1;
};

/// A way to have built a stretch, with the hand at `hand`.
struct TowerWay {
    int hand = 0;
    double price = 0;
    int last = -1;   // of its chain
    int first = 0;   // the move that it begins with
};

/// A loop's body that moves the hand by a given shift from one copy to the next.
struct TowerBody {
    double price = unaffordable;
    int last = -1;
    int lead = 0, tail = 0;  // moves before and after its instructions
};

class TowerExplainer {
  public:
    TowerExplainer(TowerPlan plan, const TowerPrices& prices, std::vector<TowerCall> calls, double seconds,
                   const std::atomic<bool>* cancelled);
    TowerExplainer(const TowerExplainer&) = delete;
    TowerExplanation run(std::size_t keep);

  private:
    friend class TowerRounds;
    struct Offer {
        int hand;
        double price;
        TowerStep step;
        int first = 0;
    };
    /// What is known of a loop whose copies differ, over `length` blocks.
    struct Rounds {
        int length;
        int start, end;  // where the hand is before and after
        double price;    // of all but the count
        TowerStep step;
    };
    /// Programs at the top and inside of bodies have other variables in scope.
    struct Level {
        const Integers& integers;
        Moves moves;
        double rest;
    };

    bool out_of_time();
    void explain_from(int start);
    int copy_ways(int start);
    std::vector<TowerBody> bodies(int start, int length, int shift) const;
    void add_own_loops(int start, int length, std::vector<Offer>& offers);
    template <typename Take>
    void expand(int at, const TowerWay& way, const Level& level, int beyond, const Take& take);
    void offer(std::vector<Offer>& offers, Offer&& offered);
    std::vector<TowerWay> fixed(std::vector<Offer>& offers);
    double price_after(const TowerWay& way, int lead) const;
    int keep_step(TowerStep step);
    /// A body in the scope of a continuation $0. `index`: the de Bruijn index of the variable that its forms depend on.
    std::string text(const TowerStep& of, int index) const;
    std::string text(int last, Form lead, Form tail, int index, const Level& level) const;
    std::vector<Leap> leaps(const Integers& integers) const;
    double price_of(const TowerCall& call, const Integers& integers) const;
    std::string opened(const TowerCall& call, const std::vector<Form>& integers, const Integers& texts, int index) const;
    void match_calls();

    TowerPlan plan_;
    TowerPrices prices_;
    std::vector<TowerCall> calls_;
    double seconds_, started_;
    const std::atomic<bool>* cancelled_;
    bool stopped_ = false, with_rounds_ = false;
    std::int64_t tried_ = 0;
    int reach_;
    Integers plain_, indexed_;  // without and with a loop's index in scope
    Level top_, inner_;
    std::vector<TowerStep> steps_;
    std::vector<std::vector<std::vector<TowerWay>>> ways_;  // from block i on, of so many blocks
    std::vector<std::vector<Rounds>> rounds_;               // from block i on
    std::vector<std::vector<int>> matching_;                // calls, by the block that they begin with
    std::vector<int> blockless_;
    std::map<std::pair<int, std::vector<int>>, int> by_integers_;  // calls, by family and integers
};

}  // namespace wakesleep
