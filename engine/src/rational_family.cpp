#include "rational_family.hpp"

#include <algorithm>

#include "flat_map.hpp"

namespace wakesleep {

namespace {

using modular::Residue;

/// A fixed random number for each hole and filling.
Residue drawn(int hole, int filling) {
    return mix_bits(0x9E3779B97F4A7C15ULL * static_cast<std::uint64_t>(hole * 64 + filling + 1)) % modular::prime;
}

int count_holes(const Node* node) {
    if (node->operation == Operation::hole) return 1;
    if (node->operation == Operation::known) return 0;
    int count = 0;
    for (int i = 0; i < node->arguments; ++i) count += count_holes(node->argument(i).node());
    return count;
}

/// The remainder of a polynomial by another, times some number. Both have their lowest coefficient first.
void take_remainder(std::vector<Residue>& polynomial, const std::vector<Residue>& divisor) {
    while (polynomial.size() >= divisor.size()) {
        const Residue lead = polynomial.back(), other = divisor.back();
        const std::size_t shift = polynomial.size() - divisor.size();
        for (Residue& each : polynomial) each = modular::multiply(each, other);
        for (std::size_t i = 0; i < divisor.size(); ++i)
            polynomial[shift + i] = modular::subtract(polynomial[shift + i], modular::multiply(lead, divisor[i]));
        while (!polynomial.empty() && polynomial.back() == 0) polynomial.pop_back();
    }
}

std::vector<Residue> common_divisor(std::vector<Residue> left, std::vector<Residue> right) {
    while (!right.empty()) {
        take_remainder(left, right);
        left.swap(right);
    }
    return left;
}

/// The quotient by a divisor that leaves no remainder.
std::vector<Residue> quotient(std::vector<Residue> polynomial, const std::vector<Residue>& divisor) {
    if (polynomial.empty()) return {};
    const Residue inverse = modular::inverse(divisor.back());
    std::vector<Residue> result(polynomial.size() - divisor.size() + 1);
    for (std::size_t at = result.size(); at-- > 0;) {
        result[at] = modular::multiply(polynomial[at + divisor.size() - 1], inverse);
        for (std::size_t i = 0; i < divisor.size(); ++i)
            polynomial[at + i] = modular::subtract(polynomial[at + i], modular::multiply(result[at], divisor[i]));
    }
    return result;
}

}  // namespace

std::uint64_t Hull::hash() const {
    std::uint64_t hash = mix_bits(static_cast<std::uint64_t>(above) * 64 + static_cast<std::uint64_t>(below) + 1);
    for (Residue each : origin) hash = mix_bits(hash * 3 + each);
    for (const auto& direction : directions)
        for (Residue each : direction) hash = mix_bits(hash * 5 + each);
    return hash;
}

bool Hull::holds(const Hull& other) const {
    if (other.above != above || other.below != below || other.directions.size() > directions.size()) return false;
    const auto inside = [&](std::vector<Residue> vector) {
        for (const auto& direction : directions) {
            const auto pivot = std::find_if(direction.begin(), direction.end(), [](Residue each) { return each != 0; }) - direction.begin();
            if (const Residue factor = vector[static_cast<std::size_t>(pivot)])
                for (std::size_t i = 0; i < vector.size(); ++i)
                    vector[i] = modular::subtract(vector[i], modular::multiply(factor, direction[i]));
        }
        return std::all_of(vector.begin(), vector.end(), [](Residue each) { return each == 0; });
    };
    std::vector<Residue> between(origin.size());
    for (std::size_t i = 0; i < origin.size(); ++i) between[i] = modular::subtract(other.origin[i], origin[i]);
    return inside(std::move(between)) && std::all_of(other.directions.begin(), other.directions.end(), inside);
}

bool FamilyShelf::has_better(const Family& family, double cost) const {
    const auto found = kept_.find(family.hull.above * 64 + family.hull.below);
    if (found == kept_.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const Kept& kept) {
        const bool same = kept.family.hull.directions.size() == family.hull.directions.size();
        // 2.0 * x + 1.0 is easier to read than 2.0 * (x + 0.5), and x / 3.0 than x * 0.333333.
        if (same && family.filled && (family.linear || family.constants == 1)) return false;
        if (family.filled && family.linear && !kept.family.linear) return false;
        return kept.cost <= cost && kept.family.hull.holds(family.hull);
    });
}

void FamilyShelf::add(const Family& family, double cost) {
    if (!family.filled) return;
    auto& kept = kept_[family.hull.above * 64 + family.hull.below];
    std::erase_if(kept, [&](const Kept& other) {
        return family.linear >= other.family.linear && family.hull.holds(other.family.hull);
    });
    if (kept.size() < most) kept.push_back({family, cost});
}

