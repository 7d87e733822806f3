#include "real_fitter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "constant.hpp"

namespace wakesleep {

namespace {

/// Fitted on so many cases, judged on all; noise is fitted on up to so many.
constexpr std::size_t few_cases = 8, most_cases = 100;
constexpr int steps = 20, cleared_steps = 10, refit_steps = 10;
/// Mean square of relative residuals below which a noise-free fit has found the right valley.
constexpr double promising = 1e-8;
/// Significant digits that a constant may be cut to.
constexpr int most_digits = 10;

bool is_noisy(const Likelihood& likelihood) { return likelihood.kind() == Likelihood::Kind::gaussian; }

std::vector<Case> spread(const std::vector<Case>& cases, std::size_t most) {
    std::vector<Case> chosen;
    const std::size_t count = std::min(cases.size(), most);
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(cases[i * cases.size() / count]);
    return chosen;
}

void collect_reals(const Shape& shape, Word value, std::vector<double>& reals) {
    if (shape.is_real()) reals.push_back(as_real(value));
    if (!shape.is_list()) return;
    for (const Cell* cell = as_list(value); cell; cell = cell->tail) collect_reals(shape.element(), cell->head, reals);
}

/// The differences of the reals in two values, in units of `scale` and its successors; false where anything else differs.
bool compare(const Shape& shape, Word output, Word wanted, const double*& scale, double*& residual) {
    if (shape.is_real()) {
        *residual++ = (as_real(output) - as_real(wanted)) / *scale++;
        return true;
    }
    if (!shape.is_list()) return output == wanted;
    const Cell *a = as_list(output), *b = as_list(wanted);
    if (length_of(a) != length_of(b)) return false;
    for (; a; a = a->tail, b = b->tail)
        if (!compare(shape.element(), a->head, b->head, scale, residual)) return false;
    return true;
}

void set(std::span<Node* const> reals, std::span<const double> values) {
    for (std::size_t i = 0; i < reals.size(); ++i) reals[i]->operand = real_word(values[i]);
}

/// Decimals near a value that cost fewer nats than it does, the cheapest first: the nearest integer and tenth, and the value
/// cut to so many significant digits.
std::vector<double> shorter(double value) {
    std::vector<double> found{std::round(value), std::round(value * 10) / 10};
    for (int digits = 1; digits <= most_digits; ++digits) {
        char text[64];
        const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, digits - 1).ptr;
        double cut = value;
        std::from_chars(text, end, cut);
        found.push_back(cut);
    }
    std::stable_sort(found.begin(), found.end(), [](double a, double b) { return nats_of_real(a) < nats_of_real(b); });
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::erase_if(found, [value](double each) { return nats_of_real(each) >= nats_of_real(value); });
    return found;
}

/// The numbers that were meant, where a fit missed them by its rounding.
double meant(double value) {
    for (int denominator = 1; denominator <= 12; ++denominator) {
        const double near = std::round(value * denominator) / denominator;
        if (std::abs(near - value) <= 1e-7 * std::max(1.0, std::abs(value))) return near;
    }
    return std::round(value * 1e6) / 1e6;
}

}  // namespace

RealFitter::RealFitter(Trial& trial, const Likelihood& likelihood, std::vector<Case> cases, const std::vector<double>& known)
    : trial_(trial), likelihood_(likelihood), cases_(std::move(cases)), few_(target(spread(cases_, few_cases))),
      all_(target(spread(cases_, most_cases))),
      // Distinct, so that parameters with like parts don't move as one.
      starts_{{1, -1, 2, -2, 0.6, -0.4}, {-2, 3, -0.5, 1.5, -1.1, 0.8}, {0.5, 2, 4, -3, 1.7, -0.6}, {-3.5, -4, 1.2, 0.7, -1.6, 2.1},
              {4.5, 0.3, -2.5, 2.5, 0.2, -1.3}} {
    for (std::size_t i = 0; i + 1 < known.size() && i < 2; ++i) starts_.push_back({known[i], known[i + 1], 1, -1, 0.5, 2});
}

RealFitter::Target RealFitter::target(std::vector<Case> cases) const {
    Target made{std::move(cases), {}};
    for (const Case& each : made.cases) collect_reals(trial_.result(), each.wanted, made.scales);
    double squares = 0;
    for (double wanted : made.scales) squares += wanted * wanted;
    const double least = std::max(1e-12, 1e-2 * std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, made.scales.size()))));
    for (double& scale : made.scales) scale = is_noisy(likelihood_) ? likelihood_.first() : std::max(std::abs(scale), least);
    return made;
}

