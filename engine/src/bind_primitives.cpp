// Python's view of primitives that are Python functions.
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>

#include "error.hpp"
#include "python_primitive.hpp"
#include "python_values.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

[[noreturn]] void refuse_comparison() { throw nb::type_error("a value of a type variable can't be looked at or compared"); }

}  // namespace

void bind_primitives(nb::module_& module) {
    // No Exception, so that a primitive's own `except Exception` doesn't keep it running. The module keeps it.
    Watchdog::get().set_exception(PyErr_NewException("engine.PrimitiveStopped", PyExc_BaseException, nullptr));
    nb::module_::import_("atexit").attr("register")(nb::cpp_function([] { Watchdog::get().close(); }));

    nb::exception<ProgramFailed>(module, "ProgramFailed", PyExc_RuntimeError);

    nb::class_<Opaque>(module, "Opaque", "A value of a type variable, as a primitive sees it: to keep, give back or hand on.")
        .def("__eq__", [](const Opaque&, nb::handle) -> bool { refuse_comparison(); }, "other"_a.none())
        .def("__bool__", [](const Opaque&) -> bool { refuse_comparison(); });

    nb::class_<ProgramFunction>(module, "ProgramFunction", "A program's function, as a primitive sees it.")
        .def("__call__", &ProgramFunction::apply, "arguments"_a);

    nb::class_<PythonPrimitive>(module, "PythonPrimitive",
                                "A Python function as a primitive. It is taken for pure; one call may take `cpu_seconds`.")
        .def("__init__", [](PythonPrimitive* made, nb::object function, nb::object type, double cpu_seconds) {
            new (made) PythonPrimitive(std::move(function), nb::isinstance<Type>(type) ? nb::cast<Type>(type)
                                       : Type::parse(nb::cast<std::string>(type)), cpu_seconds);
        }, "function"_a, "type"_a, "cpu_seconds"_a = 0.5)
        .def_prop_ro("type", &PythonPrimitive::type)
        .def_prop_ro("cpu_seconds", &PythonPrimitive::cpu_seconds, "That the next call may take: each stop halves it.")
        .def_prop_ro("calls", &PythonPrimitive::calls, "Of the function: others were answered from memory.")
        .def_prop_ro("problems", &PythonPrimitive::problems, "How many of them failed, by reason.")
        .def_prop_ro("last_problem", &PythonPrimitive::last_problem, "Of the last that failed, in words.");
}

}  // namespace wakesleep
