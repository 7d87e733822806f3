// Enumeration of every program whose cost lies in a window: depth first over compiled tables, drawing on banks.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>

#include "bank.hpp"

namespace wakesleep {

/// Shares one enumeration between threads: each walks all of it, and does the units whose turn it drew.
class Turns {
  public:
    explicit Turns(std::atomic<std::int64_t>& next) : next_(next) {}
    /// Whether the unit that the walk has reached is this thread's.
    bool take() {
        if (mine_ < 0) mine_ = next_.fetch_add(1, std::memory_order_relaxed);
        if (reached_++ != mine_) return false;
        mine_ = -1;
        return true;
    }

  private:
    std::atomic<std::int64_t>& next_;
    std::int64_t reached_ = 0, mine_ = -1;
};

/// Calls `visit(walk, Reference program, int nodes, int exit, double cost)` for each program with lower ≤ cost < upper,
/// each once. The visitor ends the enumeration through `stop()`. Memory: tables, banks, and a stack as deep as the program.
template <class Visitor>
class Enumerator {
  public:
    /// Longest program, in nodes; longer ones are left out (at 1 nat a node that is far beyond any window).
    static constexpr int max_nodes = 256;

    Enumerator(GrammarTable& table, Banks& banks, Visitor& visitor)
        : table_(table), banks_(banks), visitor_(visitor), scratch_(new Scratch) {}

    /// Without `draw_root`, `state` itself isn't drawn from a bank, only what its alternatives take.
    void run(GrammarState* state, int lambdas, double lower, double upper, bool draw_root = true, Turns* turns = nullptr) {
        lower_ = lower;
        upper_ = upper;
        nodes_ = 0;
        stopped_ = false;
        turns_ = turns;
        draw_root_ = draw_root;
        top_ = scratch_->bytes;
        visit(state, lambdas, 0, nullptr, &root_);
    }
    void stop() { stopped_ = true; }
    bool stopped() const { return stopped_; }
    /// Whether a node's memory is the walk's own, to be written over as it goes on.
    bool owns(const Node* node) const {
        const auto* at = reinterpret_cast<const std::byte*>(node);
        return at >= scratch_->bytes && at < scratch_->bytes + sizeof scratch_->bytes;
    }

  private:
    struct alignas(16) Scratch {
        std::byte bytes[max_nodes * 48];
    };
    /// Programs with so many nodes chosen are begun by one thread alone.
    static constexpr int unit_nodes = 3;

    /// What is still to be done when the current hole is finished.
    struct Pending {
        GrammarNode* node;
        const Pending* up;
        double least;     // bound on all holes that wait above the current one
        Reference* slot;  // of the current argument
        bool waits;       // for another hole, here or above
        /// Instead of holes, an application that is finished when the current hole is, and what its arguments must be.
        const std::vector<Comparison>* comparisons;
        const Node* application;
    };

    void emit(int exit, double cost) {
        if (cost < lower_ || cost >= upper_ || stopped_ || (turns_ && !turns_->take())) return;
        if ((++beats_ & 255) == 0) visitor_.pulse(*this);
        visitor_(*this, root_, nodes_, exit, cost);
    }

    void visit(GrammarState* state, int lambdas, double cost, const Pending* pending, Reference* slot) {
        const double room = upper_ - (pending ? pending->least : 0) - cost;
        if (table_.floor(state->context) >= room || table_.least(state) >= room) return;
        if ((++beats_ & 255) == 0) visitor_.pulse(*this);
        Turns* turns = nullptr;
        if (turns_ && nodes_ >= unit_nodes) {
            if (!turns_->take()) return;
            turns = std::exchange(turns_, nullptr);
        }
        if (Bank* bank = nodes_ > 0 || draw_root_ ? banks_.covering(state, room) : nullptr)
            draw(*bank, room, lambdas, cost, pending, slot);
        else
            choose(state, room, lambdas, cost, pending, slot);
        if (turns) turns_ = turns;
    }

