#include "version_space_table.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "error.hpp"

namespace wakesleep {

namespace {

/// Free indices above this are refused, so that sums of indices and shifts can't overflow.
constexpr int max_free_index = 1'000'000;

std::uint64_t pair_key(Space a, Space b) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(a)) << 32 | static_cast<std::uint32_t>(b);
}

/// Terms are at most max_term_depth deep, so cut-offs and shifts that follow λ's fit in 12 bits each, a few inversion steps included.
std::uint64_t shift_key(Space space, int by, int cutoff) {
    return static_cast<std::uint64_t>(space) << 24 | static_cast<std::uint64_t>(by) << 12 |
           static_cast<std::uint64_t>(cutoff);
}

std::uint64_t signature_bit(std::uint64_t of) { return std::uint64_t{1} << (mix_bits(of + 17) & 63); }

}  // namespace

VersionSpaceTable::VersionSpaceTable(std::size_t max_nodes, std::size_t max_bytes)
    : max_nodes_(std::max<std::size_t>(max_nodes, 2)), max_bytes_(max_bytes) {
    make(Tag::void_space, 0, 0);
    make(Tag::universe, 0, 0);
}

std::size_t VersionSpaceTable::bytes() const {
    return nodes_.capacity() * sizeof(Node) + pool_.capacity() * sizeof(Space) + slots_.capacity() * sizeof(Slot) +
           raised_.bytes() + lowered_.bytes() + intersections_.bytes() + intersect_.bytes() + static_cast<std::size_t>(held_);
}

void VersionSpaceTable::check_bytes() const {
    if (bytes() > max_bytes_)
        throw SpaceTooLarge("version space too large: more than " + std::to_string(max_bytes_) +
                            " bytes; take fewer inversion steps or smaller programs");
}

void VersionSpaceTable::hold(std::int64_t bytes) {
    held_ += bytes;
    if (bytes > 0) check_bytes();
}

void VersionSpaceTable::check(Space space) const {
    if (space < 0 || static_cast<std::size_t>(space) >= nodes_.size())
        throw EngineError("there is no version space " + std::to_string(space));
}

std::uint32_t VersionSpaceTable::hash(Tag tag, std::int32_t first, std::int32_t second) const {
    if (tag != Tag::alternatives) 
        return static_cast<std::uint32_t>(mix_bits(pair_key(first, second) * 8 + static_cast<std::uint64_t>(tag)));
    std::uint64_t result = static_cast<std::uint64_t>(second);
    for (std::int32_t i = 0; i < second; ++i)
        result = mix_bits(result * 31 + static_cast<std::uint64_t>(pool_[static_cast<std::size_t>(first + i)]));
    return static_cast<std::uint32_t>(result);
}

bool VersionSpaceTable::same(Space space, Tag tag, std::int32_t first, std::int32_t second) const {
    const Node& node = (*this)[space];
    if (node.tag != tag || node.second != second) return false;
    if (tag != Tag::alternatives) return node.first == first;
    const auto at = pool_.begin();
    return std::equal(at + node.first, at + node.first + second, at + first);
}

VersionSpaceTable::Node VersionSpaceTable::describe(Tag tag, std::int32_t first, std::int32_t second) const {
    Node node{tag, false, false, false, first, second, 0, 0, 0};
    switch (tag) {
        case Tag::void_space: break;
        case Tag::universe: node.heads = node.tails = ~std::uint64_t{0}; break;
        case Tag::alternatives:
            for (std::int32_t i = 0; i < second; ++i) {
                const Node& member = (*this)[pool_[static_cast<std::size_t>(first + i)]];
                node.head_lambda |= member.head_lambda;
                node.redex |= member.redex;
                node.free = std::max(node.free, member.free);
                node.heads |= member.heads;
                node.tails |= member.tails;
            }
            break;
        case Tag::application: {
            const Node &function = (*this)[first], &argument = (*this)[second];
            node.single = function.single && argument.single;
            node.head_lambda = function.head_lambda;
            node.redex = function.head_lambda || function.redex || argument.redex;
            node.free = std::max(function.free, argument.free);
            node.heads = std::rotl(function.heads, 13);
            node.tails = std::rotl(argument.tails, 29);
            break;
        }
        case Tag::abstraction: {
            const Node& body = (*this)[first];
            node.single = body.single;
            node.head_lambda = true;
            node.redex = body.redex;
            node.free = std::max(0, body.free - 1);
            node.heads = std::rotl(body.heads, 37);
            node.tails = std::rotl(body.tails, 37);
            break;
        }
        case Tag::index:
            node.single = true;
            node.free = first + 1;
            node.heads = node.tails = signature_bit(static_cast<std::uint64_t>(first) * 2);
            break;
        case Tag::leaf:
            node.single = true;
            node.heads = node.tails = signature_bit(static_cast<std::uint64_t>(first) * 2 + 1);
            break;
    }
    return node;
}

