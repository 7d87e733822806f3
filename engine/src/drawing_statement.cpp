#include "drawing_statement.hpp"

#include <algorithm>

#include "error.hpp"

namespace wakesleep {

namespace {

/// What has more isn't taken for a part of a picture.
constexpr std::size_t max_strokes = 250;

constexpr Picture known_marks[max_rounds] = {};

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
    hash ^= more + 0x9E3779B97F4A7C15ULL + (hash << 6) + (hash >> 2);
    hash *= 0xFF51AFD7ED558CCDULL;
    return hash ^ (hash >> 32);
}

bool same(double left, double right) { return std::abs(left - right) < 1e-9; }

/// Adds a stroke to those before it, unless it draws nothing new; one that goes straight on from the last makes that longer. So
/// that there are not many ways to draw one line.
void add(std::vector<Stroke>& strokes, const Stroke& stroke) {
    const double x = stroke.x1 - stroke.x0, y = stroke.y1 - stroke.y0;
    if (x == 0 && y == 0) return;
    if (!strokes.empty()) {
        Stroke& last = strokes.back();
        const double last_x = last.x1 - last.x0, last_y = last.y1 - last.y0;
        const double along = x * last_x + y * last_y, across = x * last_y - y * last_x;
        if (same(last.x1, stroke.x0) && same(last.y1, stroke.y0) && std::abs(across) < 1e-9) {
            if (along > 0) {
                last.x1 = stroke.x1;
                last.y1 = stroke.y1;
                return;
            }
            if (x * x + y * y <= last_x * last_x + last_y * last_y + 1e-9) return;  // back over the last one
        }
    }
    const auto looked_back = static_cast<std::ptrdiff_t>(std::min<std::size_t>(strokes.size(), 24));
    const bool known = std::any_of(strokes.end() - looked_back, strokes.end(), [&](const Stroke& each) {
        return (same(each.x0, stroke.x0) && same(each.y0, stroke.y0) && same(each.x1, stroke.x1) && same(each.y1, stroke.y1)) ||
               (same(each.x0, stroke.x1) && same(each.y0, stroke.y1) && same(each.x1, stroke.x0) && same(each.y1, stroke.y0));
    });
    if (!known) strokes.push_back(stroke);
}

std::uint64_t rounded(double number) { return static_cast<std::uint64_t>(std::llround(number * 1e6)); }

}  // namespace

Word mark_of(int round) { return as_word(known_marks + round) | static_cast<Word>(Command::picture); }

Commands commands_of(const Cell* commands) {
    Commands written;
    for (; commands && command_of(commands->head) != Command::stop; commands = commands->tail) written.push_back(commands->head);
    return written;
}

Effect Effect::of(const Cell* commands) {
    Effect effect;
    bool stopped = false;
    constexpr double far = 2 * Picture::reach;  // from one end of the grid to the other
    effect.drawn = follow(commands, effect.end, stopped, [&](const Stroke& stroke) {
        if (!(std::abs(stroke.x1) <= far && std::abs(stroke.y1) <= far)) return false;
        add(effect.strokes, stroke);
        return effect.strokes.size() <= max_strokes;
    }, [&](const Picture& picture) {
        effect.marks.push_back({effect.end, static_cast<int>(&picture - known_marks)});
        return true;
    });
    effect.drawn = effect.drawn && std::abs(effect.end.x) <= far && std::abs(effect.end.y) <= far;
    return effect;
}

std::uint64_t Effect::strokes_hash() const {
    std::uint64_t hash = 17;
    for (const Stroke& stroke : strokes)
        for (double number : {stroke.x0, stroke.y0, stroke.x1, stroke.y1}) hash = mix(hash, rounded(number));
    return hash;
}

std::uint64_t Effect::hash() const {
    std::uint64_t hash = mix(mix(strokes_hash(), rounded(end.x)), rounded(end.y));
    for (const Mark& mark : marks) {
        hash = mix(mix(hash, rounded(mark.pose.x)), rounded(mark.pose.y));
        hash = mix(mix(hash, static_cast<std::uint64_t>(mark.pose.heading)), static_cast<std::uint64_t>(mark.round * 2 + mark.pose.down));
    }
    return mix(hash, static_cast<std::uint64_t>(end.heading));
}

