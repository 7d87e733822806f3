// A primitive that is a Python function.
//
// It is taken for pure. Calls on equal arguments are remembered within bounds, where the arguments are no functions and
// have no type variables. A call that takes too long is stopped (watchdog.hpp), and each stop halves what the next may take.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <map>

#include "call_memo.hpp"
#include "foreign.hpp"
#include "python_forms.hpp"
#include "watchdog.hpp"

namespace wakesleep {

class PythonPrimitive : public Foreign {
  public:
    /// `cpu_seconds`: that one call may take. With the GIL. Throws EngineError for a type that can't cross to Python, and
    /// where one without arguments gives no value.
    PythonPrimitive(nanobind::object function, Type type, double cpu_seconds);
    ~PythonPrimitive() override;
    PythonPrimitive(const PythonPrimitive&) = delete;
    PythonPrimitive& operator=(const PythonPrimitive&) = delete;

    Type type() const override { return type_; }
    Word constant() const override { return constant_; }
    /// Takes the GIL where the answer isn't remembered.
    Word call(Machine& machine, const Word* arguments) override;

    // For people to look at; with the GIL.
    double cpu_seconds() const { return cpu_seconds_.load(); }
    std::int64_t calls() const { return calls_; }
    const std::map<std::string, std::int64_t>& problems() const { return problems_; }
    std::string last_problem() const;

  private:
    /// What a call of Python came to.
    struct Given {
        Word word = 0;
        Failure failure = Failure::none;
        bool lasting = true;  // would be the same again
    };

    Given ask(Arena& arena, Machine* machine, const Word* arguments);
    Given ask_with_gil(Arena& arena, Machine* machine, const Word* arguments);
    Given explain(const Watchdog::Call& watched);
    Given note(Failure failure, std::string problem, bool lasting = true);
    /// Fuel for what crosses: the same for equal calls, remembered or not.
    std::int64_t weight(const Word* arguments, Word result) const;

    nanobind::object function_;
    Type type_;
    std::vector<Form> arguments_;
    Form result_;
    bool remembers_, opens_;  // calls on equal arguments; a call that values and functions belong to
    std::atomic<double> cpu_seconds_;
    double least_cpu_seconds_;
    CallMemo memo_;
    std::unique_ptr<Arena> own_;  // of one without arguments
    Word constant_ = 0;
    // The GIL guards these.
    std::int64_t calls_ = 0;
    std::map<std::string, std::int64_t> problems_;
    nanobind::object last_exception_;
    std::string last_problem_;
};

}  // namespace wakesleep
