#include "two_constants.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "constant_inverses.hpp"

namespace wakesleep {

namespace {

constexpr std::size_t unknowns = 3, corners = 4, points = 5;  // a, b and a b; the last point is for the check
/// Above 0, for logarithms; the last is the check.
constexpr double firsts[] = {1, 2.5, 4.2}, seconds[] = {1.3, 3.1, 0.6};
/// Which of them a point has.
constexpr std::size_t first_at[points] = {0, 1, 0, 1, 2}, second_at[points] = {0, 0, 1, 1, 2};
/// Pivots smaller than this, in rows whose largest number is 1, say too little.
constexpr double least_pivot = 1e-7;
/// Coefficients that are smaller than this, beside the values they are from, are rounding.
constexpr double no_coefficient = 1e-12;

using Sampled = std::array<double, points>;

/// What the values are plotted over.
struct Form {
    bool logarithm = false, log_first = false, log_second = false;

    double first(std::size_t i) const { return log_first ? std::log(firsts[i]) : firsts[i]; }
    double second(std::size_t i) const { return log_second ? std::log(seconds[i]) : seconds[i]; }
};
constexpr Form forms[] = {{}, {true, true, false}, {true, false, true}, {true, true, true}, {true, false, false}};

/// k0 + k1 a + k2 b + k3 a b = 0
using Condition = std::array<double, unknowns + 1>;

/// The k that the values at the corners are from; nothing where the last value isn't from them too.
std::optional<Condition> coefficients(const Sampled& values, const Form& form) {
    const double a0 = form.first(0), b0 = form.second(0), a = form.first(1) - a0, b = form.second(1) - b0;
    const double both = (values[3] - values[1] - values[2] + values[0]) / (a * b);
    const double of_a = (values[1] - values[0]) / a - both * b0, of_b = (values[2] - values[0]) / b - both * a0;
    Condition k{values[0] - of_a * a0 - of_b * b0 - both * a0 * b0, of_a, of_b, both};
    double size = 0;
    for (double value : values) size = std::max(size, std::abs(value));
    const double a2 = form.first(2), b2 = form.second(2);
    const double made = k[0] + k[1] * a2 + k[2] * b2 + k[3] * a2 * b2;
    if (!(std::abs(made - values[4]) <= same * size)) return std::nullopt;
    for (double& each : k)
        if (std::abs(each) < no_coefficient * size) each = 0;
    return k;
}

/// A case's values where the program parts, and what is known on the way there.
struct Sample {
    std::vector<double> others;  // along the path
    Sampled above{}, below{};    // of a quotient; else below is 1
    double largest = 0;
};

class Parting {
  public:
    Parting(Trial& trial, const Node* program, Node& first, Node& second)
        : trial_(trial), program_(program), first_(first), second_(second), core_(program) {
        while (is_arithmetic(core_->operation)) {
            const int unknown = holds_constant(core_->argument(0).node()) ? 0 : 1;
            if (holds_constant(core_->argument(1 - unknown).node())) break;
            path_.push_back({core_, unknown});
            core_ = core_->argument(unknown).node();
        }
        quotient_ = core_->operation == Operation::divide_reals;
    }

    /// Nothing where a value isn't defined.
    std::optional<Sample> sample(std::size_t input) {
        Sample made;
        made.below.fill(1);
        for (const Step& step : path_) {
            const auto other = value(step.node->argument(1 - step.unknown).node(), input);
            if (!other) return std::nullopt;
            made.others.push_back(*other);
            made.largest = std::max(made.largest, std::abs(*other));
        }
        for (std::size_t i = 0; i < points; ++i) {
            first_.operand = real_word(firsts[first_at[i]]);
            second_.operand = real_word(seconds[second_at[i]]);
            const auto above = value(quotient_ ? core_->argument(0).node() : core_, input);
            const auto below = quotient_ ? value(core_->argument(1).node(), input) : 1;
            if (!above || !below) return std::nullopt;
            made.above[i] = *above;
            made.below[i] = *below;
            made.largest = std::max({made.largest, std::abs(*above), std::abs(*below)});
        }
        return made;
    }

    /// What a case's wanted output says of the constants; nothing where that can't be told.
    std::optional<Condition> condition(const Sample& sample, const Form& form, double wanted) const {
        for (std::size_t i = 0; i < path_.size(); ++i) {
            const auto values = inverse(path_[i].node->operation, path_[i].unknown, sample.others[i], wanted);
            if (!values || values->count != 1 || !std::isfinite(values->values[0])) return std::nullopt;
            wanted = values->values[0];
        }
        if (!form.logarithm) {
            auto above = coefficients(sample.above, form);
            const auto below = coefficients(sample.below, form);
            if (!above || !below) return std::nullopt;
            for (std::size_t j = 0; j <= unknowns; ++j) (*above)[j] -= wanted * (*below)[j];
            return above;
        }
        Sampled logarithms;
        for (std::size_t i = 0; i < points; ++i) logarithms[i] = std::log(std::abs(sample.above[i] / sample.below[i]));
        auto made = coefficients(logarithms, form);
        if (made) (*made)[0] -= std::log(std::abs(wanted));
        if (!made || !std::isfinite((*made)[0])) return std::nullopt;
        return made;
    }

