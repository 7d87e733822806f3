// Completions of holes, kept: what a state was filled with once needn't be searched again.
//
// A bank holds every completion of its state that costs less than its bound, cheapest first, in layers of equal width.
// Sub-programs share their parts, so a completion costs one node. Layers are made when first asked for; a layer only
// draws on lower ones, what isn't there is searched in place.
#pragma once

#include <cmath>
#include <deque>
#include <functional>
#include <vector>

#include "code.hpp"
#include "flat_map.hpp"
#include "grammar_table.hpp"

namespace wakesleep {

struct Completion {
    double cost;  // nats
    const Node* node;
    std::int32_t exit;   // what it made of its state's type variables
    std::int32_t nodes;
};

/// Tells completions apart by what they do.
class Appraiser {
  public:
    virtual ~Appraiser() = default;
    /// What the behaviour is of a completion that another one stands for.
    static constexpr std::uint64_t redundant = ~std::uint64_t(1);
    /// A hash of what the completion does: of several with one hash a bank keeps the cheapest. 0: it can't be compared.
    virtual std::uint64_t behaviour(const GrammarState& state, const Node* node, int exit, double cost) = 0;
    /// The node to keep, which may know its values.
    virtual const Node* keep(const GrammarState& state, const Node* node, int exit, Pool& pool) = 0;
};

/// Where a walk builds its programs before anyone keeps them.
struct alignas(16) Scratch {
    /// Longest program, in nodes; longer ones are left out (at 1 nat a node that is far beyond any window).
    static constexpr int max_nodes = 256;
    std::byte bytes[max_nodes * 48];
};

struct Bank {
    std::vector<Completion> completions;  // cheapest first
    FlatMap seen;  // behaviours, with their place in `completions`
    int layers = 0;
};

class Banks {
  public:
    static constexpr double layer_nats = 0.5;
    struct Limits {
        std::size_t completions = 2'000;  // of one state, about
        std::size_t bytes = std::size_t(256) << 20;  // of banks and tables: where they reach this, banks stop growing
        double share = 0.6;  // of the window's upper bound: what may cost more is met too seldom
    };

    /// `appraiser` may be null. All but the limits must outlive the banks.
    Banks(GrammarTable& table, const std::vector<Node>& productions, Appraiser* appraiser, const Limits& limits)
        : table_(table), productions_(productions), appraiser_(appraiser), limits_(limits) {}

    /// To be called before a window is searched: which completions are kept depends on nothing else than its bound, so
    /// that the same programs are enumerated in whatever order, and by however many threads.
    void set_window(double upper) { max_layers_ = static_cast<int>(upper * limits_.share / layer_nats); }

    /// Ends the filling of a layer, which is then dropped: asked every now and then.
    void set_interruption(std::function<bool()> interrupted) { interrupted_ = std::move(interrupted); }

    /// The bank of every completion below `room`; null where it isn't kept.
    Bank* covering(GrammarState* state, double room) {
        const auto wanted = static_cast<int>(std::ceil(room / layer_nats));
        if (wanted > max_layers_) return nullptr;
        if (state->id < static_cast<int>(banks_.size()) && banks_[state->id].layers >= wanted) return &banks_[state->id];
        return grow(state, wanted);
    }
    /// Bytes of completions and their nodes.
    std::size_t bytes() const { return pool_.bytes() + kept_bytes_; }
    std::size_t completions() const { return kept_; }
    /// Whether memory kept a bank from growing.
    bool full() const { return full_; }

    /// Lent to a walk, and given back: filling a layer is a walk within a walk.
    std::unique_ptr<Scratch> borrow_scratch() {
        if (scratches_.empty()) return std::unique_ptr<Scratch>(new Scratch);
        auto scratch = std::move(scratches_.back());
        scratches_.pop_back();
        return scratch;
    }
    void give_back(std::unique_ptr<Scratch> scratch) { scratches_.push_back(std::move(scratch)); }

    /// A node of an alternative, its arguments missing.
    Node head(int token, int arguments) const {
        if (token < static_cast<int>(productions_.size())) return productions_[token];
        return variable(token, arguments);
    }
    /// The node of an alternative without arguments.
    const Node* leaf(int token) {
        if (token < static_cast<int>(productions_.size())) return &productions_[token];
        const std::size_t index = token - productions_.size();
        while (index >= variables_.size()) variables_.push_back(variable(static_cast<int>(productions_.size() + variables_.size()), 0));
        return &variables_[index];
    }

  private:
    class Filler;

    Node variable(int token, int arguments) const {
        return {Operation::variable, static_cast<std::uint8_t>(arguments), token,
                static_cast<Word>(token - static_cast<int>(productions_.size()))};
    }
    Bank* grow(GrammarState* state, int wanted);
    bool fill(GrammarState* state, Bank& bank);

    GrammarTable& table_;
    const std::vector<Node>& productions_;
    Appraiser* appraiser_;
    Limits limits_;
    std::function<bool()> interrupted_;
    Pool pool_;
    std::vector<std::unique_ptr<Scratch>> scratches_;
    std::deque<Node> variables_;
    std::deque<Bank> banks_;  // by state
    int max_layers_ = 0;  // that may be drawn on: the window's, or while a layer is filled those below it
    std::size_t kept_ = 0, kept_bytes_ = 0;  // completions, and their part of the memory
    bool full_ = false;   // memory keeps banks from growing
    bool ended_ = false;  // memory or an interruption does
};

}  // namespace wakesleep