void VersionSpaceTable::grow_slots() {
    const std::size_t size = std::max<std::size_t>(1024, slots_.size() * 2);
    std::vector<Slot> old(size);
    old.swap(slots_);
    for (const Slot& filled : old) {
        if (filled.space < 0) continue;
        std::size_t slot = filled.hash & (size - 1);
        while (slots_[slot].space >= 0) slot = (slot + 1) & (size - 1);
        slots_[slot] = filled;
    }
}

/// For alternatives, `first` is the end of the pool before they were pushed; they are popped where the union is known.
Space VersionSpaceTable::make(Tag tag, std::int32_t first, std::int32_t second) {
    if ((nodes_.size() + 1) * 10 > slots_.size() * 6) grow_slots();
    const auto forget = [&] {
        if (tag == Tag::alternatives) pool_.resize(static_cast<std::size_t>(first));
    };
    const std::uint32_t hashed = hash(tag, first, second);
    std::size_t slot = hashed & (slots_.size() - 1);
    for (; slots_[slot].space >= 0; slot = (slot + 1) & (slots_.size() - 1))
        if (slots_[slot].hash == hashed && same(slots_[slot].space, tag, first, second)) {
            forget();
            return slots_[slot].space;
        }
    if (nodes_.size() >= max_nodes_) {
        forget();
        throw SpaceTooLarge("version space too large: more than " + std::to_string(max_nodes_) +
                          " nodes; take fewer inversion steps or smaller programs");
    }
    const auto id = static_cast<Space>(nodes_.size());
    nodes_.push_back(describe(tag, first, second));
    slots_[slot] = {id, hashed};
    check_bytes();
    return id;
}

void VersionSpaceTable::prefetch_application(Space function, Space argument) const {
    __builtin_prefetch(&slots_[hash(Tag::application, function, argument) & (slots_.size() - 1)]);
    __builtin_prefetch(&nodes_[static_cast<std::size_t>(function)]);
    __builtin_prefetch(&nodes_[static_cast<std::size_t>(argument)]);
}

Space VersionSpaceTable::application(Space function, Space argument) {
    if (function == void_space || argument == void_space) return void_space;
    return make(Tag::application, function, argument);
}

Space VersionSpaceTable::abstraction(Space body) {
    return body == void_space ? void_space : make(Tag::abstraction, body, 0);
}

Space VersionSpaceTable::index(int index) {
    if (index > max_free_index)
        throw EngineError("version spaces take indices up to $" + std::to_string(max_free_index));
    return make(Tag::index, index, 0);
}

Space VersionSpaceTable::leaf(Term term) {
    if (const auto found = read_.find(term); found != read_.end()) return found->second;
    leaves_.push_back(term);
    return read_[term] = make(Tag::leaf, static_cast<std::int32_t>(leaves_.size() - 1), 0);
}

Space VersionSpaceTable::alternatives(const std::vector<Space>& spaces) {
    if (spaces.size() == 1) return spaces.front();
    std::vector<Space>& flat = flat_;
    flat.clear();
    for (const Space space : spaces) {
        if (space == universe) return universe;
        const Node& node = (*this)[space];
        if (node.tag == Tag::alternatives) {
            const auto at = pool_.begin() + node.first;
            flat.insert(flat.end(), at, at + node.second);
        } else if (space != void_space) {
            flat.push_back(space);
        }
    }
    std::sort(flat.begin(), flat.end());
    flat.erase(std::unique(flat.begin(), flat.end()), flat.end());
    if (flat.empty()) return void_space;
    if (flat.size() == 1) return flat.front();
    const auto offset = static_cast<std::int32_t>(pool_.size());
    pool_.insert(pool_.end(), flat.begin(), flat.end());
    return make(Tag::alternatives, offset, static_cast<std::int32_t>(flat.size()));
}

Space VersionSpaceTable::read(Term term) {
    if (const auto found = read_.find(term); found != read_.end()) return found->second;
    Space space = void_space;
    switch (term.kind()) {
        case Kind::index: space = index(term.index()); break;
        case Kind::lambda: space = abstraction(read(term.body())); break;
        case Kind::application: {
            const Space function = read(term.function());
            space = application(function, read(term.argument()));
            break;
        }
        case Kind::primitive:
        case Kind::abstraction: return leaf(term);
    }
    return read_[term] = space;
}

