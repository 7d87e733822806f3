// What fits holes by type alone, whatever the weights: the part of compiled grammars that all grammars of a language share.
//
// A hole is a type and the types of the variables in scope, type variables renamed. Its options are the variables and
// productions that fit. An option with arguments leads to the holes of those; when an argument is finished it leaves an
// *exit signature*, what it made of its hole's type variables, and this gives the holes that remain. Everything is made
// when first reached and kept: unification happens here, once.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "language.hpp"

namespace wakesleep {

struct ArgumentTypes;

struct Option {
    int token;      // a production, or the number of productions + a variable's de Bruijn index
    int arguments;
    int exit;              // the signature, where there are no arguments
    ArgumentTypes* after;  // what is to come, where there are; made when first asked for
};

struct HoleType {
    int id;
    Type type;
    std::vector<Type> scope;  // innermost first
    int variables;            // type variables in type and scope
    bool closed;              // none in the scope
    bool built = false;
    int unbound = -1;              // the signature that binds no type variable
    int fitting_variables = 0;     // the first options
    std::vector<Option> options;
};

/// The arguments that an option still waits for.
struct ArgumentTypes {
    struct Argument {
        HoleType* hole;
        int lambdas;
    };
    int id;
    std::vector<Type> remaining, scope, outer;  // arguments; variables in scope; the option's hole's type variables by now
    int exit = -1;      // the signature, when nothing remains
    bool tail = false;  // one argument, and no type variable waits for it
    bool ready = false;
    std::vector<Argument> arguments;  // of `remaining`, as far as types are known by now
    std::vector<int> renamed;         // the first hole's type variables, as known here
    ArgumentTypes* only = nullptr;    // what follows, where the first hole has no type variables
    std::vector<std::pair<int, ArgumentTypes*>> successors;  // else by exit signature
};

class HoleTable {
  public:
    /// `continuation` is DreamCoder's: where a hole has that type, only the innermost-bound plain variable is offered.
    HoleTable(const Language& language, Type continuation);

    Type continuation() const { return continuation_; }
    HoleType* hole_of(Type type, std::vector<Type> scope, int* lambdas = nullptr, std::vector<int>* renamed = nullptr);
    std::vector<Option>& options(HoleType* hole) {
        if (!hole->built) build(hole);
        return hole->options;
    }
    ArgumentTypes* after(HoleType* hole, Option& option) { return option.after ? option.after : option.after = enter(hole, option); }
    void prepare(ArgumentTypes* types) {
        if (!types->ready) make_ready(types);
    }
    /// What remains when the first of `types` (prepared) left `exit`.
    ArgumentTypes* after(ArgumentTypes* types, int exit);

    /// The types of a completion of the hole that left `exit`, and of its scope.
    Type completed(const HoleType& hole, int exit) const;
    std::vector<Type> completed_scope(const HoleType& hole, int exit) const;

    /// The productions that fit wherever production p does.
    const std::vector<int>& rivals(int production) const { return rivals_[production]; }
    /// Those that fit wherever something of a type does.
    std::vector<int> rivals_of(Type special) const;
    /// Those that fit everywhere.
    const std::vector<int>& everywhere() const { return everywhere_; }
    /// Estimated memory, bytes.
    std::size_t bytes() const { return bytes_; }

  private:
    using Key = std::vector<std::uint32_t>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };

    void find_rivals();
    std::vector<Type> completed(const HoleType& hole, int exit, std::vector<Type> types) const;
    ArgumentTypes* intern(std::vector<Type> remaining, std::vector<Type> scope, std::vector<Type> outer);
    int exit_of(const std::vector<Type>& types);
    void build(HoleType* hole);
    ArgumentTypes* enter(const HoleType* hole, const Option& option);
    void make_ready(ArgumentTypes* types);

    const Language& language_;
    Type continuation_;
    int productions_;
    std::size_t bytes_ = 0;
    std::vector<std::vector<int>> rivals_;
    std::vector<int> everywhere_;
    std::deque<HoleType> holes_;
    std::deque<ArgumentTypes> argument_types_;
    std::vector<std::vector<Type>> exits_;
    std::unordered_map<Key, HoleType*, KeyHash> hole_index_;
    std::unordered_map<Key, ArgumentTypes*, KeyHash> argument_index_;
    std::unordered_map<Key, int, KeyHash> exit_index_;
};

}  // namespace wakesleep
