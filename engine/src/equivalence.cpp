#include "equivalence.hpp"

#include <algorithm>

#include "hole_form.hpp"

namespace wakesleep {

namespace {

/// The cheapest completions, which come first, are used most: no need to know more.
constexpr std::size_t max_known_bytes = std::size_t(64) << 20;
constexpr std::uint64_t failed_hash = 0x9E3779B97F4A7C15ULL;

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
    hash = (hash ^ more) * 0xFF51AFD7ED558CCDULL;
    return hash ^ (hash >> 31);
}

enum Mentions : int { inputs_only = 0, inner_variables = 1, itself = 2 };

/// What code below `depth` λ's of its own mentions: any of the `inner` variables bound nearest outside of it, and beyond
/// the request's `arity` arguments the program itself.
int mentions(const Node* node, int depth, int inner, int arity) {
    if (node->operation == Operation::known) return inputs_only;
    int found = inputs_only;
    if (node->operation == Operation::variable && node->operand >= depth) {
        const Word outside = node->operand - depth;
        if (outside < inner) found = inner_variables;
        if (outside >= inner + arity) found = itself;
    }
    for (int i = 0; i < node->arguments; ++i) {
        const Reference argument = node->argument(i);
        found |= mentions(argument.node(), depth + argument.lambdas(), inner, arity);
    }
    return found;
}

/// A word in memory that outlives the machine's: cells of the last run are copied.
Word persist(const Machine& machine, const Shape& shape, Word word, Pool& pool) {
    if (!shape.is_list()) return word;
    std::int64_t fresh = 0;
    for (const Cell* cell = as_list(word); cell && machine.owns(cell); cell = cell->tail) ++fresh;
    if (fresh == 0) return word;
    auto* copies = static_cast<Cell*>(pool.take(sizeof(Cell) * static_cast<std::size_t>(fresh)));
    Cell* cell = as_list(word);
    for (std::int64_t i = 0; i < fresh; ++i, cell = cell->tail)
        copies[i] = {persist(machine, shape.element(), cell->head, pool), i + 1 < fresh ? copies + i + 1 : cell->tail,
                     cell->length};
    return as_word(copies);
}

}  // namespace

Behaviours::Behaviours(GrammarTable& table, Trial& trial, Equivalence equivalence, std::size_t compared, std::size_t known,
                       bool rounded)
    : table_(table), trial_(trial), equivalence_(equivalence), rounded_(rounded), compared_(std::min(compared, trial.inputs())),
      known_(std::min(known, trial.inputs())), samples_wanted_(compared), samples_(table.root()->hole->scope),
      holes_(std::any_of(trial.productions().begin(), trial.productions().end(),
                         [](const Node& production) { return production.operation == Operation::hole; })) {
    if (trial.is_recursive()) {
        // The input is another one at each unfolding: no value is known, and equal ones on the examples prove nothing.
        known_ = 0;
        if (equivalence == Equivalence::closed) equivalence_ = Equivalence::none;
    }
    trial.set_known_examples(known_);
    if (trial.fits_real_functions()) families_.emplace(trial.real_hole());
    if (equivalence_ != Equivalence::sampled) return;
    for (std::size_t i = 0; i < samples_wanted_; ++i) outer_frames_.push_back(trial.frame(i % compared_));
    if (!trial.is_recursive()) return;
    // Half of the samples are of inputs that the program may call itself with.
    const auto arity = static_cast<std::size_t>(trial.arity());
    const std::vector<Frame*> given = outer_frames_;
    const std::size_t first = std::min(compared_, samples_wanted_ / 2);
    for (std::size_t k = 0; k < arity; ++k)
        for (std::size_t i = first; i < samples_wanted_; ++i) outer_frames_[i] = outer_frames_[i]->up;
    for (std::size_t k = arity; k-- > 0;) {
        const auto& arguments = samples_.values(table.root()->hole->scope[k], static_cast<int>(k), given);
        for (std::size_t i = first; i < samples_wanted_; ++i)
            outer_frames_[i] = samples_.bind(arguments[i], outer_frames_[i]);
    }
}

