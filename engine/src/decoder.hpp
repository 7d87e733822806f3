// Many partial programs grown token by token, always well typed: what a neural decoder drives.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "derivation.hpp"

namespace wakesleep {

class TypedDecoder {
  public:
    /// `count` empty programs of `request`. Tokens: productions, then variables $0 … $(max_variables − 1).
    TypedDecoder(std::shared_ptr<const Language> language, Type request, int count, int max_variables, int max_nodes);

    int count() const { return static_cast<int>(rows_.size()); }
    int tokens() const { return tokens_; }
    bool done() const;
    /// count × tokens flags: what fits each row's next hole; all 0 for rows that are finished or given up.
    void masks(std::uint8_t* out);
    /// Context of each row's next hole; 0 for rows that are finished or given up.
    void contexts(std::int64_t* out) const;
    /// One token a row. A row whose token doesn't fit, or that can't be finished within max_nodes, is given up.
    void push(const std::int64_t* tokens);
    /// Finished programs; empty handles for the others.
    std::vector<Term> terms() const;

  private:
    struct Row {
        Derivation derivation;
        bool abandoned = false;
    };
    bool open(const Row& row) const { return !row.abandoned && !row.derivation.finished(); }

    std::shared_ptr<const Language> language_;
    Contexts contexts_;
    int productions_, tokens_, max_nodes_;
    std::vector<Row> rows_;
};

/// A decoder's view of one program: at each node, in prefix order, the token taken, its context and what was allowed.
struct Trace {
    std::vector<std::int64_t> tokens, contexts;
    std::vector<std::uint8_t> masks;  // nodes × tokens
};

/// Throws EngineError where `term` isn't η-long at `request`, UnknownName for what is no production.
Trace trace(const Language& language, Term term, Type request, int max_variables);

}  // namespace wakesleep
