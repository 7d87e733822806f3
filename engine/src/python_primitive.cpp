#include "python_primitive.hpp"

#include <array>
#include <chrono>

#include "error.hpp"

namespace nb = nanobind;

namespace wakesleep {

namespace {

/// What a call of Python takes, in the machine's instructions: for the search's clock, not for fuel.
constexpr std::int64_t nanoseconds_per_instruction = 10;
/// A primitive that was stopped again and again may still take this part of its time, and so many seconds.
constexpr double least_share = 1.0 / 32, least_seconds = 0.01;
constexpr std::size_t constant_bytes = std::size_t(1) << 20;

bool on_main_thread() {
    static const unsigned long main_thread = PyThread_get_thread_ident();  // the first to make a primitive
    return PyThread_get_thread_ident() == main_thread;
}

class Stopwatch {
  public:
    std::int64_t instructions() const {
        return std::chrono::nanoseconds(std::chrono::steady_clock::now() - began_).count() / nanoseconds_per_instruction;
    }

  private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

PythonPrimitive::PythonPrimitive(nb::object function, Type type, double cpu_seconds)
    : function_(std::move(function)), type_(Canonical().rename(type)), result_(Form::of(type_.returns(), false)),
      cpu_seconds_(cpu_seconds), least_cpu_seconds_(std::min(cpu_seconds, std::max(least_seconds, cpu_seconds * least_share))) {
    if (!PyCallable_Check(function_.ptr())) throw EngineError("a primitive is something that can be called");
    if (!(cpu_seconds > 0) || !(cpu_seconds <= 3600)) throw EngineError("cpu_seconds is above 0 and at most 3,600");
    for (Type argument : type_.arguments()) arguments_.push_back(Form::of(argument, true));
    if (arguments_.size() > max_arguments) throw EngineError("a primitive takes at most 15 arguments");
    remembers_ = result_.is_ground();
    for (const Form& argument : arguments_) remembers_ = remembers_ && argument.is_ground();
    opens_ = !remembers_;
    on_main_thread();
    if (!arguments_.empty()) return;
    if (!result_.is_ground()) throw EngineError("a primitive without arguments can't have the type " + type_.to_string());
    own_ = std::make_unique<Arena>(constant_bytes);
    const Given given = ask(*own_, nullptr, nullptr);
    if (given.failure != Failure::none) throw EngineError("it gives no value: " + last_problem());
    constant_ = given.word;
}

PythonPrimitive::~PythonPrimitive() = default;

Word PythonPrimitive::call(Machine& machine, const Word* arguments) {
    thread_local Words key;
    key.clear();
    bool short_enough = remembers_;
    for (std::size_t i = 0; i < arguments_.size() && short_enough; ++i) short_enough = write_words(arguments_[i], arguments[i], key);
    Given given;
    const bool known = short_enough && memo_.find(key, [&](const CallMemo::Known& remembered) {
        const Word* words = remembered.result.data();
        given.failure = remembered.failure;
        if (given.failure == Failure::none) given.word = read_words(result_, words, machine);
    });
    if (!known) {
        const Stopwatch stopwatch;
        // The function may call this primitive again, on this thread.
        const Words asked = short_enough ? key : Words();
        given = ask(machine.arena(), &machine, arguments);
        CallMemo::Known found{given.failure, {}};
        if (short_enough && given.lasting && (given.failure != Failure::none || write_words(result_, given.word, found.result)))
            memo_.keep(asked, std::move(found));
        machine.add_outside(stopwatch.instructions());
    }
    if (machine.failure() != Failure::none) return 0;
    if (given.failure != Failure::none) return machine.fail(given.failure);
    machine.burn(weight(arguments, given.word));
    return given.word;
}

PythonPrimitive::Given PythonPrimitive::ask(Arena& arena, Machine* machine, const Word* arguments) {
    const PyGILState_STATE gil = take_gil();
    Given given;
    try {
        given = ask_with_gil(arena, machine, arguments);
    } catch (const std::exception&) {  // no memory for what crosses
        given = {0, Failure::memory, false};
    }
    PyGILState_Release(gil);
    return given;
}

PythonPrimitive::Given PythonPrimitive::ask_with_gil(Arena& arena, Machine* machine, const Word* arguments) {
    const Watchdog::Call watched(cpu_seconds_.load(std::memory_order_relaxed));
    ++calls_;
    const auto open = opens_ ? std::make_shared<OpenCall>(OpenCall{machine, PyThread_get_thread_ident()}) : nullptr;
    std::array<PyObject*, max_arguments + 1> objects{};  // the first place is for the callee's use
    bool made = true;
    for (std::size_t i = 0; i < arguments_.size() && made; ++i)
        made = (objects[i + 1] = to_python(arguments_[i], arguments[i], open));
    PyObject* given = !made ? nullptr
                            : PyObject_Vectorcall(function_.ptr(), objects.data() + 1,
                                                  arguments_.size() | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    for (std::size_t i = 0; i < arguments_.size(); ++i) Py_XDECREF(objects[i + 1]);
    PythonReader reader(arena, open.get());
    const Word word = given ? reader.read(result_, given) : 0;
    if (open) open->machine = nullptr;
    Given answer{word};
    if (machine && machine->failure() != Failure::none) {
        PyErr_Clear();
        answer = {0, machine->failure(), false};  // of a function it called: whatever it made of that
    } else if (!given)
        answer = explain(watched);
    else if (reader.failure() != Failure::none)
        answer = note(reader.failure(), "gave " + reader.problem(), reader.failure() != Failure::memory);
    Py_XDECREF(given);
    return answer;
}

PythonPrimitive::Given PythonPrimitive::explain(const Watchdog::Call& watched) {
    nb::python_error error;  // takes it
    if (error.matches(nb::handle(Watchdog::get().exception()))) {
        const double most = cpu_seconds_.load();
        cpu_seconds_.store(std::max(least_cpu_seconds_, most / 2));
        // Within another primitive's call, the time was that one's: these arguments may be innocent.
        return note(Failure::stopped, "stopped after " + std::to_string(most) + " CPU seconds", watched.outermost());
    }
    const bool interrupted = error.matches(PyExc_KeyboardInterrupt) && on_main_thread();
    if (interrupted) PyErr_SetInterrupt();  // meant for whoever waits for the search
    last_exception_ = nb::borrow(error.value());
    PyException_SetTraceback(last_exception_.ptr(), Py_None);
    return note(Failure::raised, "", !interrupted && !error.matches(PyExc_MemoryError));
}

PythonPrimitive::Given PythonPrimitive::note(Failure failure, std::string problem, bool lasting) {
    ++problems_[reason_of(failure)];
    if (!problem.empty()) last_exception_.reset();
    last_problem_ = std::move(problem);
    return {0, failure, lasting};
}

std::string PythonPrimitive::last_problem() const {
    if (!last_exception_.is_valid()) return last_problem_;
    const std::string type = nb::inst_name(last_exception_).c_str();
    PyObject* text = PyObject_Str(last_exception_.ptr());
    if (!text) {
        PyErr_Clear();
        return type;
    }
    return type + ": " + nb::steal<nb::str>(text).c_str();
}

std::int64_t PythonPrimitive::weight(const Word* arguments, Word result) const {
    const auto length = [](const Form& form, Word word) {
        return form.kind == Form::Kind::list || form.kind == Form::Kind::text ? length_of(as_list(word)) : 0;
    };
    std::int64_t elements = length(result_, result);
    for (std::size_t i = 0; i < arguments_.size(); ++i) elements += length(arguments_[i], arguments[i]);
    return elements / 8;
}

}  // namespace wakesleep
