// Terms of the lambda calculus with de Bruijn indices, hash-consed: equal terms are the same pointer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "constant.hpp"

namespace wakesleep {

struct TermNode;

/// What a term is made of. An abstraction is a learned function, `#(...)`, whose closed body it carries.
enum class Kind : std::uint8_t { index, primitive, application, lambda, abstraction };

/// A term; cheap to copy. Accessors must match the kind.
class Term {
  public:
    Term() = default;

    static Term index_of(int index);
    static Term primitive(std::string_view name);
    /// The primitive that is written as this constant.
    static Term constant(const Constant& constant);
    static Term apply(Term function, Term argument);
    static Term lambda(Term body);
    /// `body` must be closed; throws EngineError otherwise.
    static Term abstraction(Term body);
    /// Reads DreamCoder's form, `lam` accepted for `lambda`; throws ParseError.
    static Term parse(std::string_view text);

    Kind kind() const;
    int index() const;
    const std::string& name() const;
    Term function() const;
    Term argument() const;
    /// Of a lambda or an abstraction.
    Term body() const;

    /// Nodes, an abstraction counting as one.
    std::int64_t size() const;
    /// Nesting of the term, abstraction bodies included.
    int depth() const;
    /// One more than the largest free index; 0 for a closed term.
    int free_indices() const;
    std::uint32_t id() const;
    std::string to_string() const;

    explicit operator bool() const { return node_ != nullptr; }
    bool operator==(const Term&) const = default;

  private:
    explicit Term(const TermNode* node) : node_(node) {}
    static Term intern(Kind kind, std::uint64_t first, std::uint64_t second, const TermNode& fresh);
    const TermNode* node_ = nullptr;
};

/// Limits of what one term may grow to; beyond them constructors and reductions throw EngineError.
inline constexpr int max_term_depth = 2000;
inline constexpr std::int64_t max_term_size = 1'000'000;

/// Free indices raised by `by` (which may be negative; an index that would escape throws EngineError).
Term shift(Term term, int by, int cutoff = 0);

/// `body` with index 0 replaced by `value` and the other free indices lowered by one: (λ body) value.
Term substitute(Term body, Term value);

/// Full β-normal form, leftmost-outermost; `inline_abstractions` also expands every `#(...)`.
/// Throws EngineError where there is none within 10 million nodes of substitution; well-typed terms always have one.
Term beta_normal(Term term, bool inline_abstractions);

/// Whether nothing is left to reduce, abstractions staying folded.
bool is_beta_normal(Term term);

/// Head and arguments of nested applications: `((f a) b)` gives f and [a, b].
Term spine(Term term, std::vector<Term>& arguments);

/// The distinct abstractions that a term uses, directly or inside other abstractions, innermost first.
std::vector<Term> abstractions_in(Term term);

}  // namespace wakesleep

template <>
struct std::hash<wakesleep::Term> {
    std::size_t operator()(wakesleep::Term term) const noexcept { return term.id() * 0x9E3779B97F4A7C15ULL; }
};
