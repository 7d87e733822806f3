// Python's view of grammars, search and the typed decoder.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "decoder.hpp"
#include "error.hpp"
#include "python_values.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace wakesleep {

namespace {

using Weights = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Tokens = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::vector<std::pair<Term, double>> pairs(const std::vector<Found>& found) {
    std::vector<std::pair<Term, double>> pairs;
    for (const Found& one : found) pairs.emplace_back(one.program, one.cost);
    return pairs;
}

std::size_t unsigned_size(int size) { return static_cast<std::size_t>(size); }

nb::tuple count(const std::shared_ptr<const Language>& language, const std::vector<Term>& terms,
                const std::vector<Type>& requests, const std::vector<double>& weights, bool itself_apart) {
    if (terms.size() != requests.size() || terms.size() != weights.size())
        throw EngineError("terms, requests and weights must have one length");
    const Contexts contexts(*language);
    const std::size_t rows = unsigned_size(contexts.count()), columns = language->productions().size() + 1;
    Counts counts{std::vector<double>(rows * columns, 0), std::vector<double>(rows * columns, 0)};
    std::vector<bool> derived;
    {
        nb::gil_scoped_release released;
        for (std::size_t i = 0; i < terms.size(); ++i)
            derived.push_back(count_choices(*language, contexts, terms[i], requests[i], weights[i], itself_apart, counts));
    }
    for (std::size_t i = 0; i < terms.size(); ++i)
        if (!derived[i])
            throw EngineError(terms[i].to_string() + " isn't an η-long program of type " + requests[i].to_string() +
                              " in this language");
    return nb::make_tuple(array_of(std::move(counts.uses), {rows, columns}),
                          array_of(std::move(counts.possible), {rows, columns}));
}

std::vector<SearchResult> search_many(const Grammar& grammar, Type request, nb::sequence tasks, const Budget& budget,
                                      const Cancellation* cancellation, const SearchConfig& config,
                                      const Likelihood& likelihood) {
    std::vector<Examples> read;
    for (nb::handle task : tasks) read.push_back(examples_from(task));
    const auto flag = cancellation ? cancellation->flag : nullptr;
    nb::gil_scoped_release released;
    return search(grammar, request, read, budget, config, likelihood, flag.get());
}

template <class Enum>
Enum named(const std::string& name, std::initializer_list<const char*> names, const char* what) {
    std::string known;
    int place = 0;
    for (const char* each : names) {
        if (name == each) return static_cast<Enum>(place);
        known += (place++ ? ", " : "") + std::string(each);
    }
    throw EngineError(std::string(what) + " is one of " + known + ", not '" + name + "'");
}

const char* order_name(Order order) { return order == Order::windows ? "windows" : "best_first"; }
const char* equivalence_name(Equivalence equivalence) {
    return equivalence == Equivalence::none ? "none" : equivalence == Equivalence::closed ? "closed" : "sampled";
}

}  // namespace

