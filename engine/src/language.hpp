// What a program may mention, with types: primitives and abstractions; inference and η-long form.
#pragma once

#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "equations.hpp"
#include "foreign.hpp"
#include "term.hpp"
#include "type.hpp"

namespace wakesleep {

/// One primitive or abstraction as grammars see it.
struct Production {
    Term term;
    std::string name;             // a primitive's name, an abstraction's text
    Type type;                    // variables numbered from 0
    std::vector<Type> arguments;  // of the arrow
    Type result;
};

class HoleTable;

/// Immutable but for what it remembers.
class Language {
  public:
    /// Productions are the primitives, then the abstractions (`#(...)` terms), in the order given.
    /// `foreign` evaluates the primitives that it names; the machine evaluates the others, by their names.
    /// Throws EngineError for duplicates, for equations that can't be used (equations.hpp) and for a foreign primitive
    /// that can't stand where it is named, UnknownName or IllTyped for an abstraction that has no type.
    Language(const std::vector<std::pair<std::string, Type>>& primitives, const std::vector<Term>& abstractions,
             const std::vector<std::string>& equations = {}, ForeignPrimitives foreign = {});
    ~Language();

    const std::vector<Production>& productions() const { return productions_; }
    /// The production that `term` is, or that stands for it where it is a constant; or −1.
    int find(Term term) const;
    /// The productions that stand for any constant of their type, REAL and STRING; −1 where the language has none.
    int real_hole() const { return real_hole_; }
    int text_hole() const { return text_hole_; }
    bool has_holes() const { return real_hole_ >= 0 || text_hole_ >= 0; }
    /// What a program's constants cost, in nats, beyond the productions that stand for them; and the real ones' part of it, of
    /// each `most` at the most.
    double constant_nats(Term term) const { return constant_nats(term, true, std::numeric_limits<double>::infinity()); }
    double real_nats(Term term, double most = std::numeric_limits<double>::infinity()) const {
        return constant_nats(term, false, most);
    }
    /// The production that is McCarthy's `fix1`, or −1; derivations have it only as recursion.hpp says.
    int recursion() const { return recursion_; }
    const Equations& equations() const { return equations_; }
    /// What evaluates the primitive of this name outside of the machine, or null.
    Foreign* foreign(const std::string& primitive) const {
        const auto found = foreign_.find(primitive);
        return found == foreign_.end() ? nullptr : found->second.get();
    }

    /// The most general type of a closed term, variables numbered from 0. An abstraction that isn't one of
    /// the productions is typed by its body. Throws IllTyped or UnknownName.
    Type infer(Term term) const;

    /// The term at type `request` in β-normal, η-long form: every function position saturated, every
    /// argument of arrow type a λ. Abstractions stay folded. Throws IllTyped or UnknownName.
    Term eta_long(Term term, Type request) const;

    /// The productions whose result can be a `hole` (a type with variables numbered from 0), in order; never `fix1`.
    const std::vector<int>& fitting(Type hole) const;

    /// A table of what fits where: one that was given back, or a new one.
    std::unique_ptr<HoleTable> borrow_holes(Type continuation) const;
    void give_back(std::unique_ptr<HoleTable> holes) const;

  private:
    double constant_nats(Term term, bool texts, double most) const;
    void check_foreign() const;

    ForeignPrimitives foreign_;
    std::vector<Production> productions_;
    std::unordered_map<Term, int> index_;
    int real_hole_ = -1, text_hole_ = -1;
    int recursion_ = -1;
    Equations equations_;
    mutable std::mutex fitting_mutex_;
    mutable std::unordered_map<Type, std::vector<int>> fitting_;
    mutable std::mutex holes_mutex_;
    mutable std::vector<std::unique_ptr<HoleTable>> holes_;
};

}  // namespace wakesleep
