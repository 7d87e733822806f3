// What the abstraction search keeps of a partial pattern: the pattern, its open holes, and a table with a row for each
// location where it matches.
#pragma once

#include <cstdint>
#include <vector>

#include "abstraction_pattern.hpp"

namespace wakesleep {

struct OpenHole {
    std::int32_t node;              // in the pattern
    int depth;                      // λ's of the pattern around it
    std::vector<TermId> contents;   // one a row; no_term where anything would do
};

struct PatternState {
    Pattern pattern;
    std::vector<OpenHole> open;                   // the last is expanded next
    std::vector<TermId> locations;                // one a row
    std::vector<int> gains;                       // one a row: at most what a call there saves
    // One a row, or empty where all are 0: the λ's at the top of the location that the pattern matches below, because
    // `(λ (fn a $0))` is `(fn a)`. Their variables may be nothing but whole arguments, each of one parameter, and cost
    // nothing. Contents and arguments are seen from below those λ's.
    std::vector<std::int8_t> closed;
    std::vector<std::vector<TermId>> arguments;   // one column a parameter
    std::int64_t bound = 0;                       // on the utility of whatever it is completed to
    std::int64_t least_bound = 0;                 // of it and all that it came from
    std::uint64_t order = 0;                      // of creation, to break ties

    std::size_t rows() const { return locations.size(); }
    int closed_at(std::size_t row) const { return closed.empty() ? 0 : closed[row]; }
    std::int64_t cells() const {
        return static_cast<std::int64_t>(rows() * (2 + open.size() + arguments.size()));
    }
};

/// Rows of a state that an expansion keeps, with their new gains and, where it adds a parameter, that one's arguments.
struct Selection {
    std::vector<std::int32_t> rows;
    std::vector<int> gains;
    std::vector<TermId> argument;  // empty, or one a row

    void add(std::size_t row, int gain) {
        rows.push_back(static_cast<std::int32_t>(row));
        gains.push_back(gain);
    }
    void add(std::size_t row, int gain, TermId value) {
        add(row, gain);
        argument.push_back(value);
    }
    void keep_first(std::size_t count) {
        rows.resize(count);
        gains.resize(count);
        if (!argument.empty()) argument.resize(count);
    }
};

/// The rows of a column, which may be empty as a whole.
template <class Value>
std::vector<Value> take_rows(const std::vector<Value>& column, const std::vector<std::int32_t>& rows) {
    std::vector<Value> taken;
    if (column.empty()) return taken;
    taken.reserve(rows.size());
    for (const std::int32_t row : rows) taken.push_back(column[static_cast<std::size_t>(row)]);
    return taken;
}

}  // namespace wakesleep
