// Values as a primitive written in Python sees them.
//
// Integers, booleans, reals, characters, texts and lists are Python's own. A value of a type variable is opaque: it can be
// kept, put into lists, given back and handed to functions, but not looked at, so one function serves all types. A
// function is a callable, which runs its part of the program.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "call_memo.hpp"
#include "machine.hpp"

namespace wakesleep {

/// What a type is to Python.
struct Form {
    enum class Kind { integer, boolean, real, character, text, list, variable, function };

    Kind kind = Kind::integer;
    int variable = 0;         // which
    std::vector<Form> parts;  // a list's element; a function's arguments and then its result

    /// Throws EngineError for a type that can't cross: of other constructors, and functions but where `functions`.
    static Form of(Type type, bool functions);
    /// Whether its values can be written out as words.
    bool is_ground() const;
};

/// Writes a value of a ground type out; false beyond CallMemo::max_words.
bool write_words(const Form& form, Word word, Words& words);
/// The inverse. Null, and a failure of the machine, where its memory is full.
Word read_words(const Form& form, const Word*& words, Machine& machine);

/// The call in which Python was handed opaque values and functions, which end with it.
struct OpenCall {
    Machine* machine;  // null once it is over
    unsigned long thread;
};

struct Opaque {
    Word word;
    int variable;
    std::shared_ptr<OpenCall> call;
};

/// A function of a program, as a primitive calls it.
struct ProgramFunction {
    Word function;
    const Form* form;
    std::shared_ptr<OpenCall> call;

    nanobind::object apply(nanobind::args arguments) const;
};

/// Raised into a primitive that called a function which failed; the failure stays, whatever the primitive makes of it.
struct ProgramFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A new reference. The form must outlive the call.
PyObject* to_python(const Form& form, Word word, const std::shared_ptr<OpenCall>& call);

/// Reads what Python gave. Runs no Python code.
class PythonReader {
  public:
    PythonReader(Arena& arena, const OpenCall* call) : arena_(arena), call_(call) {}

    Word read(const Form& form, PyObject* object);
    /// Why the last value couldn't be read, or Failure::none.
    Failure failure() const { return failure_; }
    const std::string& problem() const { return problem_; }

  private:
    Word refuse(Failure failure, std::string problem);
    Word read_integer(PyObject* object);
    Word read_real(PyObject* object);
    Word read_text(PyObject* object, bool character);
    Word read_list(const Form& element, PyObject* object);
    Cell* cells(Py_ssize_t count);

    Arena& arena_;
    const OpenCall* call_;
    Failure failure_ = Failure::none;
    std::string problem_;
};

}  // namespace wakesleep
