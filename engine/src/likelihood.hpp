// How well a program's output fits the one wanted: ln P[wanted | output] against a perfect fit, in nats.
#pragma once

#include <limits>

#include "value.hpp"

namespace wakesleep {

/// One of four ways to compare; cheap to copy. What a way says nothing about is compared exactly.
class Likelihood {
  public:
    enum class Kind : std::uint8_t { exact, tolerance, gaussian, edit_distance };

    /// Equal or not.
    Likelihood() = default;
    /// Reals, elementwise in lists, may be off by `absolute` or by `relative` of the wanted one, whichever is more.
    static Likelihood tolerance(double relative, double absolute);
    /// Reals, elementwise in lists of one length, carry independent normal noise of deviation `sigma`.
    static Likelihood gaussian(double sigma);
    /// Each insertion, deletion and substitution of an element of a list (or text) costs `nats_per_edit`; more than
    /// `max_edits` of them are impossible.
    static Likelihood edit_distance(double nats_per_edit, int max_edits);

    Kind kind() const { return kind_; }
    /// Whether a score is always 0 or −∞ and 0 means equal.
    bool is_exact() const { return kind_ == Kind::exact; }
    /// relative, sigma or nats_per_edit; and absolute or max_edits.
    double first() const { return first_; }
    double second() const { return second_; }
    bool operator==(const Likelihood&) const = default;

    /// ≤ 0 nats, −∞ for what can't be; 0 for a perfect output. Both words are laid out as `shape` says.
    double score(const Shape& shape, Word output, Word wanted) const {
        if (kind_ == Kind::exact) return shape.equal(output, wanted) ? 0 : -std::numeric_limits<double>::infinity();
        return score_softly(shape, output, wanted);
    }

  private:
    Likelihood(Kind kind, double first, double second) : kind_(kind), first_(first), second_(second) {}

    double score_softly(const Shape& shape, Word output, Word wanted) const;
    double score_reals(const Shape& shape, Word output, Word wanted) const;
    double score_real(double output, double wanted) const;

    Kind kind_ = Kind::exact;
    double first_ = 0, second_ = 0;
};

}  // namespace wakesleep
