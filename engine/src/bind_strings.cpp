// Python's view of string grammars and their search.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "error.hpp"
#include "python_values.hpp"
#include "string_search.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

Sort sort_from(const std::string& name) {
    if (name == "str") return Sort::text;
    if (name == "int") return Sort::integer;
    if (name == "bool") return Sort::boolean;
    throw EngineError("a sort is str, int or bool, not '" + name + "'");
}

std::vector<Sort> sorts_from(const std::vector<std::string>& names) {
    std::vector<Sort> sorts;
    for (const std::string& name : names) sorts.push_back(sort_from(name));
    return sorts;
}

/// (nonterminal, "input" | "constant" | an operation's name, arguments, nats, operand)
StringRule rule_from(nb::handle written) {
    if (!PyTuple_Check(written.ptr()) || nb::len(written) != 5)
        throw EngineError("a rule is (nonterminal, operation, arguments, nats, operand)");
    StringRule rule;
    rule.nonterminal = nb::cast<int>(written[0]);
    const auto name = nb::cast<std::string>(written[1]);
    rule.operation = name == "input" ? Operation::variable : name == "constant" ? Operation::constant : operation_of(name);
    rule.arguments = nb::cast<std::vector<int>>(written[2]);
    rule.nats = nb::cast<double>(written[3]);
    if (rule.operation == Operation::variable || rule.operation == Operation::constant) rule.operand = value_from(written[4]);
    return rule;
}

}  // namespace

void bind_strings(nb::module_& module) {
    nb::class_<StringSearchResult>(module, "StringSearchResult")
        .def_ro("program", &StringSearchResult::program, "Numbers of rules in prefix order; empty where none was found.")
        .def_ro("nats", &StringSearchResult::nats)
        .def_ro("programs", &StringSearchResult::programs, "Expressions tried.")
        .def_ro("cpu_seconds", &StringSearchResult::cpu_seconds)
        .def_ro("found_cpu_seconds", &StringSearchResult::found_cpu_seconds, "Until the first solution; -1 without one.")
        .def_ro("explored_nats", &StringSearchResult::explored_nats, "Every cheaper expression was tried.")
        .def_ro("stopped", &StringSearchResult::stopped);

    nb::class_<StringGrammar>(module, "StringGrammar", "A first-order grammar of expressions on strings, integers and truth values.")
        .def("__init__", [](StringGrammar* made, const std::vector<std::string>& sorts, nb::sequence rules, int start) {
            StringGrammar grammar{sorts_from(sorts), {}, start};
            for (nb::handle rule : rules) grammar.rules.push_back(rule_from(rule));
            grammar.check();
            new (made) StringGrammar(std::move(grammar));
        }, "sorts"_a, "rules"_a, "start"_a)
        .def("search", [](const StringGrammar& grammar, const std::vector<std::string>& inputs, nb::sequence examples,
                          const Budget& budget, const Cancellation* cancellation) {
            const auto sorts = sorts_from(inputs);
            const auto read = examples_from(examples);
            const auto flag = cancellation ? cancellation->flag : nullptr;
            nb::gil_scoped_release released;
            return search_strings(grammar, sorts, read, budget, flag.get());
        }, "inputs"_a, "examples"_a, "budget"_a, "cancellation"_a.none() = nb::none());
}

}  // namespace wakesleep
