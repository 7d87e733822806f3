#include "rational_screen.hpp"

#include <cmath>
#include <limits>

namespace wakesleep {

namespace {

/// A small fraction that is the residue modulo the prime, if there is one.
std::optional<double> small_fraction(modular::Residue residue) {
    constexpr std::int64_t most = std::int64_t(1) << 29;
    std::int64_t above = static_cast<std::int64_t>(modular::prime), below = static_cast<std::int64_t>(residue), x = 0, y = 1;
    while (below > most) {
        const std::int64_t quotient = above / below, rest = above % below, next = x - quotient * y;
        above = below;
        below = rest;
        x = y;
        y = next;
    }
    if (std::abs(y) > most || y == 0) return std::nullopt;
    return static_cast<double>(below) / static_cast<double>(y);
}

std::optional<std::vector<double>> small_fractions(const std::vector<modular::Residue>& residues) {
    std::vector<double> reals;
    for (const modular::Residue residue : residues) {
        const auto real = small_fraction(residue);
        if (!real) return std::nullopt;
        reals.push_back(*real);
    }
    return reals;
}

/// Takes from `left` what lies along the columns, which are orthonormal.
void project(std::vector<double>& left, const std::vector<std::vector<double>>& columns) {
    for (int twice = 0; twice < 2; ++twice)
        for (const auto& column : columns) {
            double along = 0;
            for (std::size_t i = 0; i < left.size(); ++i) along += left[i] * column[i];
            for (std::size_t i = 0; i < left.size(); ++i) left[i] -= along * column[i];
        }
}

double norm(const std::vector<double>& vector) {
    double squares = 0;
    for (double each : vector) squares += each * each;
    return std::sqrt(squares);
}

}  // namespace

RationalScreen::RationalScreen(std::vector<Point> points, const Likelihood& likelihood)
    : points_(std::move(points)), likelihood_(likelihood) {}

double RationalScreen::least_nats(const Hull& hull) const {
    // Examples that a ratio n/d fits are n(x) − y d(x) = 0: linear in the coefficients. Each row is weighed by its terms.
    const bool noisy = likelihood_.kind() == Likelihood::Kind::gaussian;
    if (noisy && hull.below != 1) return 0;  // that would weigh the noise otherwise
    auto origin = small_fractions(hull.origin);
    if (!origin) return 0;
    std::vector<std::vector<double>> directions;
    for (const auto& each : hull.directions) {
        auto direction = small_fractions(each);
        if (!direction) return 0;
        directions.push_back(std::move(*direction));
    }
    const auto row = [&](const std::vector<double>& coefficients, const Point& point, double& terms, double& below) {
        double value = 0, power = 1;
        for (int i = 0; i < hull.above; ++i, power *= point.input) {
            value += coefficients[static_cast<std::size_t>(i)] * power;
            terms += std::abs(coefficients[static_cast<std::size_t>(i)] * power);
        }
        power = point.wanted;
        for (int i = hull.above; i < hull.above + hull.below; ++i, power *= point.input) {
            value -= coefficients[static_cast<std::size_t>(i)] * power;
            terms += std::abs(coefficients[static_cast<std::size_t>(i)] * power);
        }
        power = 1;
        for (int i = hull.above; i < hull.above + hull.below; ++i, power *= point.input)
            below += std::abs(coefficients[static_cast<std::size_t>(i)] * power);
        return value;
    };
    const bool forgiving = likelihood_.kind() == Likelihood::Kind::tolerance;
    double allowed = 0;  // squares, for denominators as large as the space's own
    std::vector<double> left(points_.size());
    std::vector<std::vector<double>> columns(directions.size(), std::vector<double>(points_.size()));
    for (std::size_t i = 0; i < points_.size(); ++i) {
        double terms = 0, below = 0;
        left[i] = row(*origin, points_[i], terms, below);
        for (std::size_t j = 0; j < directions.size(); ++j) columns[j][i] = row(directions[j], points_[i], terms, below);
        const double weight = noisy ? 1 : 1 / std::max(terms, 1e-300);
        left[i] *= weight;
        for (auto& column : columns) column[i] *= weight;
        const double off = std::max(likelihood_.second(), likelihood_.first() * std::abs(points_[i].wanted));
        if (forgiving) allowed += off * below * weight * off * below * weight;
    }
    std::vector<std::vector<double>> basis;
    for (auto& column : columns) {
        const double before = norm(column);
        project(column, basis);
        const double after = norm(column);
        if (!(after > 1e-13 * before)) continue;
        for (double& each : column) each /= after;
        basis.push_back(std::move(column));
    }
    project(left, basis);
    const double misfit = norm(left);
    if (!std::isfinite(misfit)) return 0;
    if (noisy) return 0.5 * (misfit / likelihood_.first()) * (misfit / likelihood_.first()) * (1 - 1e-9) - 1e-6;
    // Room for solutions whose coefficients are larger, and for rounding.
    constexpr double room = 100, rounding = 1e-9;
    const double most = room * std::sqrt(allowed) + rounding * std::sqrt(static_cast<double>(points_.size()));
    return misfit > most ? std::numeric_limits<double>::infinity() : 0;
}

}  // namespace wakesleep
