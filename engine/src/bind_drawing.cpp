// Python's view of drawing banks, and of the search that covers a picture.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <mutex>

#include "drawing_search.hpp"
#include "python_values.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

/// A bank with the grammar that it refers to; used by one thread at a time.
struct Drawings {
    Drawings(std::shared_ptr<const Grammar> known, const DrawingLimits& limits) : grammar(std::move(known)), bank(*grammar, limits) {}
    std::shared_ptr<const Grammar> grammar;
    std::mutex mutex;
    DrawingBank bank;
};

}  // namespace

void bind_drawing(nb::module_& module) {
    nb::class_<Drawings>(module, "Drawings", "What a grammar's cheapest statements draw, made once for all pictures.")
        .def("__init__", [](Drawings* made, std::shared_ptr<Grammar> grammar, double nats, std::int64_t tries) {
            DrawingLimits limits;
            limits.nats = nats;
            limits.tries = tries;
            nb::gil_scoped_release released;
            new (made) Drawings(std::move(grammar), limits);
        }, "grammar"_a, "nats"_a = DrawingLimits().nats, "tries"_a = DrawingLimits().tries)
        .def_prop_ro("statements", [](const Drawings& drawings) { return drawings.bank.all().size(); })
        .def_prop_ro("openings", [](const Drawings& drawings) { return drawings.bank.openings().size(); })
        .def_prop_ro("tries", [](const Drawings& drawings) { return drawings.bank.tries(); })
        .def("search", [](Drawings& drawings, nb::handle picture, const Budget& budget, const Cancellation* cancellation) {
            const Value value = value_from(picture);
            const auto flag = cancellation ? cancellation->flag : nullptr;
            nb::gil_scoped_release released;
            std::lock_guard lock(drawings.mutex);
            return search_drawing(drawings.bank, value, budget, flag.get());
        }, "picture"_a, "budget"_a, "cancellation"_a.none() = nb::none());
}

}  // namespace wakesleep
