#include "equations.hpp"

#include <algorithm>

#include "error.hpp"
#include "language.hpp"

namespace wakesleep {

namespace {

/// Reads one equation and adds what it says to the rules of its left side's head.
class EquationReader {
  public:
    EquationReader(const Language& language, const std::string& text) : language_(language), text_(text) {}

    void read(std::vector<Rules>& rules) {
        const std::size_t middle = equals_sign();
        left_ = Term::parse(text_.substr(0, middle));
        right_ = Term::parse(text_.substr(middle + 1));
        const Term head = spine(left_, arguments_);
        const int production = language_.find(head);
        if (production < 0 || arguments_.empty()) refuse("the left side must apply a primitive or an abstraction");
        check_saturated(production, arguments_);

        std::vector<int> inner, first, second;
        for (int i = 0; i < count(); ++i) {
            if (!is_variable(arguments_[i])) {
                inner.push_back(i);
                continue;
            }
            const auto same = std::find(arguments_.begin(), arguments_.begin() + i, arguments_[i]);
            if (same != arguments_.begin() + i) {
                first.push_back(static_cast<int>(same - arguments_.begin()));
                second.push_back(i);
            }
        }
        if (inner.size() > 1) refuse("only one argument on the left may be more than a variable");
        if (inner.size() + first.size() > 1) refuse("a variable stands twice on the left, beside another condition");

        Rules& found = rules[production];
        if (inner.size() == 1) {
            const auto [lambdas, token] = inner_head(arguments_[inner[0]]);
            found.heads.push_back({inner[0], lambdas, token, substitute()});
        } else if (first.size() == 1) {
            found.different.push_back({{first[0], second[0], Comparison::Keep::different}, substitute()});
        } else {
            const auto [one, other] = exchanged(head, production);
            found.ordered.push_back({one, other, Comparison::Keep::ordered});
        }
    }

  private:
    [[noreturn]] static void refuse(const std::string& why) { throw EngineError(why); }

    int count() const { return static_cast<int>(arguments_.size()); }
    bool is_variable(Term term) const { return term.kind() == Kind::primitive && language_.find(term) < 0; }

    /// Where the `=` between the sides is; names may hold one too.
    std::size_t equals_sign() const {
        std::size_t found = std::string::npos;
        int depth = 0;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (text_[i] == '(') ++depth;
            if (text_[i] == ')') --depth;
            if (text_[i] != '=' || depth != 0 || i == 0 || i + 1 == text_.size()) continue;
            if (text_[i - 1] != ' ' || text_[i + 1] != ' ') continue;
            if (found != std::string::npos) refuse("there is more than one ' = '");
            found = i;
        }
        if (found == std::string::npos) refuse("it must be of the form 'left = right'");
        return found;
    }

    void check_saturated(int production, const std::vector<Term>& arguments) const {
        const Production& applied = language_.productions()[production];
        if (applied.arguments.size() != arguments.size())
            refuse("'" + applied.name + "' must have all its " + std::to_string(applied.arguments.size()) + " arguments");
    }

    /// The λ's and the head token of the argument that is no variable.
    std::pair<int, int> inner_head(Term argument) {
        int lambdas = 0;
        for (; argument.kind() == Kind::lambda; argument = argument.body()) ++lambdas;
        if (argument.kind() == Kind::index) {
            if (argument.index() >= lambdas) refuse("$" + std::to_string(argument.index()) + " is bound by no lambda");
            return {lambdas, static_cast<int>(language_.productions().size()) + argument.index()};
        }
        std::vector<Term> inner;
        const int production = language_.find(spine(argument, inner));
        if (production < 0 || lambdas > 0)
            refuse("an argument on the left is a variable, a production applied to variables, or a bare variable below λ's");
        check_saturated(production, inner);
        for (std::size_t i = 0; i < inner.size(); ++i) {
            if (!is_variable(inner[i])) refuse("'" + inner[i].to_string() + "' is nested too deep: only a variable may stand there");
            if (std::find(inner.begin(), inner.begin() + i, inner[i]) != inner.begin() + i ||
                std::find(arguments_.begin(), arguments_.end(), inner[i]) != arguments_.end())
                refuse("the variable '" + inner[i].name() + "' stands twice on the left, beside another condition");
        }
        return {0, production};
    }

    /// The two arguments that the right side exchanges.
    std::pair<int, int> exchanged(Term head, int production) const {
        std::vector<Term> moved;
        std::vector<int> changed;
        if (spine(right_, moved) == head && moved.size() == arguments_.size())
            for (int i = 0; i < count(); ++i)
                if (moved[i] != arguments_[i]) changed.push_back(i);
        if (changed.size() != 2 || moved[changed[0]] != arguments_[changed[1]] || moved[changed[1]] != arguments_[changed[0]])
            refuse("with nothing but different variables on the left, the right side must exchange two arguments");
        const std::vector<Type>& types = language_.productions()[production].arguments;
        const Type type = types[changed[0]];
        if (type != types[changed[1]] || type.is_polymorphic())
            refuse("arguments that change places must have one type without type variables, not " + type.to_string() +
                   " and " + types[changed[1]].to_string());
        return {changed[0], changed[1]};
    }

