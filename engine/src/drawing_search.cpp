#include "drawing_search.hpp"

#include <algorithm>

#include "drawing_sketches.hpp"
#include "error.hpp"
#include "windows.hpp"

namespace wakesleep {

namespace {

constexpr std::array weighings = {Weighing{12, 20}, Weighing{30, 20}, Weighing{70, 3}, Weighing{70, 1}, Weighing{60, 3, Begin::spread},
                                  Weighing{60, 3, Begin::stacked}};

/// After a solution, so many times the strokes are tried that it took, and so many more, for likelier ones.
constexpr std::int64_t more_times = 1, more_work = 2'500'000;

}  // namespace

SearchResult search_drawing(DrawingBank& bank, const Value& picture, const Budget& budget, const Cancelled* cancelled) {
    Arena arena(std::size_t(8) << 20);
    const Word word = read_turtle(picture, arena);
    SearchResult result;
    const double started = thread_seconds();
    if (!word) {
        result.stopped = "exhausted";
        return result;
    }
    const DrawingTarget target(*reinterpret_cast<const Picture*>(as_list(word)->head & ~Word(7)));
    const DrawingRepertoire repertoire(bank);
    std::vector<DrawingSketches> searches;
    for (const Weighing& weighing : weighings) searches.emplace_back(bank, repertoire, target, weighing);
    const auto total_sketches = [&] {
        std::int64_t sketches = 0;
        for (const DrawingSketches& search : searches) sketches += search.sketches();
        return sketches;
    };
    const auto total_work = [&] {
        std::int64_t work = 0;
        for (const DrawingSketches& search : searches) work += search.work();
        return work;
    };
    double best = max_cost;
    std::int64_t found_after = -1;
    const auto keep = static_cast<std::size_t>(std::max(1, budget.keep));
    for (std::int64_t turn = 0;; ++turn) {
        if (turn % 64 == 0) {
            std::size_t bytes = 0;
            for (const DrawingSketches& search : searches) bytes += search.bytes();
            result.cpu_seconds = thread_seconds() - started;
            if (cancelled && cancelled->load(std::memory_order_relaxed)) result.stopped = "cancelled";
            if (bytes > budget.bytes) result.stopped = "memory";
            if (budget.cpu_seconds > 0 && result.cpu_seconds >= budget.cpu_seconds) result.stopped = "seconds";
            const std::int64_t sketches = total_sketches();
            if (budget.programs > 0 && sketches >= budget.programs) result.stopped = "programs";
            if (found_after >= 0 && total_work() >= found_after * (1 + more_times) + more_work) result.stopped = "found";
            if (*result.stopped) break;
        }
        // The one that has had least to do: steps differ.
        DrawingSketches* next = nullptr;
        for (DrawingSketches& search : searches)
            if (!search.done() && (!next || search.work() < next->work())) next = &search;
        if (!next) {
            result.stopped = result.solutions.empty() ? "exhausted" : "found";
            break;
        }
        next->step();
        for (Found& found : next->found()) {
            if (result.found_cpu_seconds < 0) result.found_cpu_seconds = thread_seconds() - started;
            if (found_after < 0) found_after = total_work();
            const bool known = std::any_of(result.solutions.begin(), result.solutions.end(),
                                           [&](const Found& each) { return each.program == found.program; });
            if (known) continue;
            result.solutions.push_back(std::move(found));
            std::stable_sort(result.solutions.begin(), result.solutions.end(),
                             [](const Found& left, const Found& right) { return left.cost < right.cost; });
            if (result.solutions.size() > keep) result.solutions.resize(keep);
            best = std::min(best, result.solutions.front().cost);
            for (DrawingSketches& search : searches) search.set_limit(best + budget.slack_nats);
        }
        next->found().clear();
    }
    result.programs = total_sketches();
    return result;
}

}  // namespace wakesleep
