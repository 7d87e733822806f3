// Enumeration of every program whose cost lies in a window: depth first over compiled tables, drawing on banks.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "bank.hpp"

namespace wakesleep {

/// Shares one enumeration between threads: each walks all of it, and does the units that it is the first to claim.
///
/// Units are known by the choices that lead to them. A thread whose banks are full searches in place what another draws, and
/// may then do again what the other did; nothing is lost.
class Claims {
  public:
    bool claim(std::uint64_t unit) {
        Share& share = shares_[unit % shares_.size()];
        const std::lock_guard lock(share.mutex);
        return share.claimed.insert(unit).second;
    }

  private:
    struct Share {
        std::mutex mutex;
        std::unordered_set<std::uint64_t> claimed;
    };
    std::array<Share, 64> shares_;
};

/// Calls `visit(walk, Reference program, int nodes, int exit, double cost)` for each program with lower ≤ cost < upper,
/// each once. The visitor ends the enumeration through `stop()`. One that has `prepare`, `rest_of` and `may_fit` as Foresight
/// has them isn't shown programs that it ruled out. Memory: tables, banks, and a stack as deep as the program.
template <class Visitor>
class Enumerator {
  public:
    Enumerator(GrammarTable& table, Banks& banks, Visitor& visitor)
        : table_(table), banks_(banks), visitor_(visitor), scratch_(banks.borrow_scratch()) {}
    ~Enumerator() { banks_.give_back(std::move(scratch_)); }
    Enumerator(const Enumerator&) = delete;
    Enumerator& operator=(const Enumerator&) = delete;

    /// Without `draw_root`, `state` itself isn't drawn from a bank, only what its alternatives take.
    void run(GrammarState* state, int lambdas, double lower, double upper, bool draw_root = true, Claims* claims = nullptr) {
        lower_ = lower;
        upper_ = upper;
        nodes_ = 0;
        stopped_ = false;
        claims_ = claims;
        path_ = 0;
        draw_root_ = draw_root;
        top_ = scratch_->bytes;
        built_.clear();
        visit(state, lambdas, 0, nullptr, &root_);
    }
    void stop() { stopped_ = true; }
    bool stopped() const { return stopped_; }
    /// A program whose nodes outlive the walk's next step: those in the walk's own memory are copied.
    Reference keep(Reference program, Pool& pool) const {
        const auto* at = reinterpret_cast<const std::byte*>(program.node());
        if (at < scratch_->bytes || at >= scratch_->bytes + sizeof scratch_->bytes) return program;
        Node* kept = pool.node(*program.node());
        for (int i = 0; i < kept->arguments; ++i) kept->first()[i] = keep(program.node()->argument(i), pool);
        return {kept, program.lambdas()};
    }

  private:
    static constexpr int max_nodes = Scratch::max_nodes;
    /// Programs with so many nodes chosen are begun by one thread alone.
    static constexpr int unit_nodes = 3;
    /// Visitors may judge programs before they are complete.
    static constexpr bool foresees = requires(Visitor& visitor, Node* node) { visitor.prepare(node); };

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
        if (cost < lower_ || cost >= upper_ || stopped_ || (claims_ && !claims_->claim(path_))) return;
        if ((++beats_ & 255) == 0) visitor_.pulse(*this);
        visitor_(*this, root_, nodes_, exit, cost);
    }

    void visit(GrammarState* state, int lambdas, double cost, const Pending* pending, Reference* slot) {
        const double room = upper_ - (pending ? pending->least : 0) - cost;
        if (table_.floor(state->context) >= room || table_.least(state) >= room) return;
        if ((++beats_ & 255) == 0) visitor_.pulse(*this);
        Claims* claims = nullptr;
        if (claims_ && nodes_ >= unit_nodes) {
            if (!claims_->claim(path_)) return;
            claims = std::exchange(claims_, nullptr);
        }
        const Reference unfilled = *slot;
        if (may_fit(*state, lambdas, slot)) {
            if (Bank* bank = draws(*state, pending) ? banks_.covering(state, room) : nullptr)
                draw(*state, *bank, room, lambdas, cost, pending, slot);
            else
                choose(state, room, lambdas, cost, pending, slot);
        }
        if constexpr (foresees) *slot = unfilled;  // what was last tried is gone from memory when others look
        if (claims) claims_ = claims;
    }

    /// Whether a hole is to be filled from its bank. Where the visitor judges what a program begins with, a rest that can't
    /// be looked up is chosen step by step, as each step may show that nothing fits.
    bool draws(const GrammarState& state, const Pending* pending) {
        if (nodes_ == 0) return draw_root_;
        if constexpr (foresees) return !visitor_.rest_of(state) || (!(pending && pending->waits) && visitor_.looks_up(state));
        return true;
    }
    /// Whether a program that has come to this hole can still be one that the visitor looks for.
    bool may_fit(const GrammarState& state, int lambdas, Reference* slot) {
        if constexpr (foresees) {
            const Node* rest = nodes_ > 0 ? visitor_.rest_of(state) : nullptr;
            if (!rest) return true;
            if (built_.size() > 1 && slot == built_.back()->first() + 1 && built_.back()->arguments == 2) {
                const Node* outer = built_[built_.size() - 2];
                if (outer->arguments == 2 && outer->argument(1).node() == built_.back() &&
                    visitor_.is_redundant(*outer, *built_.back()))
                    return false;
            }
            *slot = {rest, lambdas};
            return visitor_.may_fit(root_.node());
        }
        return true;
    }
    /// The behaviour that the last hole's completion must have for the program to be one that the visitor looks for; 0 where
    /// several may do.
    std::uint64_t wanted_behaviour(const GrammarState& state, int lambdas, Reference* slot) {
        if constexpr (foresees) {
            const Node* rest = nodes_ > 0 && lambdas == 0 ? visitor_.rest_of(state) : nullptr;
            if (!rest) return 0;
            *slot = {rest, lambdas};
            return visitor_.wanted_behaviour(state, root_.node());
        }
        return 0;
    }

