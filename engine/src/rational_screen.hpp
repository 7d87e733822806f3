// Which spaces of ratios hold one that fits the examples: linear least squares, no constant of a program being fitted.
#pragma once

#include <vector>

#include "likelihood.hpp"
#include "rational_family.hpp"

namespace wakesleep {

class RationalScreen {
  public:
    struct Point {
        double input, wanted;
    };

    RationalScreen(std::vector<Point> points, const Likelihood& likelihood);

    /// Nats of misfit that no ratio in the space comes below, rounding aside: 0 where it isn't known, infinite where none fits.
    double least_nats(const Hull& hull) const;

  private:
    std::vector<Point> points_;
    const Likelihood likelihood_;
};

}  // namespace wakesleep