    void collect_variables(Term term) {
        if (term.kind() == Kind::lambda) collect_variables(term.body());
        if (term.kind() == Kind::application) {
            collect_variables(term.function());
            collect_variables(term.argument());
        }
        if (is_variable(term) && std::find(variables_.begin(), variables_.end(), term) == variables_.end())
            variables_.push_back(term);
    }

    /// `atoms` become bound variables, the last the innermost.
    Term bind(Term term, const std::vector<Term>& atoms, int depth) const {
        const auto atom = std::find(atoms.begin(), atoms.end(), term);
        if (atom != atoms.end()) return Term::index_of(static_cast<int>(atoms.end() - atom) - 1 + depth);
        switch (term.kind()) {
            case Kind::lambda: return Term::lambda(bind(term.body(), atoms, depth + 1));
            case Kind::application:
                return Term::apply(bind(term.function(), atoms, depth), bind(term.argument(), atoms, depth));
            default:
                if (is_variable(term)) refuse("the variable '" + term.name() + "' is not on the left");
                return term;
        }
    }

    /// The type of a side as a function of `atoms`.
    Type type_of(Term side, const std::vector<Term>& atoms) const {
        Term closed = bind(side, atoms, 0);
        for (std::size_t i = 0; i < atoms.size(); ++i) closed = Term::lambda(closed);
        return language_.infer(closed);
    }

    /// Whether the right side, as a function, has every type that the left has.
    static bool generalises(Type right, Type left) {
        Substitution substitution(left.variable_count());
        return substitution.unify(substitution.instantiate(right), left) && substitution.apply(left) == left;
    }

    static bool share_variables(Type left, Type right) {
        if (left.is_variable()) {
            if (right.is_variable()) return left == right;
            std::swap(left, right);
        }
        const std::vector<Type>& parameters = left.parameters();
        return std::any_of(parameters.begin(), parameters.end(), [right](Type each) { return share_variables(right, each); });
    }

    Substitute substitute() {
        collect_variables(left_);
        if (is_variable(right_) && std::find(variables_.begin(), variables_.end(), right_) == variables_.end())
            return of_kind(Substitute::Kind::anything, variables_);
        const Type left = type_of(left_, variables_), right = type_of(right_, variables_);
        if (!generalises(right, left))
            throw IllTyped("as functions of their variables the left side has type " + left.to_string() +
                           " and the right side " + right.to_string() + ", which is not as general");
        std::vector<Term> atoms = variables_;
        if (std::find(arguments_.begin(), arguments_.end(), right_) != arguments_.end() && !is_variable(right_))
            atoms.push_back(right_);
        if (std::find(atoms.begin(), atoms.end(), right_) != atoms.end() &&
            generalises(type_of(right_, atoms), type_of(left_, atoms)))
            return of_kind(Substitute::Kind::part, atoms);
        const int production = language_.find(right_);
        if (production < 0 || !language_.productions()[production].arguments.empty())
            refuse("the right side must be a part of the left, or a primitive or abstraction without arguments");
        return of_kind(Substitute::Kind::constant, variables_);
    }

    /// `atoms` are what stands for any program, the right side among them if it is a part of the left.
    Substitute of_kind(Substitute::Kind kind, const std::vector<Term>& atoms) const {
        Type type = type_of(left_, atoms);
        std::vector<Type> others;
        for (Term atom : atoms) {
            if (kind != Substitute::Kind::part || atom != right_) others.push_back(type.parameters()[0]);
            type = type.parameters()[1];
        }
        const bool independent =
            std::none_of(others.begin(), others.end(), [type](Type other) { return share_variables(type, other); });
        const int constant = kind == Substitute::Kind::constant ? language_.find(right_) : -1;
        return {kind, constant, Canonical().rename(type), independent};
    }

    const Language& language_;
    const std::string& text_;
    Term left_, right_;
    std::vector<Term> arguments_;  // of the left side
    std::vector<Term> variables_;  // of the left side
};

}  // namespace

Equations::Equations(const Language& language, const std::vector<std::string>& texts)
    : texts_(texts), rules_(language.productions().size()) {
    for (const std::string& text : texts) {
        const std::string where = "the equation '" + text + "': ";
        try {
            EquationReader(language, text).read(rules_);
        } catch (const ParseError& error) {
            throw ParseError(where + error.what());
        } catch (const IllTyped& error) {
            throw IllTyped(where + error.what());
        } catch (const EngineError& error) {
            throw EngineError(where + error.what());
        }
    }
}

}  // namespace wakesleep
