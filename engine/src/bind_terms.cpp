// Python's view of types, terms, languages and evaluation.
#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <cmath>

#include "error.hpp"
#include "evaluation.hpp"
#include "python_primitive.hpp"
#include "python_values.hpp"
#include "recursion.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

struct PythonFailure {
    Failure failure;
};

/// UTF-8 of a Python string; throws ParseError for one that holds a lone surrogate.
std::string text_of(nb::str text) {
    Py_ssize_t size = 0;
    const char* utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
    if (!utf8) {
        PyErr_Clear();
        throw ParseError("line 1, column 1: the text holds half a character (a lone surrogate)");
    }
    return {utf8, static_cast<std::size_t>(size)};
}

const char* kind_name(Term term) {
    switch (term.kind()) {
        case Kind::index: return "index";
        case Kind::primitive: return "primitive";
        case Kind::application: return "application";
        case Kind::lambda: return "lambda";
        default: return "abstraction";
    }
}

Term only(Term term, std::initializer_list<Kind> kinds, const char* attribute) {
    for (Kind kind : kinds)
        if (term.kind() == kind) return term;
    throw nb::attribute_error((std::string("a term of kind ") + kind_name(term) + " has no " + attribute).c_str());
}

Term constant_from(nb::handle value) {
    const Value read = value_from(value);
    if (read.kind == Value::Kind::text) return Term::constant(read.text);
    if (read.kind != Value::Kind::real) throw EngineError("a constant is a float or a str");
    if (!std::isfinite(read.real)) throw EngineError("a real is finite: NaN and infinities aren't allowed");
    return Term::constant(read.real);
}

nb::object constant_value(Term term) {
    const auto constant = term.kind() == Kind::primitive ? constant_of(term.name()) : std::nullopt;
    if (!constant) return nb::none();
    Value value;
    if (const auto* real = std::get_if<double>(&*constant)) {
        value.kind = Value::Kind::real;
        value.real = *real;
    } else {
        value.kind = Value::Kind::text;
        value.text = std::get<std::u32string>(*constant);
    }
    return value_to(value);
}

nb::list evaluate_in_python(const Language& language, Term program, Type request, nb::sequence inputs,
                            const Limits& limits) {
    const auto rows = inputs_from(inputs);
    std::vector<Outcome> outcomes;
    {
        nb::gil_scoped_release released;
        outcomes = evaluate(language, program, request, rows, limits);
    }
    nb::list results;
    for (const Outcome& outcome : outcomes) {
        if (const auto* value = std::get_if<Value>(&outcome))
            results.append(value_to(*value));
        else
            results.append(nb::cast(PythonFailure{std::get<Failure>(outcome)}));
    }
    return results;
}

}  // namespace