int Behaviours::inner(const GrammarState& state) const {
    const int inner = static_cast<int>(state.hole->scope.size()) - static_cast<int>(table_.root()->hole->scope.size());
    return inner <= Trial::max_inner ? inner : -1;
}

const Shape* Behaviours::shape_of(const GrammarState& state, int exit) {
    const auto key = static_cast<std::uint64_t>(state.hole->id) << 32 | static_cast<std::uint32_t>(exit);
    auto [entry, fresh] = shapes_.try_emplace(key);
    if (fresh) entry->second = Shape::find(table_.holes().completed(*state.hole, exit));
    return entry->second ? &*entry->second : nullptr;
}

std::uint64_t Behaviours::family(const GrammarState& state, const Node* node, int exit, double cost) {
    const auto family = families_->of(node);
    if (!family) return 0;
    FamilyShelf& shelf = shelves_[state.id];
    if (shelf.has_better(*family, cost)) return redundant;
    const std::uint64_t hash = RationalFamilies::hash(*family);
    shelf.add(*family, cost);
    return mix(hash ? hash : HoleForm(trial_.real_hole()).of(node), static_cast<std::uint64_t>(exit) + 1);
}

std::uint64_t Behaviours::behaviour(const GrammarState& state, const Node* node, int exit, double cost) {
    if (equivalence_ == Equivalence::none) return 0;
    const int depth = inner(state);
    if (families_ && depth == 0 && equivalence_ == Equivalence::closed) {
        const std::uint64_t hash = family(state, node, exit, cost);
        if (hash || has_holes(node)) return hash;
    } else if (holes_ && has_holes(node)) {
        return 0;
    }
    const Shape* shape = depth < 0 ? nullptr : shape_of(state, exit);
    if (!shape) return 0;
    const int mentioned = mentions(node, 0, depth, trial_.arity());
    const std::vector<Frame*>* frames = nullptr;
    if (mentioned || trial_.is_recursive()) {
        if (mentioned & itself || equivalence_ != Equivalence::sampled) return 0;
        frames = &sampled(state, exit);
        if (frames->empty()) return 0;
    }
    std::uint64_t hash = mix(static_cast<std::uint64_t>(exit) + 1, 0x5BD1E995);
    for (std::size_t i = 0; i < (frames ? frames->size() : compared_); ++i) {
        const bool gave = frames ? trial_.run_in(node, (*frames)[i], i % compared_) : trial_.run_inside(node, i, depth);
        const Word output = trial_.output();
        hash = mix(hash, !gave ? failed_hash : rounded_ ? shape->rounded_hash(output) : shape->hash(output));
    }
    return hash ? hash : 1;
}

std::uint64_t Behaviours::behaviour_of(std::uint64_t value_hash) {
    const std::uint64_t hash = mix(mix(1, 0x5BD1E995), value_hash);
    return hash ? hash : 1;
}

const std::vector<Frame*>& Behaviours::sampled(const GrammarState& state, int exit) {
    const auto key = static_cast<std::uint64_t>(state.hole->id) << 32 | static_cast<std::uint32_t>(exit);
    const auto [entry, fresh] = scopes_.try_emplace(key);
    if (!fresh) return entry->second;
    std::vector<Type> types = table_.holes().completed_scope(*state.hole, exit);
    types.resize(static_cast<std::size_t>(inner(state)));
    std::vector<std::uint32_t> ids;
    for (Type type : types) ids.push_back(type.id());
    auto [scope, first] = sampled_scopes_.try_emplace(std::move(ids));
    if (first && std::all_of(types.begin(), types.end(), [&](Type type) { return samples_.can_sample(type); })) {
        scope->second = outer_frames_;
        for (std::size_t k = types.size(); k-- > 0;) {
            const auto& values = samples_.values(types[k], static_cast<int>(types.size() - k), outer_frames_);
            for (std::size_t i = 0; i < values.size(); ++i) scope->second[i] = samples_.bind(values[i], scope->second[i]);
        }
    }
    return entry->second = scope->second;
}

