// Python's view of the description length of frontiers.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
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

/// What Python sees of a description; converted where it is asked for.
struct Described {
    std::vector<Frontier> frontiers;
    Description description;
};

}  // namespace

void bind_description(nb::module_& module) {
    nb::class_<Described>(module, "Described", "Frontiers and what a language makes of them, with θ fitted.")
        .def_prop_ro(
            "programs",
            [](const Described& described) {
                std::vector<std::vector<Term>> programs;
                for (const Frontier& frontier : described.frontiers) programs.push_back(frontier.programs);
                return programs;
            },
            "One list a frontier.")
        .def_prop_ro(
            "log_likelihoods",
            [](const Described& described) {
                std::vector<std::vector<double>> log_likelihoods;
                for (const Frontier& frontier : described.frontiers) log_likelihoods.push_back(frontier.log_likelihoods);
                return log_likelihoods;
            },
            "ln P[x|ρ] of the programs.")
        .def_prop_ro(
            "log_priors", [](const Described& described) { return described.description.log_priors; },
            "ln P[ρ|L] of the programs; −∞ for what can't be derived.")
        .def_prop_ro(
            "weights",
            [](const Described& described) {
                return array_of(described.description.weights, {std::size_t(1), described.description.weights.size()});
            },
            "ln θ of each production, then of the variables: one row.")
        .def_prop_ro(
            "log_evidence", [](const Described& described) { return described.description.log_evidence; },
            "Σ over frontiers of ln Σ_ρ P[x|ρ] P[ρ|L].");

    nb::class_<Describer>(module, "Describer", "Measures frontiers under libraries; keeps what it learns of programs.")
        .def(nb::init<double, int>(), "pseudocounts"_a, "refits"_a)
        .def(
            "describe",
            [](Describer& describer, const LanguagePointer& language, const std::vector<Row>& rows) {
                auto frontiers = frontiers_from(rows);
                auto description = describer.describe(*language, frontiers);
                return Described{std::move(frontiers), std::move(description)};
            },
            "language"_a, "frontiers"_a, "A frontier is (request, programs, log-likelihoods).")
        .def(
            "rewrite",
            [](Describer& describer, const LanguagePointer& language, const Described& described,
               Term abstraction, int arity) -> std::optional<Described> {
                auto found = describer.rewrite(*language, described.frontiers, abstraction, arity);
                if (!found) return std::nullopt;
                return Described{std::move(found->first), std::move(found->second)};
            },
            "language"_a, "described"_a, "abstraction"_a, "arity"_a,
            "Each program with calls of an abstraction of the language where that makes it more probable. None where "
            "nothing changes.");
}

}  // namespace wakesleep
