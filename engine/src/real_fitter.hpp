// Fits a program's real constants to the examples, and writes them as short as the examples allow.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "cases.hpp"
#include "least_squares.hpp"

namespace wakesleep {

class RealFitter {
  public:
    /// `known`: real numbers in the examples, tried as starting points. The trial must outlive the fitter.
    RealFitter(Trial& trial, const Likelihood& likelihood, std::vector<Case> cases, const std::vector<double>& known);

    /// Whether the wanted outputs hold reals that a fit could go by.
    bool has_residuals() const { return !few_.scales.empty(); }
    /// Sets the operands of `reals`, nodes of `program`, and gives the log-likelihood; nothing where no fit was found, or
    /// none within `most_nats`.
    std::optional<double> fit(const Node* program, std::span<Node* const> reals, double most_nats,
                              const std::function<bool()>& stopped);

  private:
    /// Cases whose outputs are fitted, and what each of their reals is measured in.
    struct Target {
        std::vector<Case> cases;
        std::vector<double> scales;
    };
    Target target(std::vector<Case> cases) const;
    LeastSquares problem(const Node* program, std::span<Node* const> reals, const Target& target, bool cleared,
                         const std::function<bool()>& stopped);
    double score_at(const Node* program, std::span<Node* const> reals, std::span<const double> values);
    double shorten(const Node* program, std::span<Node* const> reals, std::vector<double>& values, double log_likelihood,
                   LeastSquares& refit, const std::function<bool()>& stopped);

    Trial& trial_;
    const Likelihood likelihood_;
    std::vector<Case> cases_;
    Target few_, all_;
    std::vector<std::vector<double>> starts_;
};

}  // namespace wakesleep