const Node* Behaviours::keep(const GrammarState& state, const Node* node, int exit, Pool& pool) {
    if (known_ == 0) return node;
    const int depth = inner(state);
    const Shape* shape = depth < 0 ? nullptr : shape_of(state, exit);
    if (!shape || node->arguments == 0 || (holes_ && has_holes(node)) || known_bytes_ > max_known_bytes || mentions(node, 0, depth, trial_.arity()))
        return node;
    const std::size_t before = pool.bytes();
    auto* values = static_cast<Word*>(pool.take(sizeof(Word) * known_));
    for (std::size_t i = 0; i < known_; ++i)
        values[i] = trial_.run_inside(node, i, depth) ? persist(trial_.machine(), *shape, trial_.output(), pool) : failed_word;
    Node* known = pool.node({Operation::known, 1, -1, as_word(values)});
    known->first()[0] = {node, 0};
    known_bytes_ += pool.bytes() - before;
    return known;
}

bool Samples::can_sample(Type type) const {
    if (type.is_variable()) return true;
    if (type.is_arrow()) return false;
    if (type.parameters().empty()) return type.name() == "int" || type.name() == "bool" || type.name() == "real" || type.name() == "char";
    return type.name() == "list" && can_sample(type.parameters()[0]);
}

const std::vector<Word>& Samples::values(Type type, int place, const std::vector<Frame*>& inputs) {
    auto [entry, fresh] = values_.try_emplace({type.id(), place});
    if (fresh) {
        // Seeded by what the type says, not by when it was met.
        generator_.seed(std::hash<std::string>()(type.to_string()) + static_cast<std::size_t>(place));
        deck_.clear();
        // Which samples are parts of the inputs differs between places, so that both kinds meet.
        for (std::size_t i = 0; i < inputs.size(); ++i)
            entry->second.push_back(draw(type, i >> (place % 3) & 1 ? inputs[i] : nullptr));
    }
    return entry->second;
}

Frame* Samples::bind(Word value, Frame* up) { return new (pool_.take(sizeof(Frame))) Frame{value, nullptr, nullptr, up}; }

/// All parts of a value that have the type `wanted`: elements, and what follows them.
void Samples::collect(Type type, Word word, Type wanted, std::vector<Word>& parts) const {
    if (parts.size() > 64) return;
    if (type == wanted) parts.push_back(word);
    if (type.is_variable() || type.is_arrow() || type.parameters().size() != 1) return;
    for (const Cell* cell = as_list(word); cell; cell = cell->tail) {
        if (type == wanted && cell->tail) parts.push_back(as_word(cell->tail));
        collect(type.parameters()[0], cell->head, wanted, parts);
    }
}

Word Samples::number() {
    if (deck_.empty()) {
        deck_ = {0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 16, 25, -1, -3};
        std::shuffle(deck_.begin(), deck_.end(), generator_);
    }
    const Word next = deck_.back();
    deck_.pop_back();
    return next;
}

Word Samples::draw(Type type, const Frame* inputs) {
    auto below = [this](std::uint64_t bound) { return generator_() % bound; };
    std::vector<Word> parts;
    for (std::size_t i = 0; i < arguments_.size() && inputs; ++i, inputs = inputs->up)
        collect(arguments_[i], inputs->value, type, parts);
    if (!parts.empty()) return parts[below(parts.size())];
    if (type.is_variable() || type.name() == "int") return number();
    if (type.name() == "bool") return static_cast<Word>(below(2));
    if (type.name() == "real") {
        static constexpr double numbers[] = {0, 1, 2, 3, 5, -1, -2.5, 0.5, 0.1, 7.25, 12, 1e3};
        return real_word(numbers[below(std::size(numbers))]);
    }
    if (type.name() == "char") return static_cast<Word>(U"abcXYZ019 .,-()"[below(15)]);
    Cell* list = nullptr;
    for (auto length = below(6); length > 0; --length) {
        auto* cell = static_cast<Cell*>(pool_.take(sizeof(Cell)));
        *cell = {draw(type.parameters()[0], nullptr), list, length_of(list) + 1};
        list = cell;
    }
    return as_word(list);
}

}  // namespace wakesleep