LeastSquares RealFitter::problem(const Node* program, std::span<Node* const> reals, const Target& target, bool cleared,
                                 const std::function<bool()>& stopped) {
    return {target.scales.size(),
            [=, this, &target](std::span<const double> parameters, std::span<double> residuals) {
                if (!std::all_of(parameters.begin(), parameters.end(), [](double value) { return std::isfinite(value); })) return false;
                set(reals, parameters);
                const double* scale = target.scales.data();
                double* residual = residuals.data();
                for (const Case& each : target.cases) {
                    if (cleared) {
                        if (!trial_.run(program->argument(0).node(), each.input)) return false;
                        const double above = as_real(trial_.output());
                        if (!trial_.run(program->argument(1).node(), each.input)) return false;
                        *residual++ = (above - as_real(each.wanted) * as_real(trial_.output())) / *scale++;
                    } else if (!trial_.run(program, each.input) ||
                               !compare(trial_.result(), trial_.output(), each.wanted, scale, residual)) {
                        return false;
                    }
                }
                return true;
            },
            stopped};
}

double RealFitter::score_at(const Node* program, std::span<Node* const> reals, std::span<const double> values) {
    set(reals, values);
    return score(trial_, likelihood_, cases_, program);
}

std::optional<double> RealFitter::fit(const Node* program, std::span<Node* const> reals, double most_nats,
                                      const std::function<bool()>& stopped) {
    const bool noisy = is_noisy(likelihood_);
    const double enough = noisy ? 1e-6 : 1e-28, count = static_cast<double>(few_.scales.size());
    LeastSquares descent = problem(program, reals, few_, false, stopped);
    // A fraction's numerator and denominator are fitted first without dividing: no poles in the way.
    const bool fraction = program->operation == Operation::divide_reals && trial_.result().is_real() && !trial_.is_recursive();
    LeastSquares cleared = problem(program, reals, few_, fraction, stopped);
    std::vector<double> best, values(reals.size());
    double least = std::numeric_limits<double>::infinity();
    for (const auto& start : starts_) {
        if (stopped()) break;
        std::copy_n(start.begin(), reals.size(), values.begin());
        if (fraction) cleared.descend(values, 0, cleared_steps, 1e-28);
        const double sum = descent.descend(values, 0, steps, enough);
        if (sum < least) {
            least = sum;
            best = values;
        }
        if (least <= count * (noisy ? 1.5 : promising)) break;
    }
    if (best.empty() || (!noisy && least > count * promising)) return std::nullopt;
    LeastSquares refit = problem(program, reals, noisy ? all_ : few_, false, stopped);
    refit.descend(best, 0, steps, enough);
    double fits = score_at(program, reals, best);
    if (fits == impossible_fit) {  // an exact likelihood takes the numbers that were meant, or none
        for (double& value : best) value = meant(value);
        fits = score_at(program, reals, best);
    }
    if (fits == impossible_fit || -fits > most_nats) return std::nullopt;
    fits = shorten(program, reals, best, fits, refit, stopped);
    set(reals, best);
    return fits;
}

double RealFitter::shorten(const Node* program, std::span<Node* const> reals, std::vector<double>& values, double log_likelihood,
                           LeastSquares& refit, const std::function<bool()>& stopped) {
    const bool noisy = is_noisy(likelihood_);
    unsigned fixed = 0;
    for (std::size_t j = 0; j < values.size(); ++j) {
        fixed |= 1u << j;
        double least = nats_of_real(values[j]) - log_likelihood;
        for (double each : shorter(values[j])) {
            if (stopped()) return log_likelihood;
            // The others are still written out in full: what they cost by then is left aside.
            if (nats_of_real(each) >= least) break;
            std::vector<double> trial = values;
            trial[j] = each;
            refit.descend(trial, fixed, refit_steps, noisy ? 1e-6 : 1e-28);
            const double fits = score_at(program, reals, trial);
            if (fits == impossible_fit || nats_of_real(each) - fits >= least) continue;
            values = trial;
            log_likelihood = fits;
            least = nats_of_real(each) - fits;
        }
    }
    return log_likelihood;
}

}  // namespace wakesleep