  private:
    struct Step {
        const Node* node;
        int unknown;
    };

    bool holds_constant(const Node* node) const { return contains(node, &first_) || contains(node, &second_); }

    std::optional<double> value(const Node* node, std::size_t input) {
        if (!trial_.run(node, input)) return std::nullopt;
        const auto found = node == program_ ? first_real(trial_.result(), trial_.output()) : as_real(trial_.output());
        return found && std::isfinite(*found) ? found : std::nullopt;
    }

    Trial& trial_;
    const Node* program_;
    Node &first_, &second_;
    const Node* core_;
    bool quotient_ = false;
    std::vector<Step> path_;
};

using Conditions = std::array<Condition, unknowns + 1>;

/// How far the last of several conditions is from agreeing with the others, and the size of what is added up in it.
struct Disagreement {
    double amount, size;
};

/// Of the first `count` + 1 conditions, in which the unknowns `of` are; nothing where `count` of them leave these open.
std::optional<Disagreement> disagreement(Conditions conditions, const std::array<std::size_t, unknowns>& of, std::size_t count) {
    for (std::size_t row = 0; row <= count; ++row) {
        double largest = 0;
        for (double each : conditions[row]) largest = std::max(largest, std::abs(each));
        if (!(largest > 0)) return std::nullopt;
        for (double& each : conditions[row]) each /= largest;
    }
    const Condition last = conditions[count];
    for (std::size_t j = 0; j < count; ++j) {
        std::size_t pivot = j;
        for (std::size_t row = j + 1; row < count; ++row)
            if (std::abs(conditions[row][of[j]]) > std::abs(conditions[pivot][of[j]])) pivot = row;
        std::swap(conditions[j], conditions[pivot]);
        if (!(std::abs(conditions[j][of[j]]) > least_pivot)) return std::nullopt;
        for (std::size_t row = 0; row < count; ++row) {
            if (row == j) continue;
            const double factor = conditions[row][of[j]] / conditions[j][of[j]];
            for (std::size_t i = 0; i <= unknowns; ++i) conditions[row][i] -= factor * conditions[j][i];
        }
    }
    Disagreement found{last[0], std::abs(last[0])};
    for (std::size_t j = 0; j < count; ++j) {
        const double term = -last[of[j]] * conditions[j][0] / conditions[j][of[j]];
        found.amount += term;
        found.size += std::abs(term);
    }
    return found;
}

}  // namespace

bool is_ruled_out(Trial& trial, const Likelihood& likelihood, const std::vector<Case>& cases, const Node* program, Node& first,
                  Node& second) {
    if (!is_free_of_noise(likelihood) || cases.size() < 3 || trial.is_recursive()) return false;
    const std::size_t most = std::min(cases.size(), unknowns + 1);
    Parting parting(trial, program, first, second);
    std::array<Sample, unknowns + 1> samples;
    std::array<double, unknowns + 1> wanted{};
    for (std::size_t i = 0; i < most; ++i) {
        const auto real = first_real(trial.result(), cases[i].wanted);
        auto sample = real ? parting.sample(cases[i].input) : std::nullopt;
        if (!sample) return false;
        wanted[i] = *real;
        samples[i] = std::move(*sample);
    }
    for (const Form& form : forms) {
        Conditions conditions{};
        bool fits = true;
        for (std::size_t i = 0; i < most && fits; ++i) {
            const auto condition = parting.condition(samples[i], form, wanted[i]);
            fits = condition.has_value();
            if (fits) conditions[i] = *condition;
        }
        if (!fits) continue;
        std::array<std::size_t, unknowns> of{};
        std::size_t count = 0;
        for (std::size_t j = 1; j <= unknowns; ++j)
            if (std::any_of(conditions.begin(), conditions.begin() + static_cast<std::ptrdiff_t>(most),
                            [j](const Condition& each) { return each[j] != 0; }))
                of[count++] = j;
        if (count == 0 || count >= most) return false;
        const auto off = disagreement(conditions, of, count);
        if (!off) return false;
        // How far that moves with the outputs says how sure it is.
        double allowed = same * off->size;
        for (std::size_t i = 0; i <= count; ++i) {
            const double slack = std::max(allowed_error(likelihood, wanted[i]), rounding * std::max(std::abs(wanted[i]), samples[i].largest));
            const auto moved = parting.condition(samples[i], form, wanted[i] + 2 * slack);
            if (!moved) return false;
            Conditions others = conditions;
            others[i] = *moved;
            const auto moved_off = disagreement(others, of, count);
            if (!moved_off) return false;
            allowed += 3 * std::abs(moved_off->amount - off->amount);
        }
        return std::abs(off->amount) > allowed;
    }
    return false;
}

}  // namespace wakesleep
