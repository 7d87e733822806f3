// The functions of one real number that a program can become, by what its holes for reals are filled with.
//
// Programs made of sums, products and quotients are ratios of polynomials in the input, whose coefficients depend on the
// constants. Two programs with the same set of ratios fit the same examples, so a search needs the cheaper one only:
// `REAL * (REAL + x)` may go where `x * REAL + REAL` does. Sets are told apart by their affine hull in the space of
// coefficients (the denominator's highest being 1), which a few random fillings span; that is worked out exactly, modulo
// a prime.
//
// A hull says what the set is only where the set fills it. The reader of a program keeps account of that: linear
// combinations with fixed functions fill theirs, multiples of such do, and quotients of two. A product of two factors
// with constants of their own, (x + a)(x + b), doesn't: its roots are real. Of such programs the hull is only known to
// hold whatever they become.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "code.hpp"
#include "modular.hpp"

namespace wakesleep {

/// An affine space of ratios: coefficients of numerators, lowest first, then of denominators, lowest first.
struct Hull {
    int above = 0, below = 0;  // coefficients of each
    std::vector<modular::Residue> origin;
    std::vector<std::vector<modular::Residue>> directions;  // in reduced echelon form; the origin is 0 at their pivots

    std::uint64_t hash() const;
    /// Whether the other is a part of this one.
    bool holds(const Hull& other) const;
};

/// What a program can become.
struct Family {
    Hull hull;
    bool filled;  // whether it becomes all that its hull holds, exceptions without a measure aside
    bool linear;  // whether the ratios' coefficients are linear in the constants
    int constants;
};

/// Families that programs were found for, each with what it cost; of those of one degree the few that hold the most.
class FamilyShelf {
  public:
    /// Whether a program that cost no more can become all that this one can, from constants of the same kind.
    bool has_better(const Family& family, double cost) const;
    void add(const Family& family, double cost);

  private:
    struct Kept {
        Family family;
        double cost;
    };
    static constexpr std::size_t most = 32;
    std::unordered_map<int, std::vector<Kept>> kept_;  // by degree
};

class RationalFamilies {
  public:
    /// Programs with more holes, and ratios of higher degree, aren't looked at.
    static constexpr int max_holes = 6, max_degree = 8;

    /// For programs of type real -> real, read in the scope of their input.
    explicit RationalFamilies(int real_token) : real_token_(real_token) {}

    /// Nothing for a program that isn't made of sums, products and quotients, or that no few ratios span.
    std::optional<Family> of(const Node* program);
    /// A hash that only programs share which can become the same functions, by constants that depend on the functions'
    /// coefficients in the same way: linearly, or not. 0 where that isn't known.
    static std::uint64_t hash(const Family& family);
    /// Whether the last program had constants of its own: its family is then right for all but special values of them.
    bool is_rounded() const { return rounded_; }

  private:
    static constexpr int max_fillings = max_holes + 4;
    using Number = std::array<modular::Residue, max_fillings>;  // one for each filling
    struct Polynomial {
        int size = 0;  // coefficients; the highest isn't 0
        std::array<Number, max_degree + 1> coefficients;
    };
    /// How a set lies in its hull, and how its ratios depend on the constants.
    enum class Kind {
        fixed,         // without constants
        scalar,        // every constant function
        linear,        // fixed denominator, a numerator that is linear in the constants
        scaled,        // fixed denominator, a numerator that fills a space otherwise
        pair,          // numerator and denominator linear in constants of their own
        scaled_pair,   // the two together fill a space of pairs
        unsure,
    };
    struct Ratio {
        Polynomial above, below;
        Kind kind = Kind::fixed;
    };
    struct Scope {
        const Ratio* value;
        const Scope* up;
    };

    bool read(const Node* program, int fillings);
    bool read(const Node* node, const Scope* scope, Ratio& result);
    bool apply(const Node* node, const Scope* scope, Ratio& result);
    bool combine(Operation operation, const Ratio& left, const Ratio& right, Ratio& result) const;
    bool multiply(const Polynomial& left, const Polynomial& right, Polynomial& product) const;
    void add(Polynomial& sum, const Polynomial& more) const;
    void trim(Polynomial& polynomial) const;
    bool reduce();
    bool normalise();
    Hull span() const;

    int real_token_;
    int fillings_ = 0, holes_ = 0;
    bool rounded_ = false;  // whether the program has constants of its own
    Ratio ratio_;
};

}  // namespace wakesleep