std::uint64_t RationalFamilies::hash(const Family& family) {
    if (!family.filled) return 0;
    const std::uint64_t hash = mix_bits(family.hull.hash() + family.linear);
    return hash ? hash : 1;
}

std::optional<Family> RationalFamilies::of(const Node* program) {
    const int holes = count_holes(program);
    if (holes > max_holes || !read(program, holes + 1)) return std::nullopt;
    const bool filled = ratio_.kind != Kind::unsure;
    // The hull of what doesn't fill it may have more dimensions than there are constants.
    if (!filled && !read(program, max_fillings)) return std::nullopt;
    bool linear = ratio_.kind <= Kind::linear || ratio_.kind == Kind::pair;
    if (ratio_.kind == Kind::pair) {
        const Number& lead = ratio_.below.coefficients[static_cast<std::size_t>(ratio_.below.size - 1)];
        linear = std::all_of(lead.begin(), lead.begin() + fillings_, [&](Residue each) { return each == lead[0]; });
    }
    if (!reduce() || !normalise()) return std::nullopt;
    Family family{span(), filled, linear, holes};
    if (!filled && static_cast<int>(family.hull.directions.size()) == max_fillings - 1) return std::nullopt;  // more might be found
    return family;
}

bool RationalFamilies::read(const Node* program, int fillings) {
    fillings_ = fillings;
    holes_ = 0;
    rounded_ = false;
    Ratio input;
    input.above.size = 2;
    input.below.size = 1;
    input.above.coefficients[0].fill(0);
    input.above.coefficients[1].fill(1);
    input.below.coefficients[0].fill(1);
    const Scope scope{&input, nullptr};
    return read(program, &scope, ratio_);
}

bool RationalFamilies::read(const Node* node, const Scope* scope, Ratio& result) {
    while (node->operation == Operation::known) node = node->argument(0).node();
    switch (node->operation) {
        case Operation::variable: {
            if (node->arguments > 0) return false;
            for (Word i = node->operand; i > 0 && scope; --i) scope = scope->up;
            if (!scope) return false;
            result = *scope->value;
            return true;
        }
        case Operation::hole: {
            if (node->token != real_token_) return false;
            result.kind = Kind::scalar;
            result.above.size = result.below.size = 1;
            result.below.coefficients[0].fill(1);
            for (int i = 0; i < fillings_; ++i)
                result.above.coefficients[0][static_cast<std::size_t>(i)] = drawn(holes_, i);
            ++holes_;
            return true;
        }
        case Operation::constant: {
            // Told apart by its bits; that 0.5 + 0.5 is 1.0 isn't seen.
            rounded_ = true;
            result.kind = Kind::fixed;
            result.above.size = result.below.size = 1;
            result.above.coefficients[0].fill(mix_bits(static_cast<std::uint64_t>(node->operand) + 77) % modular::prime);
            result.below.coefficients[0].fill(1);
            return true;
        }
        case Operation::add_reals:
        case Operation::multiply_reals:
        case Operation::divide_reals: {
            Ratio left, right;
            return read(node->argument(0).node(), scope, left) && read(node->argument(1).node(), scope, right) &&
                   combine(node->operation, left, right, result);
        }
        case Operation::subtract_reals: {
            Ratio left, right;
            if (!read(node->argument(0).node(), scope, left) || !read(node->argument(1).node(), scope, right)) return false;
            for (int i = 0; i < right.above.size; ++i)
                for (Residue& each : right.above.coefficients[static_cast<std::size_t>(i)]) each = modular::subtract(0, each);
            return combine(Operation::add_reals, left, right, result);
        }
        case Operation::abstraction: return apply(node, scope, result);
        default: return false;
    }
}

bool RationalFamilies::apply(const Node* node, const Scope* scope, Ratio& result) {
    std::vector<Ratio> arguments(node->arguments);
    std::vector<Scope> bound(node->arguments);
    const Scope* inner = nullptr;
    bool constants = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Reference argument = node->argument(static_cast<int>(i));
        if (argument.lambdas() > 0 || !read(argument.node(), scope, arguments[i])) return false;
        constants = constants || arguments[i].kind != Kind::fixed;
        bound[i] = {&arguments[i], inner};
        inner = &bound[i];
    }
    if (!read(Reference::from(node->operand).node(), inner, result)) return false;
    // A constant that is used twice isn't two: what was concluded from the parts doesn't hold for the whole.
    if (constants) {
        std::vector<int> uses(arguments.size());
        const auto count = [&](const auto& self, const Node* part) -> void {
            if (part->operation == Operation::variable && part->operand < static_cast<Word>(uses.size()))
                ++uses[uses.size() - 1 - static_cast<std::size_t>(part->operand)];
            for (int i = 0; i < part->arguments; ++i) self(self, part->argument(i).node());
        };
        count(count, Reference::from(node->operand).node());
        for (std::size_t i = 0; i < arguments.size(); ++i)
            if (uses[i] > 1 && arguments[i].kind != Kind::fixed) result.kind = Kind::unsure;
    }
    return true;
}

