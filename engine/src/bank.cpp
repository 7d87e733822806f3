#include "bank.hpp"

#include <algorithm>
#include <chrono>

#include "enumerator.hpp"

namespace wakesleep {

/// Collects the completions of one layer.
class Banks::Filler {
  public:
    Filler(Banks& banks, GrammarState& state, Bank& bank)
        : banks_(banks), state_(state), bank_(bank),
          slow_(std::any_of(banks.productions_.begin(), banks.productions_.end(),
                            [](const Node& production) { return production.operation == Operation::foreign; })) {}

    template <class Walk>
    void operator()(Walk& walk, Reference program, int nodes, int exit, double cost) {
        if (state_.hole->variables == 0) exit = 0;
        Appraiser* appraiser = banks_.appraiser_;
        const std::uint64_t behaviour = appraiser ? appraiser->behaviour(state_, program.node(), exit, cost) : 0;
        if (behaviour == Appraiser::redundant) return;
        if (slow_ && Clock::now() - looked_ > look_every) pulse(walk);
        const std::int32_t* same = behaviour ? bank_.seen.find(behaviour) : nullptr;
        if (same && (*same < old_ || precedes(made(*same), program, cost))) return;
        const Node* kept = walk.keep(program, banks_.pool_).node();
        if (appraiser) kept = appraiser->keep(state_, kept, exit, banks_.pool_);
        const Completion completion{cost, kept, exit, nodes};
        if (same) {
            made(*same) = completion;
            return;
        }
        if (behaviour) bank_.seen.insert(behaviour, old_ + static_cast<std::int32_t>(made_.size()));
        made_.push_back(completion);
    }
    template <class Walk>
    void pulse(Walk& walk) {
        const std::size_t bytes = banks_.bytes() + banks_.table_.bytes() + made_.size() * sizeof(Completion);
        if (bytes > banks_.limits_.bytes) banks_.full_ = true;
        banks_.ended_ = banks_.ended_ || banks_.full_ || (banks_.interrupted_ && banks_.interrupted_());
        looked_ = slow_ ? Clock::now() : looked_;
        if (banks_.ended_) {
            interrupted_ = true;
            walk.stop();
        }
    }

    /// Puts what was made into the bank; false where the layer isn't whole.
    bool finish() {
        if (interrupted_) return false;
        std::stable_sort(made_.begin(), made_.end(),
                         [](const Completion& left, const Completion& right) { return left.cost < right.cost; });
        const std::size_t before = bank_.completions.capacity() * sizeof(Completion) + seen_bytes_;
        bank_.completions.insert(bank_.completions.end(), made_.begin(), made_.end());
        banks_.kept_ += made_.size();
        banks_.kept_bytes_ += bank_.completions.capacity() * sizeof(Completion) + bank_.seen.bytes() - before;
        ++bank_.layers;
        return true;
    }

  private:
    using Clock = std::chrono::steady_clock;
    static constexpr auto look_every = std::chrono::milliseconds(20);

    /// Of equally cheap ones the first as terms is kept, in every bank: equations that put arguments in order would
    /// otherwise leave out both orders, where two banks stand for the same values by different terms.
    static bool precedes(const Completion& known, Reference program, double cost) {
        if (known.cost != cost) return known.cost < cost;
        return compare({known.node, 0}, {program.node(), 0}) <= 0;
    }

    Completion& made(std::int32_t place) { return made_[static_cast<std::size_t>(place - old_)]; }

    Banks& banks_;
    GrammarState& state_;
    Bank& bank_;
    const std::int32_t old_ = static_cast<std::int32_t>(bank_.completions.size());  // places below are of lower layers
    const std::size_t seen_bytes_ = bank_.seen.bytes();
    std::vector<Completion> made_;
    const bool slow_;  // a foreign primitive may take long: between two beats of a walk, too long
    Clock::time_point looked_ = Clock::now();
    bool interrupted_ = false;
};

Bank* Banks::grow(GrammarState* state, int wanted) {
    while (static_cast<std::size_t>(state->id) >= banks_.size()) banks_.emplace_back();
    Bank& bank = banks_[state->id];
    while (bank.layers < wanted) {
        // What a layer that was given up has seen is still among the bank's behaviours: none is begun again.
        if (ended_ || bank.completions.size() > limits_.completions || !fill(state, bank)) return nullptr;
    }
    return &bank;
}

bool Banks::fill(GrammarState* state, Bank& bank) {
    const int layer = bank.layers, outer_layers = max_layers_;
    max_layers_ = std::min(max_layers_, layer);
    Filler filler(*this, *state, bank);
    Enumerator<Filler>(table_, *this, filler)
        .run(state, 0, layer * layer_nats, (layer + 1) * layer_nats, false);
    max_layers_ = outer_layers;
    return filler.finish();
}

}  // namespace wakesleep
