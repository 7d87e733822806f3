// Least squares in a few parameters: Levenberg–Marquardt with numeric derivatives.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace wakesleep {

inline constexpr std::size_t max_parameters = 6;

/// Writes the residuals at the parameters; false where they aren't defined.
using Residuals = std::function<bool(std::span<const double> parameters, std::span<double> residuals)>;

class LeastSquares {
  public:
    /// `stopped` is asked once a step.
    LeastSquares(std::size_t count, Residuals residuals, std::function<bool()> stopped)
        : residuals_(std::move(residuals)), stopped_(std::move(stopped)), now_(count), next_(count) {}

    /// Moves the parameters that aren't `fixed` (a set, in bits) downhill, at most `steps` times, and gives the sum of
    /// squares where they end; infinite where the residuals aren't defined at the start. Ends early at a sum below
    /// `enough`, and where the sum hardly changes any more.
    double descend(std::span<double> parameters, unsigned fixed, int steps, double enough);

  private:
    bool differentiate(std::span<double> parameters, const std::vector<std::size_t>& free);

    Residuals residuals_;
    std::function<bool()> stopped_;
    std::vector<double> now_, next_;
    std::vector<std::vector<double>> slopes_;  // of each free parameter
};

}  // namespace wakesleep