bool RationalFamilies::combine(Operation operation, const Ratio& left, const Ratio& right, Ratio& result) const {
    const auto at_most = [](Kind kind, Kind most) { return kind <= most; };
    Polynomial cross;
    if (operation == Operation::add_reals) {
        if (!multiply(left.above, right.below, result.above) || !multiply(right.above, left.below, cross) ||
            !multiply(left.below, right.below, result.below))
            return false;
        add(result.above, cross);
    } else if (operation == Operation::multiply_reals) {
        if (!multiply(left.above, right.above, result.above) || !multiply(left.below, right.below, result.below)) return false;
    } else if (right.above.size == 0 || !multiply(left.above, right.below, result.above) ||
               !multiply(left.below, right.above, result.below)) {
        return false;  // never has a value, or its degree is too high
    }
    const Kind a = left.kind, b = right.kind;
    if (operation == Operation::add_reals) {
        if (a == Kind::fixed || b == Kind::fixed)
            result.kind = std::max(a, b) == Kind::scalar ? Kind::linear : std::max(a, b);
        else if (a == Kind::scalar && b == Kind::scalar)
            result.kind = Kind::scalar;
        else if (at_most(a, Kind::scaled) && at_most(b, Kind::scaled))
            result.kind = std::max({a, b, Kind::linear});
        else
            result.kind = Kind::unsure;
    } else if (operation == Operation::multiply_reals) {
        if (a == Kind::fixed || b == Kind::fixed)
            result.kind = std::max(a, b) == Kind::scalar ? Kind::linear : std::max(a, b);
        else if (a == Kind::scalar && b == Kind::scalar)
            result.kind = Kind::scalar;
        else if (a == Kind::scalar || b == Kind::scalar)
            result.kind = std::max(a, b) == Kind::unsure ? Kind::unsure
                          : std::max(a, b) >= Kind::pair ? Kind::scaled_pair
                                                         : Kind::scaled;
        else
            result.kind = Kind::unsure;
    } else {
        if (b == Kind::fixed)
            result.kind = a == Kind::scalar ? Kind::linear : a;
        else if (a == Kind::unsure || b == Kind::unsure)
            result.kind = Kind::unsure;
        else if (b == Kind::scalar)
            result.kind = a == Kind::scalar ? Kind::scalar : a >= Kind::pair ? Kind::scaled_pair : Kind::scaled;
        else if (at_most(a, Kind::scaled) && at_most(b, Kind::scaled))
            result.kind = a != Kind::scaled && b == Kind::linear ? Kind::pair : Kind::scaled_pair;
        else
            result.kind = at_most(a, Kind::scalar) ? Kind::scaled_pair : Kind::unsure;
    }
    return true;
}

bool RationalFamilies::multiply(const Polynomial& left, const Polynomial& right, Polynomial& product) const {
    product.size = left.size && right.size ? left.size + right.size - 1 : 0;
    if (product.size > max_degree + 1) return false;
    for (int i = 0; i < product.size; ++i) product.coefficients[static_cast<std::size_t>(i)].fill(0);
    for (int i = 0; i < left.size; ++i)
        for (int j = 0; j < right.size; ++j) {
            const Number &a = left.coefficients[static_cast<std::size_t>(i)], &b = right.coefficients[static_cast<std::size_t>(j)];
            Number& sum = product.coefficients[static_cast<std::size_t>(i + j)];
            for (std::size_t k = 0; k < static_cast<std::size_t>(fillings_); ++k)
                sum[k] = modular::add(sum[k], modular::multiply(a[k], b[k]));
        }
    return true;
}

void RationalFamilies::add(Polynomial& sum, const Polynomial& more) const {
    for (; sum.size < more.size; ++sum.size) sum.coefficients[static_cast<std::size_t>(sum.size)].fill(0);
    for (std::size_t i = 0; i < static_cast<std::size_t>(more.size); ++i)
        for (std::size_t k = 0; k < static_cast<std::size_t>(fillings_); ++k)
            sum.coefficients[i][k] = modular::add(sum.coefficients[i][k], more.coefficients[i][k]);
    trim(sum);
}

void RationalFamilies::trim(Polynomial& polynomial) const {
    const auto zero = [&](const Number& number) {
        return std::all_of(number.begin(), number.begin() + fillings_, [](Residue each) { return each == 0; });
    };
    while (polynomial.size > 0 && zero(polynomial.coefficients[static_cast<std::size_t>(polynomial.size - 1)])) --polynomial.size;
}