void bind_grammar(nb::module_& module) {
    nb::class_<Budget>(module, "Budget", "When a search ends; 0 leaves a bound out.")
        .def("__init__", [](Budget* made, double cpu_seconds, std::int64_t programs, double nats, double start_nats,
                            double slack_nats, std::size_t bytes, int keep) {
            if (!(cpu_seconds >= 0) || programs < 0 || !(nats >= 0) || !(start_nats >= 0) || !(slack_nats >= 0) || keep < 1)
                throw EngineError("a budget's bounds can't be negative, and keep is at least 1");
            if (cpu_seconds == 0 && programs == 0 && nats == 0)
                throw EngineError("a budget needs a bound: cpu_seconds, programs or nats");
            new (made) Budget{cpu_seconds, programs, nats, start_nats, slack_nats, bytes, keep};
        }, nb::kw_only(), "cpu_seconds"_a = 1.0, "programs"_a = 0, "nats"_a = 0.0, "start_nats"_a = 0.0, "slack_nats"_a = 1.5,
           "bytes"_a = Budget().bytes, "keep"_a = 5)
        .def_ro("cpu_seconds", &Budget::cpu_seconds)
        .def_ro("programs", &Budget::programs)
        .def_ro("nats", &Budget::nats)
        .def_ro("start_nats", &Budget::start_nats)
        .def_ro("slack_nats", &Budget::slack_nats)
        .def_ro("bytes", &Budget::bytes)
        .def_ro("keep", &Budget::keep);

    nb::class_<SearchConfig>(module, "SearchConfig",
                             "How to search. Only 'sampled' equivalence may lose a solution; the rest changes speed alone.")
        .def("__init__", [](SearchConfig* made, const std::string& order, const std::string& equivalence,
                            bool completion_bounds, bool equations, int threads, int samples, bool foresight,
                            bool divergence) {
            new (made) SearchConfig{named<Order>(order, {"windows", "best_first"}, "order"),
                                    named<Equivalence>(equivalence, {"none", "closed", "sampled"}, "equivalence"),
                                    {completion_bounds, equations, divergence}, threads, samples, foresight};
        }, nb::kw_only(), "order"_a = "windows", "equivalence"_a = "closed", "completion_bounds"_a = true,
           "equations"_a = true, "threads"_a = 1, "samples"_a = SearchConfig().samples,
           "foresight"_a = true, "divergence"_a = true)
        .def_prop_ro("order", [](const SearchConfig& config) { return order_name(config.order); })
        .def_prop_ro("equivalence", [](const SearchConfig& config) { return equivalence_name(config.equivalence); })
        .def_prop_ro("completion_bounds", [](const SearchConfig& config) { return config.pruning.completion_bounds; })
        .def_prop_ro("equations", [](const SearchConfig& config) { return config.pruning.equations; })
        .def_ro("threads", &SearchConfig::threads)
        .def_ro("samples", &SearchConfig::samples)
        .def_ro("foresight", &SearchConfig::foresight)
        .def_prop_ro("divergence", [](const SearchConfig& config) { return config.pruning.divergence; });

    nb::class_<Cancellation>(module, "Cancellation", "Ends a running search from another thread.")
        .def(nb::init<>())
        .def("cancel", [](Cancellation& self) { self.flag->store(true); })
        .def_prop_ro("cancelled", [](const Cancellation& self) { return self.flag->load(); });

    nb::class_<SearchResult>(module, "SearchResult")
        .def_prop_ro("solutions", [](const SearchResult& result) { return pairs(result.solutions); },
                     "Programs with their cost in nats; the best come first, by cost and likelihood together.")
        .def_prop_ro("log_likelihoods", [](const SearchResult& result) {
            std::vector<double> fits;
            for (const Found& found : result.solutions) fits.push_back(found.log_likelihood);
            return fits;
        }, "Of the examples under each solution, in nats against a perfect fit.")
        .def_ro("programs", &SearchResult::programs, "Enumerated, for all tasks of the search together.")
        .def_ro("cpu_seconds", &SearchResult::cpu_seconds, "Of all threads, for all tasks together.")
        .def_ro("found_cpu_seconds", &SearchResult::found_cpu_seconds, "Until the first solution; -1 without one.")
        .def_ro("bank_completions", &SearchResult::bank_completions)
        .def_ro("bank_bytes", &SearchResult::bank_bytes)
        .def_ro("bank_full", &SearchResult::bank_full, "The bank reached its share of the bytes and grew no more.")
        .def_ro("explored_nats", &SearchResult::explored_nats, "Every cheaper program was tried.")
        .def_ro("stopped", &SearchResult::stopped);

    nb::class_<Grammar>(module, "Grammar", "Weighted productions: P[program | grammar] of η-long programs.")
        .def("__init__", [](Grammar* made, std::shared_ptr<Language> language, Weights weights) {
            new (made) Grammar(std::move(language), std::vector<double>(weights.data(), weights.data() + weights.size()),
                               static_cast<int>(weights.shape(0)));
        }, "language"_a, "weights"_a)
        .def_static("uniform", [](std::shared_ptr<Language> language) {
            std::vector<double> weights(language->productions().size() + 1, 0);
            return std::make_shared<Grammar>(std::move(language), std::move(weights), 1);
        }, "language"_a)
        .def_static("contexts", [](const Language& language) {
            std::vector<std::pair<int, int>> contexts{{-1, 0}, {-1, 1}};
            for (std::size_t i = 0; i < language.productions().size(); ++i)
                for (std::size_t k = 0; k < language.productions()[i].arguments.size(); ++k)
                    contexts.emplace_back(static_cast<int>(i), static_cast<int>(k));
            return contexts;
        }, "language"_a)
        .def_static("count", &count, "language"_a, "terms"_a, "requests"_a, "weights"_a, "itself_apart"_a = true)
        .def_prop_ro("language", [](const Grammar& grammar) { return std::const_pointer_cast<Language>(grammar.language()); })
        .def_prop_ro("weights", [](const Grammar& grammar) {
            return array_of(grammar.weights(), {unsigned_size(grammar.rows()), unsigned_size(grammar.columns())});
        })
        .def_prop_ro("contextual", &Grammar::contextual)
        .def("log_likelihood", &Grammar::log_likelihood, "term"_a, "request"_a, nb::call_guard<nb::gil_scoped_release>())
        .def("sample", &Grammar::sample, "request"_a, "count"_a, "seed"_a, "max_nodes"_a = 40,
             nb::call_guard<nb::gil_scoped_release>())
        .def("enumerate", [](const Grammar& grammar, Type request, double lower, double upper, std::int64_t limit,
                             bool equations) {
            return pairs(enumerate(grammar, request, lower, upper, limit, equations));
        }, "request"_a, "lower_nats"_a, "upper_nats"_a, "limit"_a, "equations"_a = false,
             nb::call_guard<nb::gil_scoped_release>())
        .def("count_windows", [](const Grammar& grammar, Type request, double max_nats, const Type* continuation,
                                 bool equations) {
            const Type wanted = continuation ? *continuation : Type();
            nb::gil_scoped_release released;
            return count_windows(grammar, request, max_nats, wanted, equations);
        }, "request"_a, "max_nats"_a, "continuation"_a.none() = nb::none(), "equations"_a = false)
        .def("search", [](const Grammar& grammar, Type request, nb::sequence examples, const Budget& budget,
                          const Cancellation* cancellation, const SearchConfig& config, const Likelihood& likelihood) {
            return search_many(grammar, request, nb::borrow<nb::sequence>(nb::make_tuple(examples)), budget, cancellation,
                               config, likelihood).front();
        }, "request"_a, "examples"_a, "budget"_a, "cancellation"_a.none() = nb::none(), "config"_a = SearchConfig(),
           "likelihood"_a = Likelihood())
        .def("search_many", &search_many, "request"_a, "tasks"_a, "budget"_a, "cancellation"_a.none() = nb::none(),
             "config"_a = SearchConfig(), "likelihood"_a = Likelihood())
        .def("behaviours", [](const Grammar& grammar, Type request, nb::sequence inputs, const Budget& budget,
                              const Cancellation* cancellation) {
            const auto rows = inputs_from(inputs);
            const auto flag = cancellation ? cancellation->flag : nullptr;
            nb::gil_scoped_release released;
            return pairs(behaviours(grammar, request, rows, budget, flag.get()));
        }, "request"_a, "inputs"_a, "budget"_a, "cancellation"_a.none() = nb::none());

    nb::class_<TypedDecoder>(module, "TypedDecoder", "Partial programs grown token by token, always well typed.")
        .def("__init__", [](TypedDecoder* made, std::shared_ptr<Language> language, Type request, int count,
                            int max_variables, int max_nodes) {
            new (made) TypedDecoder(std::move(language), request, count, max_variables, max_nodes);
        }, "language"_a, "request"_a, "count"_a, "max_variables"_a = 10, "max_nodes"_a = 40)
        .def_prop_ro("done", &TypedDecoder::done)
        .def("masks", [](TypedDecoder& decoder) {
            std::vector<std::uint8_t> masks(unsigned_size(decoder.count()) * unsigned_size(decoder.tokens()));
            decoder.masks(masks.data());
            return array_of(std::move(masks), {unsigned_size(decoder.count()), unsigned_size(decoder.tokens())});
        })
        .def("contexts", [](const TypedDecoder& decoder) {
            std::vector<std::int64_t> contexts(unsigned_size(decoder.count()));
            decoder.contexts(contexts.data());
            return array_of(std::move(contexts), {unsigned_size(decoder.count())});
        })
        .def("push", [](TypedDecoder& decoder, Tokens tokens) {
            if (tokens.size() != unsigned_size(decoder.count())) throw EngineError("push takes one token a row");
            decoder.push(tokens.data());
        }, "tokens"_a)
        .def("terms", [](const TypedDecoder& decoder) {
            nb::list terms;
            for (Term term : decoder.terms()) terms.append(term ? nb::cast(term) : nb::none());
            return terms;
        });

    module.def("trace", [](const Language& language, Term term, Type request, int max_variables) {
        Trace traced = trace(language, term, request, max_variables);
        const std::size_t nodes = traced.tokens.size(), tokens = language.productions().size() + unsigned_size(max_variables);
        return nb::make_tuple(array_of(std::move(traced.tokens), {nodes}), array_of(std::move(traced.contexts), {nodes}),
                              array_of(std::move(traced.masks), {nodes, tokens}));
    }, "language"_a, "term"_a, "request"_a, "max_variables"_a = 10,
       "A decoder's view of an η-long program: tokens, contexts, and masks of what was allowed at each node.");
}

}  // namespace wakesleep
