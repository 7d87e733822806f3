// Depth-first enumeration of every program whose cost lies in a window, reading only compiled tables.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "grammar_table.hpp"

namespace wakesleep {

/// Calls `visit(const Step*, int count, double cost)` for each program with lower ≤ cost < upper, each once. The visitor
/// ends the enumeration through `stop()`. Memory: the table, and a stack as deep as the program.
template <class Visitor>
class Enumerator {
  public:
    /// Longest program, in nodes; longer ones are left out (at 1 nat a node that is far beyond any window).
    static constexpr int max_steps = 256;

    Enumerator(GrammarTable& table, Visitor& visitor) : table_(table), visitor_(visitor) {}

    void run(double lower, double upper) {
        lower_ = lower;
        upper_ = upper;
        count_ = 0;
        stopped_ = false;
        visit(table_.root(), table_.root_lambdas(), 0, nullptr);
    }
    void stop() { stopped_ = true; }

  private:
    /// What is still to be done when the current hole is finished.
    struct Pending {
        GrammarNode* node;
        const Pending* up;
        double least;  // bound on all holes that wait above the current one
        const std::vector<Comparison>* comparisons = nullptr;  // set: the hole is an application whose arguments to compare
        int start = 0;                                         // of the application in the steps
    };

    void emit(double cost) {
        if (cost >= lower_ && cost < upper_) visitor_(*this, steps_.data(), count_, cost);
    }

    void visit(GrammarState* state, int lambdas, double cost, const Pending* pending) {
        const double upper = upper_ - (pending ? pending->least : 0);
        if (count_ == max_steps) return;
        if (cost + table_.floor(state->context) >= upper ||
            cost + table_.least(state) >= upper) return;
        if ((++holes_ & 255) == 0) visitor_.pulse(*this);
        Step& step = steps_[count_++];
        step.lambdas = static_cast<std::uint8_t>(lambdas);
        step.arguments = 0;
        for (const Leaf& leaf : state->leaves) {
            const double total = cost + leaf.cost;
            if (total >= upper || stopped_) break;
            step.token = leaf.token;
            if (pending)
                finish(leaf.exit, total, pending);
            else
                emit(total);
        }
        for (Branch& branch : state->branches) {
            const double total = cost + branch.cost;
            if (stopped_ || total >= upper) break;
            if (total + table_.floor_of_arguments(branch) >= upper) continue;
            GrammarNode* node = table_.node_of(state, branch);
            table_.prepare(node);
            if (total + node->all_least >= upper) continue;
            step.token = branch.token;
            step.arguments = static_cast<std::uint8_t>(branch.arguments);
            if (branch.comparisons) {
                const Pending compared{nullptr, pending, pending ? pending->least : 0, branch.comparisons, count_ - 1};
                enter(node, total, &compared);
            } else {
                enter(node, total, pending);
            }
        }
        --count_;
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
                enter(next, cost, pending->up);
                return;
            }
            exit = next->exit;
        }
        emit(cost);
    }

    void enter(GrammarNode* node, double cost, const Pending* up) {
        table_.prepare(node);
        if (node->tail) {  // nobody waits for this node's signature: drop it from the stack
            visit(node->child, node->lambdas, cost, up);
            return;
        }
        const Pending pending{node, up, (up ? up->least : 0) + node->rest_least};
        visit(node->child, node->lambdas, cost, &pending);
    }

    /// Whether a finished application's arguments are as its equations want them; the order is that of their steps.
    bool passes(const Pending& compared) const {
        const auto span = [&](int argument) {
            int begin = compared.start + 1;
            for (int i = 0;; ++i) {
                int end = begin;
                for (int open = 1; open > 0; ++end) open += steps_[end].arguments - 1;
                if (i == argument) return std::span(&steps_[begin], &steps_[end]);
                begin = end;
            }
        };
        const auto key = [](const Step& step) { return std::pair(step.token, step.lambdas); };
        for (const Comparison& comparison : *compared.comparisons) {
            const auto first = span(comparison.first), second = span(comparison.second);
            if (comparison.keep == Comparison::Keep::different ? std::ranges::equal(first, second, {}, key, key)
                                                               : std::ranges::lexicographical_compare(second, first, {}, key, key))
                return false;
        }
        return true;
    }

    GrammarTable& table_;
    Visitor& visitor_;
    double lower_ = 0, upper_ = 0;
    int count_ = 0;
    bool stopped_ = false;
    std::uint64_t holes_ = 0;
    std::array<Step, max_steps> steps_;
};

}  // namespace wakesleep