/// Divides what numerator and denominator have in common out of them; false where that isn't alike for all fillings.
bool RationalFamilies::reduce() {
    Polynomial &above = ratio_.above, &below = ratio_.below;
    if (below.size <= 1 || above.size == 0) {
        if (above.size == 0) {
            below.size = 1;
            below.coefficients[0].fill(1);
        }
        return true;
    }
    const auto taken = [](const Polynomial& polynomial, int filling) {
        std::vector<Residue> values;
        for (int i = 0; i < polynomial.size; ++i)
            values.push_back(polynomial.coefficients[static_cast<std::size_t>(i)][static_cast<std::size_t>(filling)]);
        return values;
    };
    std::size_t common = 0;
    for (int k = 0; k < fillings_; ++k) {
        const std::vector<Residue> numerator = taken(above, k), denominator = taken(below, k);
        if (numerator.back() == 0 || denominator.back() == 0) return false;
        const std::vector<Residue> divisor = common_divisor(numerator, denominator);
        if (k == 0) common = divisor.size();
        if (divisor.size() != common) return false;
        if (common == 1) return true;  // coprime once, and so nearly everywhere
        const auto put = [k](Polynomial& polynomial, const std::vector<Residue>& values) {
            for (std::size_t i = 0; i < values.size(); ++i) polynomial.coefficients[i][static_cast<std::size_t>(k)] = values[i];
        };
        put(above, quotient(numerator, divisor));
        put(below, quotient(denominator, divisor));
    }
    above.size -= static_cast<int>(common) - 1;
    below.size -= static_cast<int>(common) - 1;
    return true;
}

/// Makes the denominator's highest coefficient 1.
bool RationalFamilies::normalise() {
    const Number lead = ratio_.below.coefficients[static_cast<std::size_t>(ratio_.below.size - 1)];
    for (std::size_t k = 0; k < static_cast<std::size_t>(fillings_); ++k) {
        if (lead[k] == 0) return false;
        if (lead[k] == 1) continue;
        const Residue inverse = modular::inverse(lead[k]);
        for (Polynomial* each : {&ratio_.above, &ratio_.below})
            for (std::size_t i = 0; i < static_cast<std::size_t>(each->size); ++i)
                each->coefficients[i][k] = modular::multiply(each->coefficients[i][k], inverse);
    }
    return true;
}

/// The affine space through all fillings.
Hull RationalFamilies::span() const {
    Hull hull;
    hull.above = ratio_.above.size;
    hull.below = ratio_.below.size;
    const std::size_t width = static_cast<std::size_t>(hull.above + hull.below);
    const auto coefficient = [&](std::size_t i, std::size_t k) {
        const std::size_t above = static_cast<std::size_t>(hull.above);
        return i < above ? ratio_.above.coefficients[i][k] : ratio_.below.coefficients[i - above][k];
    };
    for (std::size_t i = 0; i < width; ++i) hull.origin.push_back(coefficient(i, 0));
    std::vector<std::size_t> pivots;
    for (std::size_t k = 1; k < static_cast<std::size_t>(fillings_); ++k) {
        std::vector<Residue> row(width);
        for (std::size_t i = 0; i < width; ++i) row[i] = modular::subtract(coefficient(i, k), hull.origin[i]);
        const auto clear = [width](std::vector<Residue>& from, const std::vector<Residue>& by, std::size_t pivot) {
            if (const Residue factor = from[pivot])
                for (std::size_t i = 0; i < width; ++i) from[i] = modular::subtract(from[i], modular::multiply(factor, by[i]));
        };
        for (std::size_t j = 0; j < pivots.size(); ++j) clear(row, hull.directions[j], pivots[j]);
        const auto first = std::find_if(row.begin(), row.end(), [](Residue each) { return each != 0; });
        if (first == row.end()) continue;
        const std::size_t pivot = static_cast<std::size_t>(first - row.begin());
        const Residue inverse = modular::inverse(*first);
        for (Residue& each : row) each = modular::multiply(each, inverse);
        for (auto& direction : hull.directions) clear(direction, row, pivot);
        const auto place = std::lower_bound(pivots.begin(), pivots.end(), pivot);
        hull.directions.insert(hull.directions.begin() + (place - pivots.begin()), row);
        pivots.insert(place, pivot);
    }
    for (std::size_t j = 0; j < pivots.size(); ++j)
        if (const Residue factor = hull.origin[pivots[j]])
            for (std::size_t i = 0; i < width; ++i)
                hull.origin[i] = modular::subtract(hull.origin[i], modular::multiply(factor, hull.directions[j][i]));
    return hull;
}

}  // namespace wakesleep
