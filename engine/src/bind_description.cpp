// Python's view of the description length of frontiers.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "description.hpp"
#include "python_values.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

using Row = std::tuple<Type, std::vector<Term>, std::vector<double>>;
using LanguagePointer = std::shared_ptr<const Language>;

std::vector<Frontier> frontiers_from(const std::vector<Row>& rows) {
    std::vector<Frontier> frontiers;
    for (const auto& [request, programs, log_likelihoods] : rows) {
        if (programs.size() != log_likelihoods.size())
            throw EngineError("each program needs its log-likelihood: there are " + std::to_string(programs.size()) +
                              " programs and " + std::to_string(log_likelihoods.size()) + " log-likelihoods");
        frontiers.push_back({request, programs, log_likelihoods});
    }
    return frontiers;
}

nb::tuple description_to(Description description) {
    const std::size_t width = description.weights.size();
    return nb::make_tuple(array_of(std::move(description.weights), {std::size_t(1), width}),
                          std::move(description.log_priors), description.log_evidence);
}

}  // namespace

void bind_description(nb::module_& module) {
    nb::class_<Describer>(module, "Describer", "Measures frontiers under libraries; keeps what it learns of programs.")
        .def(nb::init<double, int>(), "pseudocounts"_a, "refits"_a)
        .def(
            "describe",
            [](Describer& describer, const LanguagePointer& language, const std::vector<Row>& rows) {
                return description_to(describer.describe(*language, frontiers_from(rows)));
            },
            "language"_a, "frontiers"_a,
            "Fitted weights, ln P of each program, and the frontiers' log-evidence. A frontier is (request, programs, "
            "log-likelihoods).")
        .def(
            "rewrite",
            [](Describer& describer, const LanguagePointer& language, const std::vector<Row>& rows, Term abstraction,
               int arity) -> nb::object {
                auto found = describer.rewrite(*language, frontiers_from(rows), abstraction, arity);
                if (!found) return nb::none();
                std::vector<std::pair<std::vector<Term>, std::vector<double>>> rewritten;
                for (Frontier& frontier : found->first)
                    rewritten.emplace_back(std::move(frontier.programs), std::move(frontier.log_likelihoods));
                return nb::make_tuple(std::move(rewritten), description_to(std::move(found->second)));
            },
            "language"_a, "frontiers"_a, "abstraction"_a, "arity"_a,
            "Each program with calls of an abstraction of the language where that makes it more probable: the programs "
            "and log-likelihoods of each task, and their description. None where nothing changes.");
}

}  // namespace wakesleep
