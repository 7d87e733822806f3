// Hindley–Milner types, hash-consed: equal types are the same pointer.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wakesleep {

struct TypeNode;

/// A monotype: a variable `t0`, or a constructor with parameters (`int`, `list(t0)`, `a -> b`). Cheap to copy.
class Type {
  public:
    Type() = default;

    static Type variable(int index);
    static Type constructor(const std::string& name, const std::vector<Type>& parameters = {});
    static Type arrow(Type argument, Type result);
    /// Reads `list(t0) -> (t0 -> bool) -> int`, `str` as short for `list(char)`; throws ParseError.
    static Type parse(std::string_view text);

    bool is_variable() const;
    int variable_index() const;
    bool is_arrow() const;
    bool is_polymorphic() const;
    /// One more than the largest variable index in the type; 0 for a ground type.
    int variable_count() const;
    const std::string& name() const;
    const std::vector<Type>& parameters() const;
    bool same_constructor(Type other) const;
    /// The same constructor over what `map` makes of each parameter.
    template <class Map>
    Type map_parameters(Map map) const;
    /// The arguments of an arrow in order; empty for any other type.
    std::vector<Type> arguments() const;
    /// What is left after all arguments.
    Type returns() const;
    std::uint32_t id() const;
    std::string to_string() const;

    explicit operator bool() const { return node_ != nullptr; }
    bool operator==(const Type&) const = default;

  private:
    explicit Type(const TypeNode* node) : node_(node) {}
    static Type intern(int constructor, std::span<const Type> parameters);
    Type with_parameters(std::span<const Type> parameters) const;
    const TypeNode* node_ = nullptr;
};

template <class Map>
Type Type::map_parameters(Map map) const {
    const std::vector<Type>& own = parameters();
    std::array<Type, 4> few;
    std::vector<Type> many(own.size() > few.size() ? own.size() : 0);
    const std::span<Type> mapped(many.empty() ? few.data() : many.data(), own.size());
    bool changed = false;
    for (std::size_t i = 0; i < own.size(); ++i) {
        mapped[i] = map(own[i]);
        changed = changed || mapped[i] != own[i];
    }
    return changed ? with_parameters(mapped) : *this;
}

/// Every variable index raised by `offset`.
Type shift_variables(Type type, int offset);

/// A substitution over type variables 0 … size − 1, grown by unification.
class Substitution {
  public:
    explicit Substitution(int variables = 0) : bindings_(variables) {}

    int size() const { return static_cast<int>(bindings_.size()); }
    void reserve_variables(int count) {
        if (count > size()) bindings_.resize(count);
    }
    /// A copy of `type` over variables that nothing else uses yet.
    Type instantiate(Type type);
    Type apply(Type type) const;
    /// Makes both types equal, or returns false (and may have bound some variables on the way).
    bool unify(Type left, Type right);

  private:
    bool occurs(int variable, Type type) const;
    std::vector<Type> bindings_;
};

/// Renames variables to 0, 1, … in order of appearance, the same for all types it is asked about.
class Canonical {
  public:
    Type rename(Type type);
    /// original()[i] is the variable that became i.
    const std::vector<int>& original() const { return original_; }

  private:
    std::vector<int> original_;
};

}  // namespace wakesleep

template <>
struct std::hash<wakesleep::Type> {
    std::size_t operator()(wakesleep::Type type) const noexcept { return type.id() * 0x9E3779B97F4A7C15ULL; }
};
