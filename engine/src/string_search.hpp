// Search for an expression of a string grammar that gives what is wanted on every example.
//
// The bank of behaviours grows from below; whenever it has grown enough, the wanted values are explained from above by what
// it holds: as rows of pieces (string_explanation.hpp), and where no row fits all examples, by dividing them with the
// bank's conditions and explaining each part (string_division.hpp). Of many examples only a few are looked at; those that
// a program gets wrong are added.
#pragma once

#include "search.hpp"
#include "string_grammar.hpp"

namespace wakesleep {

struct StringSearchResult {
    std::vector<int> program;  // rules in prefix order; empty where none was found
    double nats = 0;           // what it costs
    std::int64_t programs = 0;  // expressions tried
    double cpu_seconds = 0, found_cpu_seconds = -1;
    double explored_nats = 0;   // every cheaper expression was tried
    const char* stopped = "";   // found, seconds, programs, memory, cancelled, exhausted or examples (too many kinds)
};

/// The cheapest program found. `examples` fit `inputs` (the sorts of the inputs) and the sort of the start, or EngineError is
/// thrown. Of the budget: seconds, programs and bytes.
StringSearchResult search_strings(const StringGrammar& grammar, const std::vector<Sort>& inputs, const Examples& examples,
                                  const Budget& budget, const Cancelled* cancelled);

}  // namespace wakesleep
