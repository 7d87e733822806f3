// Python's view of version spaces and abstraction search.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "abstraction_search.hpp"
#include "version_space.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

void bind_version_space_search(nb::module_& module);

namespace {

using Unlocked = nb::call_guard<nb::gil_scoped_release>;

void bind_version_spaces(nb::module_& module) {
    nb::class_<NodeCost>(module, "NodeCost", "What a term costs: its nodes, each kind with its price.")
        .def("__init__", [](NodeCost* self, double application, double lambda, double leaf) {
            new (self) NodeCost{application, lambda, leaf};
        }, "application"_a = 1.0, "lambda_"_a = 1.0, "leaf"_a = 100.0)
        .def_ro("application", &NodeCost::application)
        .def_ro("lambda_", &NodeCost::lambda)
        .def_ro("leaf", &NodeCost::leaf);

    nb::class_<VersionSpaces>(module, "VersionSpaces",
                              "Sets of refactorings of programs that share their parts; each set is a number.")
        .def(nb::init<std::int64_t, bool>(), "max_nodes"_a = 2'000'000, "inline_abstractions"_a = true)
        .def("incorporate", &VersionSpaces::incorporate, "term"_a, Unlocked(), "The space of just this term.")
        .def("inverse_beta", &VersionSpaces::inverse_beta, "space"_a, "steps"_a, Unlocked(),
             "The members and all their refactorings within `steps` steps of inverse β. EngineError where they need too many nodes.")
        .def("union", &VersionSpaces::unite, "a"_a, "b"_a, Unlocked())
        .def("intersect", &VersionSpaces::intersect, "a"_a, "b"_a, Unlocked())
        .def("size", &VersionSpaces::size, "space"_a, Unlocked(),
             "Number of members; one that several branches of a union hold counts once for each.")
        .def("members", &VersionSpaces::members, "space"_a, "limit"_a, Unlocked(), "Up to `limit` distinct members.")
        .def("minimal", &VersionSpaces::minimal, "space"_a, "cost"_a = NodeCost{}, Unlocked(), "The cheapest member.")
        .def_prop_ro("nodes", &VersionSpaces::nodes);
}

void bind_search(nb::module_& module) {
    using Config = AbstractionSearchConfig;
    const Config defaults;
    nb::class_<Config>(module, "AbstractionSearchConfig", "Immutable settings of abstraction search.")
        .def("__init__",
             [](Config* self, int inversion_steps, int max_arity, int keep, int min_tasks, int hole_cost,
                double cpu_seconds, std::int64_t max_nodes, std::int64_t max_cells, int inversion_shortlist, bool both_orders,
                bool upper_bound_pruning, bool location_pruning, bool argument_pruning, bool check_by_rewriting) {
                 new (self) Config{inversion_steps, max_arity, keep, min_tasks, hole_cost, cpu_seconds, max_nodes,
                                   max_cells, inversion_shortlist, both_orders, upper_bound_pruning, location_pruning,
                                   argument_pruning, check_by_rewriting};
             },
             nb::kw_only(), "inversion_steps"_a = defaults.inversion_steps, "max_arity"_a = defaults.max_arity,
             "keep"_a = defaults.keep, "min_tasks"_a = defaults.min_tasks, "hole_cost"_a = defaults.hole_cost,
             "cpu_seconds"_a = defaults.cpu_seconds, "max_nodes"_a = defaults.max_nodes,
             "max_cells"_a = defaults.max_cells, "inversion_shortlist"_a = defaults.inversion_shortlist,
             "both_orders"_a = defaults.both_orders,
             "upper_bound_pruning"_a = defaults.upper_bound_pruning,
             "location_pruning"_a = defaults.location_pruning, "argument_pruning"_a = defaults.argument_pruning,
             "check_by_rewriting"_a = defaults.check_by_rewriting)
        .def_ro("inversion_steps", &Config::inversion_steps)
        .def_ro("max_arity", &Config::max_arity)
        .def_ro("keep", &Config::keep)
        .def_ro("min_tasks", &Config::min_tasks)
        .def_ro("hole_cost", &Config::hole_cost)
        .def_ro("cpu_seconds", &Config::cpu_seconds)
        .def_ro("max_nodes", &Config::max_nodes)
        .def_ro("max_cells", &Config::max_cells)
        .def_ro("inversion_shortlist", &Config::inversion_shortlist)
        .def_ro("both_orders", &Config::both_orders)
        .def_ro("upper_bound_pruning", &Config::upper_bound_pruning)
        .def_ro("location_pruning", &Config::location_pruning)
        .def_ro("argument_pruning", &Config::argument_pruning)
        .def_ro("check_by_rewriting", &Config::check_by_rewriting);

    nb::class_<AbstractionCandidate>(module, "AbstractionCandidate")
        .def_ro("body", &AbstractionCandidate::body, "Closed term of `arity` λ's around the pattern.")
        .def_ro("arity", &AbstractionCandidate::arity)
        .def_ro("utility", &AbstractionCandidate::utility,
                "What the tasks' cheapest programs save, less the body's cost; 100 a leaf, 1 a λ or application.")
        .def_ro("uses", &AbstractionCandidate::uses, "Calls in the rewritten programs.")
        .def_ro("tasks", &AbstractionCandidate::tasks, "Tasks with a call in a rewritten program.")
        .def("__repr__", [](const AbstractionCandidate& candidate) {
            return "AbstractionCandidate(" + candidate.body.to_string() + ", arity=" + std::to_string(candidate.arity) +
                   ", utility=" + std::to_string(candidate.utility) + ", uses=" + std::to_string(candidate.uses) + ")";
        });

    nb::class_<AbstractionSearchResult>(module, "AbstractionSearchResult")
        .def_ro("candidates", &AbstractionSearchResult::candidates, "Best first.")
        .def_ro("complete", &AbstractionSearchResult::complete, "False where a budget ended the search.")
        .def_ro("patterns", &AbstractionSearchResult::patterns, "Partial patterns expanded.")
        .def_ro("cpu_seconds", &AbstractionSearchResult::cpu_seconds);

    module.def("search_abstractions", &search_abstractions, "corpus"_a, "config"_a = defaults, Unlocked(),
               "The abstractions that compress a corpus most, one inner list of programs per task.");
    module.def(
        "find_abstractions",
        [](const std::vector<std::vector<Term>>& corpus, const Config& config) {
            return search_abstractions(corpus, config).candidates;
        },
        "corpus"_a, "config"_a = defaults, Unlocked(), "The candidates of search_abstractions, best first.");
    module.def("rewrite", &rewrite_with, "programs"_a, "abstraction"_a, "arity"_a, "close_uses"_a = false, Unlocked(),
               "The cheapest rewriting of each program with calls of `abstraction`, #(...), on `arity` arguments; "
               "with `close_uses`, `(lambda (fn a $0))` becomes `(fn a)`.");
}

}  // namespace

void bind_abstraction(nb::module_& module) {
    bind_version_spaces(module);
    bind_search(module);
    bind_version_space_search(module);
}

}  // namespace wakesleep
