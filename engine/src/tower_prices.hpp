// What the parts of a tower program cost in nats, and the cheapest ways to write integers and to move the hand.
#pragma once

#include <array>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace wakesleep {

/// Of a node each, under a library's weights. Those of integers hold where no integer variable is in scope.
struct TowerPrices {
    std::array<double, 2> blocks{};  // upright, lying
    double left = 0, right = 0, loop = 0, embed = 0;
    double rest = 0;  // the continuation's variable where it is the only one; ln k more where it is one of k
    std::array<double, 9> literals{};
    double minus = 0;
    double index = 0;    // a loop's index where it is the only integer variable
    double crowded = 0;  // what a literal or `-` costs more where an integer variable is in scope
};

inline constexpr double unaffordable = std::numeric_limits<double>::infinity();

/// An integer that depends on a loop's index k: constant + slope * k.
struct Form {
    int constant = 0, slope = 0;
    int at(int k) const { return constant + slope * k; }
    bool operator==(const Form&) const = default;
    Form operator+(Form other) const { return {constant + other.constant, slope + other.slope}; }
    Form operator-() const { return {-constant, -slope}; }
};

/// The form that has `values[k]` for each k that counts, slope 0 where one or none does; false where there is none.
bool form_through(const std::vector<int>& values, const std::vector<char>& counts, Form& form);

/// The cheapest expression of each form, from literals, the index and subtraction; of a constant, from literals alone.
class Integers {
  public:
    /// `indexed`: an index is in scope.
    Integers(const TowerPrices& prices, bool indexed);
    double price(Form form) const;
    /// `index`: the de Bruijn index of the loop's variable there.
    std::string text(Form form, int index) const;

  private:
    static constexpr int most = 40, steepest = 2, constants = 2 * most + 1, slopes = 2 * steepest + 1;
    struct Way {
        double price = unaffordable;
        int first = -1, second = -1;  // of a subtraction; -1: a literal or the index
    };
    static int place(Form form);
    static Form form_at(int place);
    std::vector<Way> ways_;
};

/// An instruction that builds nothing: `(open rest)` moves the hand by `shift`.
struct Leap {
    int shift;
    double price;
    std::string open;
};

/// The cheapest ways to move the hand.
class Moves {
  public:
    /// `leaps`: besides left, right, and loops of either. `inner`: integers in a loop's body. Moves of more than `reach`
    /// can't be afforded.
    Moves(const TowerPrices& prices, const Integers& integers, const Integers& inner, const std::vector<Leap>& leaps,
          int reach);
    double price(int shift) const {
        return shift < -reach_ || shift > reach_ ? unaffordable : ways_[static_cast<std::size_t>(shift + reach_)].price;
    }
    double price(Form shift) const;
    /// `(open (open …`, and adds to `closing` how many brackets that leaves open.
    std::string open(Form shift, int index, int& closing) const;

  private:
    struct Way {
        double price = unaffordable;
        int last = -1;  // of leaps_
    };
    struct Slanted {
        double price = unaffordable;
        Form moved;    // by a move that depends on the index; a plain move does the rest
        int step = 0;  // 0: moved at once; else in a loop of moves by so much
    };
    const Slanted& slanted(Form shift) const;
    double loop_price(int step) const;
    std::string looped(Form count, int step, int index) const;

    const TowerPrices& prices_;
    const Integers &integers_, &inner_;
    int reach_;
    std::vector<Leap> leaps_;
    std::vector<Way> ways_;
    mutable std::map<std::pair<int, int>, Slanted> slanted_;
};

}  // namespace wakesleep