    void draw(const GrammarState& state, Bank& bank, double room, int lambdas, double cost, const Pending* pending, Reference* slot) {
        std::size_t i = 0;
        const std::size_t count = bank.completions.size();
        const bool last = !(pending && pending->waits);
        Claims* claims = nullptr;
        if (last && claims_) {  // whole programs: one unit
            if (!claims_->claim(path_)) return;
            claims = std::exchange(claims_, nullptr);
        }
        if (last && lower_ > cost) {
            const auto cheaper = [](const Completion& completion, double bound) { return completion.cost < bound; };
            i = std::lower_bound(bank.completions.begin(), bank.completions.end(), lower_ - cost, cheaper) -
                bank.completions.begin();
        }
        const std::uint64_t wanted = last ? wanted_behaviour(state, lambdas, slot) : 0;
        const std::int32_t* place = wanted ? bank.seen.find(wanted) : nullptr;
        if (place && static_cast<std::size_t>(*place) < count) i = std::max(i, static_cast<std::size_t>(*place));
        const std::uint64_t path = path_;
        for (; i < count && !stopped_ && (!wanted || (place && i == static_cast<std::size_t>(*place))); ++i) {
            const Completion completion = bank.completions[i];  // by value: the bank may grow on the way
            if (completion.cost >= room) break;
            if (nodes_ + completion.nodes > max_nodes) continue;
            if (claims_) path_ = extended(path, *completion.node);
            nodes_ += completion.nodes;
            *slot = {completion.node, lambdas};
            finish(completion.exit, cost + completion.cost, pending);
            nodes_ -= completion.nodes;
        }
        path_ = path;
        if (claims) claims_ = claims;
    }

    void choose(GrammarState* state, double room, int lambdas, double cost, const Pending* pending, Reference* slot) {
        if (nodes_ == max_nodes) return;
        ++nodes_;
        const std::uint64_t path = path_;
        for (const Leaf& leaf : state->leaves) {
            if (leaf.cost >= room || stopped_) break;
            if (claims_) path_ = extended(path, leaf.token);
            *slot = {banks_.leaf(leaf.token), lambdas};
            finish(leaf.exit, cost + leaf.cost, pending);
        }
        for (Branch& branch : state->branches) {
            if (branch.cost >= room || stopped_) break;
            if (branch.cost + branch.arguments_floor >= room) continue;
            GrammarNode* next = table_.node_of(state, branch);
            table_.prepare(next);
            if (branch.cost + next->all_least >= room) continue;
            const std::size_t size = Node::size(branch.arguments);
            if (top_ + size > scratch_->bytes + sizeof scratch_->bytes) continue;
            if (claims_) path_ = extended(path, branch.token);
            Node* node = new (top_) Node(banks_.head(branch.token, branch.arguments));
            top_ += size;
            if constexpr (foresees) {
                visitor_.prepare(node);
                built_.push_back(node);
            }
            *slot = {node, lambdas};
            if (branch.comparisons) {
                const Pending compared{nullptr, pending, pending ? pending->least : 0, nullptr, pending && pending->waits,
                                       branch.comparisons, node};
                enter(next, cost + branch.cost, &compared, node->first());
            } else {
                enter(next, cost + branch.cost, pending, node->first());
            }
            top_ -= size;
            if constexpr (foresees) built_.pop_back();
        }
        path_ = path;
        --nodes_;
    }
    /// The path of choices with one more.
    static std::uint64_t extended(std::uint64_t path, int token) {
        return mix_bits(path * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(token) + 1);
    }

    /// The same with all choices of a completion: it has one path, drawn or searched in place.
    static std::uint64_t extended(std::uint64_t path, const Node& completion) {
        if (completion.operation == Operation::known) return extended(path, *completion.argument(0).node());
        path = extended(path, completion.token);
        for (int i = 0; i < completion.arguments; ++i) path = extended(path, *completion.argument(i).node());
        return path;
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
    Claims* claims_ = nullptr;
    std::uint64_t path_ = 0;  // of the choices made, a hash
    double lower_ = 0, upper_ = 0;
    int nodes_ = 0;
    bool stopped_ = false, draw_root_ = true;
    std::uint64_t beats_ = 0;
    std::byte* top_ = nullptr;
    std::vector<Node*> built_;  // the nodes in the walk's memory, where the visitor foresees
    Reference root_;
};

}  // namespace wakesleep
