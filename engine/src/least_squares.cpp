#include "least_squares.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace wakesleep {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Relative step of a numeric derivative.
constexpr double nudge = 1e-7;
/// A step that lowers the sum of squares by less than this share of it is the last but `patience`.
constexpr double hardly = 1e-2;
constexpr int patience = 2, dampings = 8;

using Vector = std::array<double, max_parameters>;
using Matrix = std::array<Vector, max_parameters>;

double squares(const std::vector<double>& residuals) {
    double total = 0;
    for (double residual : residuals) total += residual * residual;
    return std::isfinite(total) ? total : infinity;
}

/// Gaussian elimination with pivots; false for a singular matrix.
bool solve(Matrix matrix, Vector right, std::size_t size, Vector& solution) {
    for (std::size_t column = 0; column < size; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < size; ++row)
            if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column])) pivot = row;
        if (!(std::abs(matrix[pivot][column]) > 1e-300)) return false;
        std::swap(matrix[pivot], matrix[column]);
        std::swap(right[pivot], right[column]);
        for (std::size_t row = column + 1; row < size; ++row) {
            const double factor = matrix[row][column] / matrix[column][column];
            for (std::size_t i = column; i < size; ++i) matrix[row][i] -= factor * matrix[column][i];
            right[row] -= factor * right[column];
        }
    }
    for (std::size_t row = size; row-- > 0;) {
        solution[row] = right[row];
        for (std::size_t i = row + 1; i < size; ++i) solution[row] -= matrix[row][i] * solution[i];
        solution[row] /= matrix[row][row];
        if (!std::isfinite(solution[row])) return false;
    }
    return true;
}

}  // namespace

bool LeastSquares::differentiate(std::span<double> parameters, const std::vector<std::size_t>& free) {
    slopes_.resize(free.size());
    for (std::size_t j = 0; j < free.size(); ++j) {
        double& parameter = parameters[free[j]];
        const double kept = parameter;
        double step = nudge * std::max(1.0, std::abs(kept));
        parameter = kept + step;
        bool defined = residuals_(parameters, next_);
        if (!defined) {
            step = -step;
            parameter = kept + step;
            defined = residuals_(parameters, next_);
        }
        parameter = kept;
        if (!defined) return false;
        slopes_[j].resize(now_.size());
        for (std::size_t i = 0; i < now_.size(); ++i) slopes_[j][i] = (next_[i] - now_[i]) / step;
    }
    return true;
}

double LeastSquares::descend(std::span<double> parameters, unsigned fixed, int steps, double enough) {
    std::vector<std::size_t> free;
    for (std::size_t j = 0; j < parameters.size(); ++j)
        if (!(fixed >> j & 1)) free.push_back(j);
    double sum = residuals_(parameters, now_) ? squares(now_) : infinity;
    double damping = 1e-3;
    int left = patience;
    while (steps-- > 0 && !free.empty() && sum > enough && sum < infinity && !stopped_()) {
        if (!differentiate(parameters, free)) break;
        Matrix normal{};
        Vector gradient{};
        for (std::size_t a = 0; a < free.size(); ++a) {
            for (std::size_t i = 0; i < now_.size(); ++i) gradient[a] -= slopes_[a][i] * now_[i];
            for (std::size_t b = 0; b <= a; ++b) {
                for (std::size_t i = 0; i < now_.size(); ++i) normal[a][b] += slopes_[a][i] * slopes_[b][i];
                normal[b][a] = normal[a][b];
            }
        }
        const double before = sum;
        const std::vector<double> kept(parameters.begin(), parameters.end());
        for (int tries = dampings; tries > 0 && sum == before; --tries) {
            Matrix damped = normal;
            for (std::size_t a = 0; a < free.size(); ++a) damped[a][a] += damping * (normal[a][a] + 1e-12);
            Vector step;
            double trial = infinity;
            if (solve(damped, gradient, free.size(), step)) {
                for (std::size_t a = 0; a < free.size(); ++a) parameters[free[a]] = kept[free[a]] + step[a];
                if (residuals_(parameters, next_)) trial = squares(next_);
            }
            if (trial < before) {
                sum = trial;
                now_.swap(next_);
                damping = std::max(damping * 0.1, 1e-12);
            } else {
                std::copy(kept.begin(), kept.end(), parameters.begin());
                damping *= 10;
            }
        }
        if (sum == before) break;
        left = sum > before * (1 - hardly) ? left - 1 : patience;
        if (left == 0) break;
    }
    return sum;
}

}  // namespace wakesleep
