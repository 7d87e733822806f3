// Python's view of the explanation of towers.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "error.hpp"
#include "python_values.hpp"
#include "tower_explanation.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

constexpr std::size_t most_blocks = 300;

std::vector<PlannedBlock> blocks_from(const std::vector<std::pair<int, int>>& pairs) {
    std::vector<PlannedBlock> blocks;
    for (const auto& [x, shape] : pairs) {
        if (shape != 0 && shape != 1) throw EngineError("a block is (x, 0) where it stands upright, (x, 1) where it lies");
        if (x < -10'000 || x > 10'000) throw EngineError("a block is further away than 10000");
        blocks.push_back({x, shape});
    }
    return blocks;
}

}  // namespace

void bind_towers(nb::module_& module) {
    nb::class_<TowerExplanation>(module, "TowerExplanation")
        .def_ro("programs", &TowerExplanation::programs)
        .def_ro("tried", &TowerExplanation::tried)
        .def_ro("cpu_seconds", &TowerExplanation::cpu_seconds);

    nb::class_<TowerPrices>(module, "TowerPrices")
        .def("__init__", [](TowerPrices* made, std::array<double, 2> blocks, double left, double right, double loop,
                            double embed, double rest, std::array<double, 9> literals, double minus, double index,
                            double crowded) {
            new (made) TowerPrices{blocks, left, right, loop, embed, rest, literals, minus, index, crowded};
        }, nb::kw_only(), "blocks"_a, "left"_a, "right"_a, "loop"_a, "embed"_a, "rest"_a, "literals"_a, "minus"_a, "index"_a,
           "crowded"_a);

    nb::class_<TowerCall>(module, "TowerCall")
        .def("__init__", [](TowerCall* made, int family, const std::string& head, nb::sequence arguments, double price,
                            const std::vector<std::pair<int, int>>& blocks, int displacement) {
            TowerCall call{family, head, {}, price, blocks_from(blocks), displacement};
            for (nb::handle argument : arguments) {
                if (PyUnicode_Check(argument.ptr()))
                    call.arguments.push_back({0, nb::cast<std::string>(argument)});
                else
                    call.arguments.push_back({nb::cast<int>(argument), ""});
            }
            new (made) TowerCall(std::move(call));
        }, nb::kw_only(), "family"_a, "head"_a, "arguments"_a, "price"_a, "blocks"_a, "displacement"_a);

    module.def("explain_tower", [](const std::vector<std::pair<int, int>>& blocks, const TowerPrices& prices,
                                   const std::vector<TowerCall>& calls, double cpu_seconds, std::size_t keep,
                                   const Cancellation* cancellation) {
        if (blocks.empty() || blocks.size() > most_blocks)
            throw EngineError("a tower to be explained has 1 to " + std::to_string(most_blocks) + " blocks");
        TowerPlan plan(blocks_from(blocks));
        const auto flag = cancellation ? cancellation->flag : nullptr;
        nb::gil_scoped_release released;
        return TowerExplainer(std::move(plan), prices, calls, cpu_seconds, flag.get()).run(keep);
    }, "blocks"_a, "prices"_a, "calls"_a, "cpu_seconds"_a, "keep"_a = 5, "cancellation"_a.none() = nb::none());
}

}  // namespace wakesleep