    void draw(Bank& bank, double room, int lambdas, double cost, const Pending* pending, Reference* slot) {
        std::size_t i = 0;
        const std::size_t count = bank.completions.size();
        if (!(pending && pending->waits) && lower_ > cost) {
            const auto cheaper = [](const Completion& completion, double bound) { return completion.cost < bound; };
            i = std::lower_bound(bank.completions.begin(), bank.completions.end(), lower_ - cost, cheaper) -
                bank.completions.begin();
        }
        for (; i < count && !stopped_; ++i) {
            const Completion completion = bank.completions[i];  // by value: the bank may grow on the way
            if (completion.cost >= room) break;
            if (nodes_ + completion.nodes > max_nodes) continue;
            nodes_ += completion.nodes;
            *slot = {completion.node, lambdas};
            finish(completion.exit, cost + completion.cost, pending);
            nodes_ -= completion.nodes;
        }
    }

    void choose(GrammarState* state, double room, int lambdas, double cost, const Pending* pending, Reference* slot) {
        if (nodes_ == max_nodes) return;
        ++nodes_;
        for (const Leaf& leaf : state->leaves) {
            if (leaf.cost >= room || stopped_) break;
            *slot = {banks_.leaf(leaf.token), lambdas};
            finish(leaf.exit, cost + leaf.cost, pending);
        }
        for (Branch& branch : state->branches) {
            if (branch.cost >= room || stopped_) break;
            if (branch.cost + table_.floor_of_arguments(branch) >= room) continue;
            GrammarNode* next = table_.node_of(state, branch);
            table_.prepare(next);
            if (branch.cost + next->all_least >= room) continue;
            const std::size_t size = Node::size(branch.arguments);
            if (top_ + size > scratch_->bytes + sizeof scratch_->bytes) continue;
            Node* node = new (top_) Node(banks_.head(branch.token, branch.arguments));
            top_ += size;
            *slot = {node, lambdas};
            if (branch.comparisons) {
                const Pending compared{nullptr, pending, pending ? pending->least : 0, nullptr, pending && pending->waits,
                                       branch.comparisons, node};
                enter(next, cost + branch.cost, &compared, node->first());
            } else {
                enter(next, cost + branch.cost, pending, node->first());
            }
            top_ -= size;
        }
        --nodes_;
    }

    /// A hole was filled and left signature `exit`: goes on with what waits.
    void finish(int exit, double cost, const Pending* pending) {
        for (; pending; pending = pending->up) {
            if (pending->comparisons) {
                if (!passes(*pending)) return;
                continue;
            }
            GrammarNode* next = table_.after(pending->node, exit);
            if (next->exit < 0) {
                enter(next, cost, pending->up, pending->slot + 1);
                return;
            }
            exit = next->exit;
        }
        emit(exit, cost);
    }

    void enter(GrammarNode* node, double cost, const Pending* up, Reference* slot) {
        table_.prepare(node);
        if (node->tail) {  // nobody waits for this node's signature: drop it from the stack
            visit(node->child, node->lambdas, cost, up, slot);
            return;
        }
        const Pending pending{node, up, (up ? up->least : 0) + node->rest_least, slot, true, nullptr, nullptr};
        visit(node->child, node->lambdas, cost, &pending, slot);
    }

    /// Whether a finished application's arguments are as the language's equations want them.
    static bool passes(const Pending& compared) {
        for (const Comparison& comparison : *compared.comparisons) {
            const auto order = compare(compared.application->argument(comparison.first),
                                       compared.application->argument(comparison.second));
            if (comparison.keep == Comparison::Keep::ordered ? order > 0 : order == 0 && !holds_holes(compared, comparison))
                return false;
        }
        return true;
    }

    /// Equal arguments with holes are filled with different constants.
    static bool holds_holes(const Pending& compared, const Comparison& comparison) {
        return has_holes(compared.application->argument(comparison.first).node());
    }

    GrammarTable& table_;
    Banks& banks_;
    Visitor& visitor_;
    std::unique_ptr<Scratch> scratch_;
    Turns* turns_ = nullptr;
    double lower_ = 0, upper_ = 0;
    int nodes_ = 0;
    bool stopped_ = false, draw_root_ = true;
    std::uint64_t beats_ = 0;
    std::byte* top_ = nullptr;
    Reference root_;
};

}  // namespace wakesleep