bool StatementForm::has_body() const {
    return std::any_of(parts.begin(), parts.end(), [](Part part) { return part == Part::body || part == Part::rounds; });
}

Statements::Statements(const Grammar& grammar)
    : grammar_(grammar), book_(*grammar.language()), productions_(book_.production_nodes()), machine_(Limits()) {
    if (grammar.contextual()) throw EngineError("drawings are explained under a grammar without contexts");
    const Language& language = *grammar.language();
    const Type turtle = Type::constructor("turtle"), body = Type::arrow(turtle, turtle);
    const Type rounds = Type::arrow(Type::constructor("int"), body);
    const double* weights = grammar.row(0);
    const auto variable = static_cast<std::size_t>(grammar.columns() - 1);
    double total = std::exp(weights[variable]);
    for (int production : language.fitting(turtle)) total += std::exp(weights[production]);
    end_nats_ = std::log(total) - weights[variable];
    for (int production : language.fitting(turtle)) {
        const Production& known = language.productions()[static_cast<std::size_t>(production)];
        StatementForm form{production, {}, known.arguments, std::log(total) - weights[production]};
        bool usable = std::isfinite(form.nats) && !known.type.is_polymorphic();
        for (Type type : known.arguments) {
            form.parts.push_back(type == turtle   ? Part::rest
                                 : type == body   ? Part::body
                                 : type == rounds ? Part::rounds
                                                  : Part::value);
            usable = usable && (form.parts.back() != Part::value || !type.is_arrow());
        }
        if (usable && std::count(form.parts.begin(), form.parts.end(), Part::rest) == 1) forms_.push_back(std::move(form));
    }
    stop_.operation = Operation::stop_turtle;
    rest_ = pool_.node({Operation::variable, 0, -1, 0});
    round_ = pool_.node({Operation::variable, 0, -1, 1});
    scratch_.resize(1 << 14);
}

double Statements::end_nats(int rests) const { return end_nats_ + std::log(static_cast<double>(rests)); }

const Cell* Statements::run(const StatementForm& form, std::span<const StatementArgument> arguments) {
    // Made where nothing keeps it: a head, then a node for each argument.
    Node head = productions_[static_cast<std::size_t>(form.production)];
    auto at = (reinterpret_cast<std::uintptr_t>(scratch_.data()) + 15) & ~std::uintptr_t(15);
    const auto made = [&](const Node& node) {
        if (at + node.size() > reinterpret_cast<std::uintptr_t>(scratch_.data()) + scratch_.size())
            throw EngineError("a statement has too many arguments");
        Node* placed = new (reinterpret_cast<void*>(at)) Node(node);
        at += node.size();
        return placed;
    };
    Node* statement = made(head);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        Reference& argument = statement->first()[i];
        switch (form.parts[i]) {
            case Part::rest: argument = {&stop_, 0}; break;
            case Part::value: argument = {made({Operation::constant, 0, -1, arguments[i].value}), 0}; break;
            case Part::body:
            case Part::rounds: {
                const bool counted = form.parts[i] == Part::rounds;
                Node* splice = made({Operation::splice_turtle, static_cast<std::uint8_t>(counted ? 2 : 1), -1,
                                     as_word(arguments[i].body)});
                splice->first()[0] = {rest_, 0};
                if (counted) splice->first()[1] = {round_, 0};
                argument = {splice, counted ? 2 : 1};
            }
        }
    }
    const Word result = machine_.run(statement, nullptr);
    return machine_.failure() == Failure::none ? as_list(result) : nullptr;
}

std::optional<Word> Statements::value(Reference code, int round) {
    Frame frame{round, nullptr, nullptr, nullptr};
    const Word result = machine_.run(code.node(), round < 0 ? nullptr : &frame);
    return machine_.failure() == Failure::none ? std::optional(result) : std::nullopt;
}

}  // namespace wakesleep