Space VersionSpaceTable::raise(Space space, int by, int cutoff) {
    const Node node = (*this)[space];
    if (by == 0 || node.free <= cutoff) return space;
    const std::uint64_t key = shift_key(space, by, cutoff);
    if (const auto* known = raised_.find(key)) return *known;
    Space result = space;
    switch (node.tag) {
        case Tag::index: result = index(node.first + by); break;
        case Tag::abstraction: result = abstraction(raise(node.first, by, cutoff + 1)); break;
        case Tag::application: {
            const Space function = raise(node.first, by, cutoff);
            result = application(function, raise(node.second, by, cutoff));
            break;
        }
        case Tag::alternatives: {
            std::vector<Space> raised;
            for (std::int32_t i = 0; i < node.second; ++i) raised.push_back(raise(alternative(node, i), by, cutoff));
            result = alternatives(raised);
            break;
        }
        default: break;
    }
    raised_.insert(key, result);
    return result;
}

Space VersionSpaceTable::lower(Space space, int by, int cutoff) {
    const Node node = (*this)[space];
    if (by == 0 || node.free <= cutoff) return space;
    const std::uint64_t key = shift_key(space, by, cutoff);
    if (const auto* known = lowered_.find(key)) return *known;
    Space result = space;
    switch (node.tag) {
        case Tag::index: result = node.first >= cutoff + by ? index(node.first - by) : void_space; break;
        case Tag::abstraction: result = abstraction(lower(node.first, by, cutoff + 1)); break;
        case Tag::application: {
            const Space function = lower(node.first, by, cutoff);
            result = function == void_space ? void_space : application(function, lower(node.second, by, cutoff));
            break;
        }
        case Tag::alternatives: {
            std::vector<Space> lowered;
            for (std::int32_t i = 0; i < node.second; ++i) lowered.push_back(lower(alternative(node, i), by, cutoff));
            result = alternatives(lowered);
            break;
        }
        default: break;
    }
    lowered_.insert(key, result);
    return result;
}

bool VersionSpaceTable::intersects(Space a, Space b) {
    if (a == void_space || b == void_space) return false;
    if (a == b || a == universe || b == universe) return true;
    if (a > b) std::swap(a, b);
    const Node x = (*this)[a], y = (*this)[b];
    if ((x.single && y.single) || !(x.heads & y.heads) || !(x.tails & y.tails)) return false;
    const std::uint64_t key = pair_key(a, b);
    if (const auto* known = intersect_.find(key)) return *known != 0;
    bool result = false;
    if (x.tag == Tag::alternatives) {
        for (std::int32_t i = 0; i < x.second && !result; ++i) result = intersects(alternative(x, i), b);
    } else if (y.tag == Tag::alternatives) {
        for (std::int32_t i = 0; i < y.second && !result; ++i) result = intersects(a, alternative(y, i));
    } else if (x.tag == y.tag && x.tag == Tag::application) {
        result = intersects(x.first, y.first) && intersects(x.second, y.second);
    } else if (x.tag == y.tag && x.tag == Tag::abstraction) {
        result = intersects(x.first, y.first);
    }
    intersect_.insert(key, result ? 1 : 0);
    check_bytes();
    return result;
}

Space VersionSpaceTable::intersection(Space a, Space b) {
    if (a == b || b == universe) return a;
    if (a == universe) return b;
    if (!intersects(a, b)) return void_space;
    if (a > b) std::swap(a, b);
    const std::uint64_t key = pair_key(a, b);
    if (const auto* known = intersections_.find(key)) return *known;
    const Node x = (*this)[a], y = (*this)[b];
    Space result = void_space;
    if (x.tag == Tag::alternatives) {
        std::vector<Space> shared;
        for (std::int32_t i = 0; i < x.second; ++i) shared.push_back(intersection(alternative(x, i), b));
        result = alternatives(shared);
    } else if (y.tag == Tag::alternatives) {
        std::vector<Space> shared;
        for (std::int32_t i = 0; i < y.second; ++i) shared.push_back(intersection(a, alternative(y, i)));
        result = alternatives(shared);
    } else if (x.tag == Tag::application) {
        const Space function = intersection(x.first, y.first);
        result = application(function, intersection(x.second, y.second));
    } else if (x.tag == Tag::abstraction) {
        result = abstraction(intersection(x.first, y.first));
    }
    intersections_.insert(key, result);
    return result;
}

}  // namespace wakesleep
