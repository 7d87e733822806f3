// One task's examples as a trial knows them, and how well a program fits them.
#pragma once

#include <limits>
#include <utility>
#include <vector>

#include "likelihood.hpp"
#include "trial.hpp"

namespace wakesleep {

struct Case {
    std::size_t input;  // of the trial
    Word wanted;
};

inline constexpr double impossible_fit = -std::numeric_limits<double>::infinity();

/// ln P[wanted | program] over all cases; −∞ at the first that can't be, which moves to the front.
inline double score(Trial& trial, const Likelihood& likelihood, std::vector<Case>& cases, const Node* program) {
    double total = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const double fit = trial.run(program, cases[i].input)
                               ? likelihood.score(trial.result(), trial.output(), cases[i].wanted)
                               : impossible_fit;
        if (fit == impossible_fit) {
            if (i > 0) std::swap(cases[i], cases[i - 1]);
            return impossible_fit;
        }
        total += fit;
    }
    return total;
}

}  // namespace wakesleep
