#include "language.hpp"

#include <algorithm>

#include "error.hpp"
#include "hole_table.hpp"

namespace wakesleep {

namespace {

/// Inference for one term; keeps the instantiated type of every constant head in the order they are met, so that
/// the expansion to η-long form can replay them.
class Inference {
  public:
    Inference(const Language& language, std::unordered_map<Term, Type>& body_types)
        : language_(language), body_types_(body_types) {}

    Type infer(Term term) {
        if (term.kind() == Kind::lambda) {
            const Type argument = fresh();
            scope_.push_back(argument);
            const Type result = infer(term.body());
            scope_.pop_back();
            return Type::arrow(argument, result);
        }
        std::vector<Term> arguments;
        const Term head = spine(term, arguments);
        Type type = head_type(head);
        for (Term argument : arguments) {
            const Type argument_type = infer(argument);
            const Type result = fresh();
            if (!substitution_.unify(type, Type::arrow(argument_type, result))) mismatch(term, argument, type, argument_type);
            type = result;
        }
        return type;
    }

    void require(Term term, Type request) {
        substitution_.reserve_variables(request.variable_count());
        const Type type = infer(term);
        if (!substitution_.unify(type, request))
            throw IllTyped(term.to_string() + " has type " + show(type) + ", but " + request.to_string() + " was asked for");
    }

    /// After require(): the term in η-long form at `type`.
    Term expand(Term term, Type type) {
        type = substitution_.apply(type);
        if (type.is_arrow()) {
            const Term body =
                term.kind() == Kind::lambda ? term.body() : Term::apply(shift(term, 1), Term::index_of(0));
            scope_.push_back(type.parameters()[0]);
            const Term expanded = expand(body, type.parameters()[1]);
            scope_.pop_back();
            return Term::lambda(expanded);
        }
        std::vector<Term> arguments;
        Term head = spine(term, arguments);
        Type head_type = head.kind() == Kind::index ? scope_[scope_.size() - 1 - head.index()] : heads_[replayed_++];
        for (Term argument : arguments) {
            head_type = substitution_.apply(head_type);
            head = Term::apply(head, expand(argument, head_type.parameters()[0]));
            head_type = head_type.parameters()[1];
        }
        return head;
    }

    Type result(Type type) const { return Canonical().rename(substitution_.apply(type)); }

  private:
    Type fresh() { return substitution_.instantiate(Type::variable(0)); }

    std::string show(Type type) const { return result(type).to_string(); }

    Type head_type(Term head) {
        switch (head.kind()) {
            case Kind::index:
                if (head.index() >= static_cast<int>(scope_.size()))
                    throw IllTyped("$" + std::to_string(head.index()) + " is bound by no lambda");
                return scope_[scope_.size() - 1 - head.index()];
            case Kind::lambda: return infer(head);
            default: {
                const Type type = substitution_.instantiate(constant_type(head));
                heads_.push_back(type);
                return type;
            }
        }
    }

    Type constant_type(Term constant) {
        const int production = language_.find(constant);
        if (production >= 0) return language_.productions()[production].type;
        if (constant.kind() == Kind::primitive)
            throw UnknownName(constant_of(constant.name())
                                  ? "the language has no constants like " + constant.name()
                                  : "the language has no primitive '" + constant.name() + "'");
        const auto known = body_types_.find(constant);
        if (known != body_types_.end()) return known->second;
        Inference inner(language_, body_types_);
        const Type type = inner.result(inner.infer(constant.body()));
        body_types_.emplace(constant, type);
        return type;
    }

    [[noreturn]] void mismatch(Term term, Term argument, Type function, Type found) const {
        const Type applied = substitution_.apply(function);
        if (!applied.is_arrow())
            throw IllTyped("in " + term.to_string() + ": too many arguments, " + argument.to_string() +
                           " is applied to a value of type " + show(function));
        throw IllTyped("in " + term.to_string() + ": the argument " + argument.to_string() + " has type " +
                       show(found) + ", but " + Canonical().rename(applied.parameters()[0]).to_string() + " fits there");
    }