void bind_terms(nb::module_& module) {
    nb::class_<Type>(module, "Type", "A monotype, e.g. list(int) -> list(int). Immutable; equal types are identical inside.")
        .def_static("parse", [](nb::str text) { return Type::parse(text_of(text)); }, "text"_a)
        .def_prop_ro("constructor", [](Type type) { return type.is_variable() ? type.to_string() : type.name(); })
        .def_prop_ro("parameters", [](Type type) { return type.parameters(); })
        .def_prop_ro("arguments", &Type::arguments, "Argument types of an arrow, in order; empty for other types.")
        .def_prop_ro("returns", &Type::returns, "What is left after all arguments.")
        .def_prop_ro("is_polymorphic", &Type::is_polymorphic)
        .def("__str__", &Type::to_string)
        .def("__repr__", [](Type type) { return "Type('" + type.to_string() + "')"; })
        .def("__hash__", [](Type type) { return std::hash<Type>()(type); })
        .def("__eq__", [](Type type, nb::object other) { return nb::isinstance<Type>(other) && nb::cast<Type>(other) == type; },
             "other"_a.none())
        .def("__getstate__", &Type::to_string)
        .def("__setstate__", [](Type& type, const std::string& text) { new (&type) Type(Type::parse(text)); });

    nb::class_<Term>(module, "Term", "A term with de Bruijn indices. Immutable; equal terms are identical inside.")
        .def_static("parse", [](nb::str text) { return Term::parse(text_of(text)); }, "text"_a)
        .def_static("index_of", &Term::index_of, "index"_a)
        .def_static("primitive", [](nb::str name) { return Term::primitive(text_of(name)); }, "name"_a)
        .def_static("constant", &constant_from, "value"_a, "A real (float) or a text (str) as it is written in programs.")
        .def_static("apply", &Term::apply, "function"_a, "argument"_a)
        .def_static("lambda_", &Term::lambda, "body"_a)
        .def_static("abstraction", &Term::abstraction, "body"_a)
        .def_prop_ro("kind", &kind_name)
        .def_prop_ro("index", [](Term term) { return only(term, {Kind::index}, "index").index(); })
        .def_prop_ro("name", [](Term term) { return only(term, {Kind::primitive}, "name").name(); })
        .def_prop_ro("constant_value", &constant_value, "float or str of a primitive written as a constant, else None.")
        .def_prop_ro("function", [](Term term) { return only(term, {Kind::application}, "function").function(); })
        .def_prop_ro("argument", [](Term term) { return only(term, {Kind::application}, "argument").argument(); })
        .def_prop_ro("body", [](Term term) { return only(term, {Kind::lambda, Kind::abstraction}, "body").body(); })
        .def_prop_ro("size", &Term::size, "Nodes, an abstraction counting as one.")
        .def_prop_ro("abstractions", &abstractions_in, "Abstractions used, directly or inside others; innermost first.")
        .def("beta_normal", [](Term term, bool inline_) { return beta_normal(term, inline_); }, "inline"_a = true,
             "β-normal form; `inline` also expands every abstraction.")
        .def("__str__", &Term::to_string)
        .def("__repr__", [](Term term) { return "Term('" + term.to_string() + "')"; })
        .def("__hash__", [](Term term) { return std::hash<Term>()(term); })
        .def("__eq__", [](Term term, nb::object other) { return nb::isinstance<Term>(other) && nb::cast<Term>(other) == term; },
             "other"_a.none())
        .def("__getstate__", &Term::to_string)
        .def("__setstate__", [](Term& term, const std::string& text) { new (&term) Term(Term::parse(text)); });

    nb::class_<Limits>(module, "Limits", "Bounds of one evaluation.")
        .def("__init__", [](Limits* made, std::int64_t fuel, std::size_t stack_bytes, std::size_t arena_bytes) {
            if (fuel < 1 || stack_bytes < 4096 || stack_bytes > (4u << 20) || arena_bytes < 4096)
                throw EngineError("limits: fuel at least 1, stack_bytes 4096 … 4 MiB, arena_bytes at least 4096");
            new (made) Limits{fuel, stack_bytes, arena_bytes};
        }, "fuel"_a = Limits().fuel, "stack_bytes"_a = Limits().stack_bytes, "arena_bytes"_a = Limits().arena_bytes)
        .def_ro("fuel", &Limits::fuel)
        .def_ro("stack_bytes", &Limits::stack_bytes)
        .def_ro("arena_bytes", &Limits::arena_bytes);

    nb::class_<PythonFailure>(module, "Failure", "Why a program gave no value.")
        .def_prop_ro("reason", [](const PythonFailure& failure) { return reason_of(failure.failure); })
        .def("__repr__", [](const PythonFailure& failure) { return std::string("Failure('") + reason_of(failure.failure) + "')"; })
        .def("__eq__", [](const PythonFailure& failure, nb::object other) {
            return nb::isinstance<PythonFailure>(other) && nb::cast<PythonFailure>(other).failure == failure.failure;
        }, "other"_a.none())
        .def("__hash__", [](const PythonFailure& failure) { return static_cast<std::size_t>(failure.failure) + 1; });

    nb::class_<Language>(module, "Language", "Primitives and abstractions with their types.")
        .def("__init__", [](Language* made, const std::vector<std::pair<std::string, nb::object>>& primitives,
                            const std::vector<Term>& abstractions, const std::vector<nb::str>& equations,
                            const std::vector<std::pair<std::string, std::shared_ptr<PythonPrimitive>>>& functions) {
            std::vector<std::pair<std::string, Type>> typed;
            for (const auto& [name, type] : primitives)
                typed.emplace_back(name, nb::isinstance<Type>(type) ? nb::cast<Type>(type) : Type::parse(nb::cast<std::string>(type)));
            std::vector<std::string> texts;
            for (const nb::str& equation : equations) texts.push_back(text_of(equation));
            new (made) Language(typed, abstractions, texts, ForeignPrimitives(functions.begin(), functions.end()));
        }, "primitives"_a, "abstractions"_a = std::vector<Term>(), "equations"_a = std::vector<nb::str>(),
           "functions"_a = std::vector<std::pair<std::string, std::shared_ptr<PythonPrimitive>>>())
        .def_prop_ro("equations", [](const Language& language) { return language.equations().texts(); })
        .def_prop_ro("productions", [](const Language& language) {
            std::vector<std::string> names;
            for (const Production& production : language.productions()) names.push_back(production.name);
            return names;
        })
        .def_prop_ro("types", [](const Language& language) {
            std::vector<Type> types;
            for (const Production& production : language.productions()) types.push_back(production.type);
            return types;
        })
        .def_prop_ro("terms", [](const Language& language) {
            std::vector<Term> terms;
            for (const Production& production : language.productions()) terms.push_back(production.term);
            return terms;
        })
        .def("infer", &Language::infer, "term"_a)
        .def("eta_long", &Language::eta_long, "term"_a, "request"_a)
        .def("recursive", [](const Language& language, Type request) { return recursive(language, request); }, "request"_a,
             "Whether the language derives programs of the request that call themselves, through `fix1`.")
        .def("evaluate", &evaluate_in_python, "term"_a, "request"_a, "inputs"_a, "limits"_a = Limits());
}

}  // namespace wakesleep
