// Python's view of version spaces and abstraction search.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "abstraction_search.hpp"
#include "abstraction_session.hpp"
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

    nb::class_<AbstractionUse>(module, "AbstractionUse")
        .def_ro("saving", &AbstractionUse::saving,
                "What the tasks' cheapest programs save; the body is not paid for. 100 a leaf, 1 a λ or application.")
        .def_ro("uses", &AbstractionUse::uses, "Calls in the rewritten programs.")
        .def_ro("tasks", &AbstractionUse::tasks, "Tasks that gain.");

    nb::class_<AbstractionCorpus>(module, "AbstractionCorpus",
                                  "A corpus to be compressed with one abstraction after the other: it is read once.")
        .def(nb::init<const std::vector<std::vector<Term>>&>(), "tasks"_a, Unlocked())
        .def("search", &AbstractionCorpus::search, "config"_a = defaults, "least"_a = 0, Unlocked(),
             "The abstractions of more than `least` utility that compress it most.")
        .def("uses_of", &AbstractionCorpus::uses_of, "abstractions"_a, "close_uses"_a = false, Unlocked(),
             "What rewriting with each (#(...), arity) would do; sums over parts of a corpus are those of the whole.")
        .def("rewrite", &AbstractionCorpus::rewrite, "abstraction"_a, "arity"_a, "close_uses"_a = false, Unlocked(),
             "Rewrites the programs in place, as the function does; returns how many changed.")
        .def("programs", &AbstractionCorpus::programs, Unlocked())
        .def("pack", [](const AbstractionCorpus& corpus) {
            const std::string packed = corpus.pack();
            return nb::bytes(packed.data(), packed.size());
        }, "The corpus as bytes, for another process.")
        .def_static("unpack", [](nb::bytes packed) {
            const std::string_view bytes(packed.c_str(), packed.size());
            nb::gil_scoped_release unlocked;
            return AbstractionCorpus::unpack(bytes);
        }, "packed"_a, "The inverse of pack; EngineError for other bytes.")
        .def_prop_ro("least_cost", &AbstractionCorpus::least_cost, "Of the tasks' cheapest programs together.")
        .def_prop_ro("total_cost", &AbstractionCorpus::total_cost, "Of all programs.");

    using Searched = AbstractionSearchResult (*)(const std::vector<std::vector<Term>>&, const Config&);
    module.def("search_abstractions", Searched(&search_abstractions), "corpus"_a, "config"_a = defaults, Unlocked(),
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
