#include "bank.hpp"

#include <algorithm>
#include <unordered_map>

#include "enumerator.hpp"

namespace wakesleep {

/// Collects the completions of one layer.
class Banks::Filler {
  public:
    Filler(Banks& banks, GrammarState& state, Bank& bank) : banks_(banks), state_(state), bank_(bank) {}

    template <class Walk>
    void operator()(Walk& walk, Reference program, int nodes, int exit, double cost) {
        if (state_.variables == 0) exit = 0;
        Completion* replaced = nullptr;
        if (banks_.appraiser_) {
            const auto behaviour = banks_.appraiser_->behaviour(state_, program.node(), exit);
            if (!behaviour) return;
            if (*behaviour != 0) {
                if (bank_.seen.contains(*behaviour)) return;
                const auto [entry, fresh] = seen_.try_emplace(*behaviour, made_.size());
                if (!fresh) {
                    replaced = &made_[entry->second];
                    if (replaced->cost <= cost) return;
                }
            }
        }
        const Node* kept = persist(walk, program).node();
        if (banks_.appraiser_) kept = banks_.appraiser_->keep(state_, kept, exit, banks_.pool_);
        const Completion completion{cost, kept, exit, nodes};
        if (replaced)
            *replaced = completion;
        else
            made_.push_back(completion);
    }
    template <class Walk>
    void pulse(Walk&) {}

    /// Puts what was made into the bank.
    void finish() {
        std::stable_sort(made_.begin(), made_.end(),
                         [](const Completion& left, const Completion& right) { return left.cost < right.cost; });
        bank_.completions.insert(bank_.completions.end(), made_.begin(), made_.end());
        for (const auto& [behaviour, place] : seen_) bank_.seen.insert(behaviour);
        banks_.kept_ += made_.size();
        ++bank_.layers;
        bank_.misses = 0;
    }

  private:
    template <class Walk>
    Reference persist(const Walk& walk, Reference program) {
        if (!walk.owns(program.node())) return program;
        Node* kept = banks_.pool_.node(*program.node());
        for (int i = 0; i < kept->arguments; ++i) kept->first()[i] = persist(walk, program.node()->argument(i));
        return {kept, program.lambdas()};
    }

    Banks& banks_;
    GrammarState& state_;
    Bank& bank_;
    std::vector<Completion> made_;
    std::unordered_map<std::uint64_t, std::size_t> seen_;  // behaviours, and where in `made_`
};

Bank* Banks::grow(GrammarState* state, int wanted) {
    while (static_cast<std::size_t>(state->id) >= banks_.size()) banks_.emplace_back();
    Bank& bank = banks_[state->id];
    if (bank.misses < patience_) {
        ++bank.misses;
        return nullptr;
    }
    while (bank.layers < wanted) {
        if (bytes() > max_bytes_) full_ = true;
        if (full_ || bank.completions.size() > max_completions_) return nullptr;
        fill(state, bank);
    }
    return &bank;
}

void Banks::fill(GrammarState* state, Bank& bank) {
    const int layer = bank.layers, outer_layers = max_layers_;
    max_layers_ = std::min(max_layers_, layer);
    Filler filler(*this, *state, bank);
    Enumerator<Filler>(table_, *this, filler).run(state, 0, layer * layer_nats, (layer + 1) * layer_nats);
    max_layers_ = outer_layers;
    filler.finish();
}

}  // namespace wakesleep
