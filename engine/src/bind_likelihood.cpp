// Python's view of likelihoods.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "likelihood.hpp"
#include "python_values.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

double score_in_python(const Likelihood& likelihood, nb::handle output, nb::handle wanted, Type type) {
    const Shape shape = Shape::of(type);
    const Value left = value_from(output), right = value_from(wanted);
    Arena arena(std::size_t(64) << 20);
    const Word left_word = shape.read(left, arena);
    return likelihood.score(shape, left_word, shape.read(right, arena));
}

std::string describe(const Likelihood& likelihood) {
    const std::string first = nb::cast<std::string>(nb::repr(nb::float_(likelihood.first())));
    switch (likelihood.kind()) {
        case Likelihood::Kind::tolerance:
            return "Likelihood.tolerance(relative=" + first + ", absolute=" +
                   nb::cast<std::string>(nb::repr(nb::float_(likelihood.second()))) + ")";
        case Likelihood::Kind::gaussian: return "Likelihood.gaussian(sigma=" + first + ")";
        case Likelihood::Kind::edit_distance:
            return "Likelihood.edit_distance(nats_per_edit=" + first +
                   ", max_edits=" + std::to_string(static_cast<int>(likelihood.second())) + ")";
        default: return "Likelihood.exact()";
    }
}

}  // namespace

void bind_likelihood(nb::module_& module) {
    nb::class_<Likelihood>(module, "Likelihood", "How well an output fits the one wanted. Immutable.")
        .def_static("exact", [] { return Likelihood(); }, "Equal or not.")
        .def_static("tolerance", &Likelihood::tolerance, "relative"_a = 1e-9, "absolute"_a = 1e-12,
                    "Reals may be off by `absolute` or by `relative` of the wanted one, whichever is more.")
        .def_static("gaussian", &Likelihood::gaussian, "sigma"_a,
                    "Reals carry independent normal noise of this standard deviation.")
        .def_static("edit_distance", &Likelihood::edit_distance, "nats_per_edit"_a, "max_edits"_a,
                    "Lists and texts may differ by so many insertions, deletions and substitutions, each at a price.")
        .def("score", &score_in_python, "output"_a, "wanted"_a, "type"_a,
             "Nats against a perfect fit: 0 at best, -inf for what can't be.")
        .def("__repr__", &describe)
        .def("__eq__", [](const Likelihood& likelihood, nb::object other) {
            return nb::isinstance<Likelihood>(other) && nb::cast<Likelihood>(other) == likelihood;
        }, "other"_a.none())
        .def("__hash__", [](const Likelihood& likelihood) {
            return std::hash<double>()(likelihood.first()) * 31 + std::hash<double>()(likelihood.second()) * 7 +
                   static_cast<std::size_t>(likelihood.kind());
        });
}

}  // namespace wakesleep