    const Language& language_;
    std::unordered_map<Term, Type>& body_types_;  // of abstractions that are no productions
    Substitution substitution_;
    std::vector<Type> scope_;                     // innermost binder last
    std::vector<Type> heads_;
    std::size_t replayed_ = 0;
};

}  // namespace

Language::Language(const std::vector<std::pair<std::string, Type>>& primitives, const std::vector<Term>& abstractions,
                   const std::vector<std::string>& equations, ForeignPrimitives foreign)
    : foreign_(std::move(foreign)) {
    auto add = [this](Term term, const std::string& name, Type type) {
        if (!index_.emplace(term, static_cast<int>(productions_.size())).second)
            throw EngineError("the language has '" + name + "' twice");
        type = Canonical().rename(type);
        productions_.push_back({term, name, type, type.arguments(), type.returns()});
        if (productions_.back().arguments.size() > 60) throw EngineError("'" + name + "' has more than 60 arguments");
    };
    for (const auto& [name, type] : primitives) {
        add(Term::primitive(name), name, type);
        if (name == "fix1" && productions_.back().type == Type::parse("t0 -> ((t0 -> t1) -> t0 -> t1) -> t1"))
            recursion_ = static_cast<int>(productions_.size()) - 1;
    }
    const auto hole = [this](std::string_view name, const char* type) {
        const auto found = index_.find(Term::primitive(name));
        return found != index_.end() && productions_[found->second].type == Type::parse(type) ? found->second : -1;
    };
    real_hole_ = hole(real_hole_name, "real");
    text_hole_ = hole(text_hole_name, "list(char)");
    check_foreign();
    for (Term abstraction : abstractions) {
        if (abstraction.kind() != Kind::abstraction)
            throw EngineError("an abstraction is written #(...), but this is " + abstraction.to_string());
        add(abstraction, abstraction.to_string(), infer(abstraction));
    }
    equations_ = Equations(*this, equations);
}

Language::~Language() = default;

void Language::check_foreign() const {
    for (const auto& [name, foreign] : foreign_) {
        const auto found = index_.find(Term::primitive(name));
        if (found == index_.end()) throw EngineError("a function was given for '" + name + "', which is no primitive here");
        const Type type = productions_[found->second].type;
        if (found->second == recursion_ || found->second == real_hole_ || found->second == text_hole_)
            throw EngineError("'" + name + "' has a meaning of its own: no function can stand for it");
        if (Canonical().rename(foreign->type()) != type)
            throw EngineError("'" + name + "' has type " + type.to_string() + ", its function " + foreign->type().to_string());
    }
}

std::unique_ptr<HoleTable> Language::borrow_holes(Type continuation) const {
    {
        std::lock_guard lock(holes_mutex_);
        const auto kept = std::find_if(holes_.begin(), holes_.end(),
                                       [&](const auto& holes) { return holes->continuation() == continuation; });
        if (kept != holes_.end()) {
            auto holes = std::move(*kept);
            holes_.erase(kept);
            return holes;
        }
    }
    return std::make_unique<HoleTable>(*this, continuation);
}

void Language::give_back(std::unique_ptr<HoleTable> holes) const {
    constexpr std::size_t max_kept = 4, max_kept_bytes = std::size_t(32) << 20;
    if (holes->bytes() > max_kept_bytes) return;
    std::lock_guard lock(holes_mutex_);
    if (holes_.size() < max_kept) holes_.push_back(std::move(holes));
}

int Language::find(Term term) const {
    const auto found = index_.find(term);
    if (found != index_.end()) return found->second;
    const auto constant = term.kind() == Kind::primitive ? constant_of(term.name()) : std::nullopt;
    if (!constant) return -1;
    return std::holds_alternative<double>(*constant) ? real_hole_ : text_hole_;
}

double Language::constant_nats(Term term, bool texts, double most) const {
    switch (term.kind()) {
        case Kind::lambda: return constant_nats(term.body(), texts, most);
        case Kind::application: return constant_nats(term.function(), texts, most) + constant_nats(term.argument(), texts, most);
        case Kind::primitive: {
            if (index_.contains(term)) return 0;
            const auto constant = constant_of(term.name());
            if (!constant) return 0;
            if (const auto* text = std::get_if<std::u32string>(&*constant))
                return texts ? nats_per_character * static_cast<double>(text->size()) : 0;
            return std::min(most, nats_of_real(std::get<double>(*constant)));
        }
        default: return 0;
    }
}

Type Language::infer(Term term) const {
    std::unordered_map<Term, Type> body_types;
    Inference inference(*this, body_types);
    return inference.result(inference.infer(term));
}

Term Language::eta_long(Term term, Type request) const {
    std::unordered_map<Term, Type> body_types;
    Term normal = term;
    if (!is_beta_normal(term)) {
        Inference(*this, body_types).require(term, request);  // only what has a type is sure to have a normal form
        normal = beta_normal(term, false);
    }
    Inference inference(*this, body_types);
    inference.require(normal, request);
    return inference.expand(normal, request);
}

const std::vector<int>& Language::fitting(Type hole) const {
    std::lock_guard lock(fitting_mutex_);
    auto [entry, fresh] = fitting_.try_emplace(hole);
    if (fresh) {
        for (int i = 0; i < static_cast<int>(productions_.size()); ++i) {
            if (i == recursion_) continue;
            Substitution substitution(hole.variable_count());
            if (substitution.unify(substitution.instantiate(productions_[i].result), hole)) entry->second.push_back(i);
        }
    }
    return entry->second;
}

}  // namespace wakesleep
