// Python's view of the exact method of abstraction sleep.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "version_space_search.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

void bind_version_space_search(nb::module_& module) {
    using Config = VersionSpaceSearchConfig;
    using Result = VersionSpaceSearchResult;
    const Config defaults;
    nb::class_<Config>(module, "VersionSpaceSearchConfig", "Immutable settings of the exact method.")
        .def("__init__",
             [](Config* self, int inversion_steps, int max_arity, int keep, int min_tasks, int hole_cost, int beam,
                std::int64_t max_nodes, std::int64_t max_bytes) {
                 new (self) Config{inversion_steps, max_arity, keep, min_tasks, hole_cost, beam, max_nodes, max_bytes};
             },
             nb::kw_only(), "inversion_steps"_a = defaults.inversion_steps, "max_arity"_a = defaults.max_arity,
             "keep"_a = defaults.keep, "min_tasks"_a = defaults.min_tasks, "hole_cost"_a = defaults.hole_cost,
             "beam"_a = defaults.beam, "max_nodes"_a = defaults.max_nodes, "max_bytes"_a = defaults.max_bytes)
        .def_ro("inversion_steps", &Config::inversion_steps)
        .def_ro("max_arity", &Config::max_arity)
        .def_ro("keep", &Config::keep)
        .def_ro("min_tasks", &Config::min_tasks)
        .def_ro("hole_cost", &Config::hole_cost)
        .def_ro("beam", &Config::beam)
        .def_ro("max_nodes", &Config::max_nodes)
        .def_ro("max_bytes", &Config::max_bytes);

    nb::class_<Result>(module, "VersionSpaceSearchResult")
        .def_ro("candidates", &Result::candidates, "Best first.")
        .def_ro("rewritten", &Result::rewritten, "The corpus with the best candidate; unchanged where there is none.")
        .def_ro("steps", &Result::steps, "Of inverse β that were taken.")
        .def_ro("note", &Result::note, "Why they are fewer than asked for, or empty.")
        .def_ro("considered", &Result::considered, "Non-trivial cheapest members that enough tasks share.")
        .def_ro("nodes", &Result::nodes)
        .def_ro("bytes", &Result::bytes, "Most held at once, about.");

    module.def("search_version_spaces", &search_version_spaces, "corpus"_a, "config"_a = defaults,
               nb::call_guard<nb::gil_scoped_release>(),
               "The abstractions that compress a small corpus most, exactly; one inner list of programs per task.");
}

}  // namespace wakesleep
