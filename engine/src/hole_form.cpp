#include "hole_form.hpp"

#include <algorithm>

#include "constant_inverses.hpp"

namespace wakesleep {

namespace {

constexpr std::uint64_t real_hole = 0x5EA1, text_hole = 0x7E87;

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
    hash = (hash ^ more) * 0xFF51AFD7ED558CCDULL;
    return hash ^ (hash >> 31);
}

}  // namespace

HoleForm::Kind HoleForm::kind_of(const Node* node) const {
    while (node->operation == Operation::known) node = node->argument(0).node();
    if (node->operation == Operation::constant) return Kind::number;
    if (node->operation == Operation::hole) return node->token == real_token_ ? Kind::hole : Kind::variable;
    if (!is_arithmetic(node->operation)) return Kind::variable;
    const Kind left = kind_of(node->argument(0).node()), right = kind_of(node->argument(1).node());
    if (left == Kind::variable || right == Kind::variable) return Kind::variable;
    return std::max(left, right);
}

std::uint64_t HoleForm::of(const Node* node) {
    if (node->operation == Operation::known) return of(node->argument(0).node());
    if (node->operation == Operation::hole) return node->token == real_token_ ? real_hole : text_hole;
    if (wide_ && kind_of(node) == Kind::hole) {
        narrower_ = true;
        return real_hole;
    }
    switch (node->operation) {
        case Operation::add_reals:
        case Operation::multiply_reals: return combined(node, node->operation);
        case Operation::subtract_reals:  // to take a hole away is to add one
            if (of(node->argument(1).node()) == real_hole) return combined(node, Operation::add_reals);
            break;
        case Operation::divide_reals: return combined(node, Operation::multiply_reals);
        default: break;
    }
    std::uint64_t hash = mix(mix(static_cast<std::uint64_t>(node->operation), static_cast<std::uint64_t>(node->operand)),
                             static_cast<std::uint64_t>(node->token));
    for (int i = 0; i < node->arguments; ++i)
        hash = mix(mix(hash, of(node->argument(i).node())), static_cast<std::uint64_t>(node->argument(i).lambdas()) + 1);
    return hash;
}

std::uint64_t HoleForm::combined(const Node* node, Operation operation) {
    Parts parts;
    if (node->operation == Operation::subtract_reals)
        for (int i = 0; i < 2; ++i) gather(node->argument(i).node(), operation, false, parts);
    else
        gather(node, operation, false, parts);
    if (!parts.hole)
        parts.hashes.insert(parts.hashes.end(), parts.numbers.begin(), parts.numbers.end());
    else if (!parts.numbers.empty())  // one of them may be 0
        narrower_ = true;
    if (parts.hashes.empty()) return real_hole;
    std::sort(parts.hashes.begin(), parts.hashes.end());
    // To divide by a hole isn't the same as to multiply with one: reciprocals are harder to fit.
    std::uint64_t hash = mix(static_cast<std::uint64_t>(operation), parts.hole + 2 * parts.divisor);
    for (std::uint64_t part : parts.hashes) hash = mix(hash, part);
    return hash;
}

void HoleForm::gather(const Node* node, Operation operation, bool divides, Parts& parts) {
    while (node->operation == Operation::known) node = node->argument(0).node();
    if (node->operation == operation) {
        for (int i = 0; i < 2; ++i) gather(node->argument(i).node(), operation, divides, parts);
        return;
    }
    // a / (b / c) has no value where c is 0: it stays as it is.
    if (operation == Operation::multiply_reals && node->operation == Operation::divide_reals && !divides) {
        gather(node->argument(0).node(), operation, false, parts);
        gather(node->argument(1).node(), operation, true, parts);
        return;
    }
    // A quotient within a divisor is a part of its own.
    const std::uint64_t part = node->operation == Operation::divide_reals && divides
                                   ? mix(mix(0xD17, of(node->argument(0).node())), of(node->argument(1).node()))
                                   : of(node);
    if (part == real_hole) {
        (divides && !wide_ ? parts.divisor : parts.hole) = true;
        return;
    }
    auto& hashes = wide_ && kind_of(node) == Kind::number ? parts.numbers : parts.hashes;
    hashes.push_back(divides ? mix(0x1D1, part) : part);
}

}  // namespace wakesleep
