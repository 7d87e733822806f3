#include "one_constant.hpp"

#include <algorithm>
#include <cmath>

#include "constant_inverses.hpp"

namespace wakesleep {

namespace {

constexpr double probes[] = {1, 2.5, -0.7}, check = 4.2;
/// Values closer than this, relative to the largest, say too little about the constant.
constexpr double least_difference = 1e-6;

/// (p + q c) / (r + s c), by the values it has at the probes.
class Fraction {
  public:
    explicit Fraction(const double (&values)[3]) : values_(values) {}

    double at(double constant) const {
        const double of_constants = (constant - probes[0]) * (probes[1] - probes[2]) / (probes[1] - probes[0]);
        const double scale = (values_[1] - values_[2]) / (values_[1] - values_[0]);
        const double left = scale * (constant - probes[2]);
        return (left * values_[0] - of_constants * values_[2]) / (left - of_constants);
    }
    double constant_for(double value) const {
        const double of_values = (value - values_[0]) * (values_[1] - values_[2]) / (values_[1] - values_[0]);
        const double scale = (probes[1] - probes[2]) / (probes[1] - probes[0]);
        const double left = scale * (value - values_[2]);
        return (left * probes[0] - of_values * probes[2]) / (left - of_values);
    }

  private:
    const double (&values_)[3];
};

/// Follows a wanted output of one case back to the constant.
class Tracer {
  public:
    Tracer(Trial& trial, const Node* program, Node& constant, std::size_t input)
        : trial_(trial), program_(program), constant_(constant), input_(input) {}

    /// The constants that may give the output `wanted`, and the largest number met; nothing where that can't be told.
    std::optional<Values> trace(double wanted) {
        largest = std::abs(wanted);
        return trial_.result().is_real() ? through(program_, wanted) : through_fraction(program_, wanted);
    }
    double largest = 0;

  private:
    std::optional<Values> through(const Node* node, double wanted) {
        if (node == &constant_) return wanted;
        if (!is_arithmetic(node->operation)) return through_fraction(node, wanted);
        const int unknown = contains(node->argument(0).node(), &constant_) ? 0 : 1;
        if (!trial_.run(node->argument(1 - unknown).node(), input_)) return Values();
        const double other = as_real(trial_.output());
        largest = std::max(largest, std::abs(other));
        const auto arguments = inverse(node->operation, unknown, other, wanted);
        if (!arguments || arguments->count == 0) return arguments;
        if (!std::isfinite(arguments->values[0])) return std::nullopt;
        const Node* next = node->argument(unknown).node();
        const auto first = through(next, arguments->values[0]);
        if (!first || arguments->count == 1) return first;
        const auto second = through(next, arguments->values[1]);
        if (!second || first->count + second->count > 2) return std::nullopt;
        Values both = *first;
        for (int i = 0; i < second->count; ++i) both.values[static_cast<std::size_t>(both.count++)] = second->values[static_cast<std::size_t>(i)];
        return both;
    }

    std::optional<Values> through_fraction(const Node* node, double wanted) {
        std::optional<double> given[4];
        double values[3], size = std::abs(wanted);
        int failed = 0;
        for (int i = 0; i < 4; ++i) {
            given[i] = value_at(node, i < 3 ? probes[i] : check);
            failed += !given[i];
            if (given[i]) size = std::max(size, std::abs(*given[i]));
            if (i < 3) values[i] = given[i].value_or(0);
        }
        if (failed == 4) return Values();  // whatever the constant
        if (given[0] && given[0] == given[1] && given[0] == given[3] && (!given[2] || given[0] == given[2]))  // nor does it matter
            return std::abs(*given[0] - wanted) > least_difference * size ? std::optional(Values()) : std::nullopt;
        if (failed) return std::nullopt;
        for (int i = 0; i < 3; ++i)
            if (std::abs(values[i] - values[(i + 1) % 3]) < least_difference * size) return std::nullopt;
        const Fraction fraction(values);
        if (!(std::abs(*given[3] - fraction.at(check)) <= same * size)) return std::nullopt;
        largest = std::max(largest, size);
        const double found = fraction.constant_for(wanted);
        return std::isfinite(found) ? std::optional(Values(found)) : std::nullopt;
    }

    std::optional<double> value_at(const Node* node, double constant) {
        constant_.operand = real_word(constant);
        if (!trial_.run(node, input_)) return std::nullopt;
        return node == program_ ? first_real(trial_.result(), trial_.output()) : as_real(trial_.output());
    }

    Trial& trial_;
    const Node* program_;
    Node& constant_;
    std::size_t input_;
};

}  // namespace

bool is_ruled_out(Trial& trial, const Likelihood& likelihood, const std::vector<Case>& cases, const Node* program, Node& constant) {
    if (!is_free_of_noise(likelihood) || cases.size() < 2 || trial.is_recursive()) return false;
    const auto wanted = first_real(trial.result(), cases[0].wanted), next_wanted = first_real(trial.result(), cases[1].wanted);
    if (!wanted || !next_wanted) return false;
    const auto tolerance = [&](double value) { return allowed_error(likelihood, value); };
    const auto next_output = [&](double value) -> std::optional<double> {
        const double whole = std::round(value);
        constant.operand = real_word(std::abs(value - whole) <= nearly_whole ? whole : value);  // exponents of negative bases are
        if (!std::isfinite(value) || !trial.run(program, cases[1].input)) return std::nullopt;
        return first_real(trial.result(), trial.output());
    };

    Tracer tracer(trial, program, constant, cases[0].input);
    const auto found = tracer.trace(*wanted);
    if (!found) return false;
    if (found->count == 0) return true;
    // How far the second output moves with the first says how sure it is.
    const double slack = std::max(tolerance(*wanted), rounding * tracer.largest);
    const auto moved = tracer.trace(*wanted + 2 * slack);
    if (!moved || moved->count != found->count) return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(found->count); ++i) {
        const auto given = next_output(found->values[i]), given_moved = next_output(moved->values[i]);
        if (!given && !given_moved) continue;
        if (!given || !given_moved) return false;
        const double allowed = 3 * std::abs(*given_moved - *given) + 3 * tolerance(*next_wanted);
        if (std::abs(*given - *next_wanted) <= allowed + same * std::max(std::abs(*given), std::abs(*next_wanted))) return false;
    }
    return true;
}

}  // namespace wakesleep
