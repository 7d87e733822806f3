#include "likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "error.hpp"

namespace wakesleep {

namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();
constexpr int most_edits = 1000;

/// Levenshtein distance of two lists, or `most` + 1 where it is more: the diagonals further than `most` from the main
/// one are never filled in. Memory and time: O(length · most) at the worst.
int edits(const Shape& element, const Cell* output, const Cell* wanted, int most) {
    if (std::abs(length_of(output) - length_of(wanted)) > most) return most + 1;
    for (; output && wanted && element.equal(output->head, wanted->head); output = output->tail, wanted = wanted->tail)
        if (output == wanted) return 0;
    std::vector<Word> a, b;
    for (; output; output = output->tail) a.push_back(output->head);
    for (; wanted; wanted = wanted->tail) b.push_back(wanted->head);
    for (; !a.empty() && !b.empty() && element.equal(a.back(), b.back()); b.pop_back()) a.pop_back();

    const int rows = static_cast<int>(a.size()), columns = static_cast<int>(b.size());
    std::vector<int> above(columns + 2, most + 1), row(columns + 2, most + 1);
    for (int j = 0; j <= std::min(columns, most); ++j) above[j] = j;
    for (int i = 1; i <= rows; ++i) {
        const int first = std::max(0, i - most), last = std::min(columns, i + most);
        int least = most + 1;
        for (int j = first; j <= last; ++j) {
            int cost = j == 0 ? i : above[j - 1] + !element.equal(a[i - 1], b[j - 1]);
            cost = std::min(cost, above[j] + 1);
            if (j > first) cost = std::min(cost, row[j - 1] + 1);
            row[j] = std::min(cost, most + 1);
            least = std::min(least, row[j]);
        }
        if (least > most) return most + 1;
        row[last + 1] = most + 1;  // the next row's last cell looks up at it
        std::swap(above, row);
    }
    return above[columns];
}

}  // namespace

Likelihood Likelihood::tolerance(double relative, double absolute) {
    if (!std::isfinite(relative) || !std::isfinite(absolute) || relative < 0 || absolute < 0)
        throw EngineError("tolerances are finite and at least 0");
    return {Kind::tolerance, relative, absolute};
}

Likelihood Likelihood::gaussian(double sigma) {
    if (!std::isfinite(sigma) || sigma <= 0) throw EngineError("sigma is finite and above 0");
    return {Kind::gaussian, sigma, 0};
}

Likelihood Likelihood::edit_distance(double nats_per_edit, int max_edits) {
    if (!std::isfinite(nats_per_edit) || nats_per_edit <= 0) throw EngineError("nats_per_edit is finite and above 0");
    if (max_edits < 0 || max_edits > most_edits)
        throw EngineError("max_edits is between 0 and " + std::to_string(most_edits));
    return {Kind::edit_distance, nats_per_edit, static_cast<double>(max_edits)};
}

double Likelihood::score_softly(const Shape& shape, Word output, Word wanted) const {
    if (kind_ != Kind::edit_distance) return score_reals(shape, output, wanted);
    if (!shape.is_list()) return shape.equal(output, wanted) ? 0 : impossible;
    const int most = static_cast<int>(second_);
    const int needed = edits(shape.element(), as_list(output), as_list(wanted), most);
    return needed > most ? impossible : 0 - first_ * needed;
}

double Likelihood::score_reals(const Shape& shape, Word output, Word wanted) const {
    if (shape.is_real()) return score_real(as_real(output), as_real(wanted));
    if (!shape.is_list()) return output == wanted ? 0 : impossible;
    const Cell *a = as_list(output), *b = as_list(wanted);
    if (length_of(a) != length_of(b)) return impossible;
    double total = 0;
    for (; a != b && a && total != impossible; a = a->tail, b = b->tail)
        total += score_reals(shape.element(), a->head, b->head);
    return total;
}

double Likelihood::score_real(double output, double wanted) const {
    const double off = std::abs(output - wanted);
    if (kind_ == Kind::tolerance) return off <= std::max(second_, first_ * std::abs(wanted)) ? 0 : impossible;
    return 0 - 0.5 * (off / first_) * (off / first_);
}

}  // namespace wakesleep
