#include "python_forms.hpp"

#include <array>
#include <bit>

#include "error.hpp"

namespace nb = nanobind;

namespace wakesleep {

Form Form::of(Type type, bool functions) {
    Form form;
    if (type.is_variable()) {
        form.kind = Kind::variable;
        form.variable = type.variable_index();
        return form;
    }
    if (type.is_arrow()) {
        if (!functions)
            throw EngineError("the type " + type.to_string() + " can't cross to Python here: only arguments are functions, " +
                              "and those of no functions");
        form.kind = Kind::function;
        for (Type argument : type.arguments()) form.parts.push_back(of(argument, false));
        form.parts.push_back(of(type.returns(), false));
        return form;
    }
    constexpr std::pair<const char*, Kind> scalars[] = {
        {"int", Kind::integer}, {"bool", Kind::boolean}, {"real", Kind::real}, {"char", Kind::character}};
    for (const auto& [name, kind] : scalars) {
        if (type.name() != name || !type.parameters().empty()) continue;
        form.kind = kind;
        return form;
    }
    if (type.name() != "list" || type.parameters().size() != 1)
        throw EngineError("values of type " + type.to_string() +
                          " can't cross to Python: use int, bool, real, char, list(...) and type variables");
    Form element = of(type.parameters()[0], false);
    form.kind = element.kind == Kind::character ? Kind::text : Kind::list;
    form.parts.push_back(std::move(element));
    return form;
}

bool Form::is_ground() const {
    if (kind == Kind::variable || kind == Kind::function) return false;
    for (const Form& part : parts)
        if (!part.is_ground()) return false;
    return true;
}

bool write_words(const Form& form, Word word, Words& words) {
    if (form.parts.empty()) {
        words.push_back(word);
        return words.size() <= CallMemo::max_words;
    }
    words.push_back(length_of(as_list(word)));
    if (words.size() + static_cast<std::size_t>(words.back()) > CallMemo::max_words) return false;
    for (const Cell* cell = as_list(word); cell; cell = cell->tail)
        if (!write_words(form.parts[0], cell->head, words)) return false;
    return true;
}

Word read_words(const Form& form, const Word*& words, Machine& machine) {
    const Word first = *words++;
    if (form.parts.empty() || first == 0) return first;
    auto* list = static_cast<Cell*>(machine.arena().take(sizeof(Cell) * static_cast<std::size_t>(first)));
    if (!list) return machine.fail(Failure::memory);
    for (Word i = 0; i < first; ++i) {
        const Word head = read_words(form.parts[0], words, machine);
        if (machine.failure() != Failure::none) return 0;
        list[i] = {head, i + 1 < first ? list + i + 1 : nullptr, first - i};
    }
    return as_word(list);
}

PyObject* to_python(const Form& form, Word word, const std::shared_ptr<OpenCall>& call) {
    switch (form.kind) {
        case Form::Kind::integer: return PyLong_FromLongLong(word);
        case Form::Kind::boolean: return PyBool_FromLong(word != 0);
        case Form::Kind::real: return PyFloat_FromDouble(as_real(word));
        case Form::Kind::character: return PyUnicode_FromOrdinal(static_cast<int>(word));
        case Form::Kind::text: {
            std::u32string text;
            for (const Cell* cell = as_list(word); cell; cell = cell->tail) text.push_back(static_cast<char32_t>(cell->head));
            int order = std::endian::native == std::endian::little ? -1 : 1;  // given: no mark of it is looked for
            return PyUnicode_DecodeUTF32(reinterpret_cast<const char*>(text.data()),
                                         static_cast<Py_ssize_t>(text.size() * sizeof(char32_t)), nullptr, &order);
        }
        case Form::Kind::variable: return nb::cast(Opaque{word, form.variable, call}).release().ptr();
        case Form::Kind::function: return nb::cast(ProgramFunction{word, &form, call}).release().ptr();
        default: break;
    }
    PyObject* list = PyList_New(static_cast<Py_ssize_t>(length_of(as_list(word))));
    Py_ssize_t i = 0;
    for (const Cell* cell = as_list(word); list && cell; cell = cell->tail) {
        PyObject* item = to_python(form.parts[0], cell->head, call);
        if (!item) {
            Py_DECREF(list);
            return nullptr;
        }
        PyList_SetItem(list, i++, item);
    }
    return list;
}

nb::object ProgramFunction::apply(nb::args arguments) const {
    if (!call->machine || PyThread_get_thread_ident() != call->thread)
        throw nb::type_error("a program's function can only be called while the primitive runs that it was handed to");
    Machine& machine = *call->machine;
    if (machine.failure() != Failure::none) throw ProgramFailed(reason_of(machine.failure()));
    const std::size_t count = form->parts.size() - 1;
    if (arguments.size() != count)
        throw nb::type_error(("the function takes " + std::to_string(count) + " arguments").c_str());
    std::array<Word, Reference::max_lambdas> words;
    PythonReader reader(machine.arena(), call.get());
    for (std::size_t i = 0; i < count; ++i) {
        words[i] = reader.read(form->parts[i], arguments[i].ptr());
        if (reader.failure() != Failure::none) throw nb::type_error(reader.problem().c_str());
    }
    const Word result = machine.call(function, words.data(), static_cast<int>(count));
    if (machine.failure() != Failure::none) throw ProgramFailed(reason_of(machine.failure()));
    PyObject* given = to_python(form->parts.back(), result, call);
    if (!given) throw nb::python_error();
    return nb::steal(given);
}

Word PythonReader::read(const Form& form, PyObject* object) {
    failure_ = Failure::none;
    switch (form.kind) {
        case Form::Kind::integer: return read_integer(object);
        case Form::Kind::boolean:
            if (PyBool_Check(object)) return object == Py_True;
            return refuse(Failure::wrong_type, std::string(nb::inst_name(object).c_str()) + " where bool is wanted");
        case Form::Kind::real: return read_real(object);
        case Form::Kind::character: return read_text(object, true);
        case Form::Kind::text: return read_text(object, false);
        case Form::Kind::list: return read_list(form.parts[0], object);
        case Form::Kind::variable: {
            const nb::handle handle(object);
            const Opaque* opaque = nb::isinstance<Opaque>(handle) ? nb::inst_ptr<Opaque>(handle) : nullptr;
            if (!opaque || opaque->variable != form.variable || opaque->call.get() != call_)
                return refuse(Failure::wrong_type, "something else where a value of t" + std::to_string(form.variable) +
                                                       " is wanted, as this call was handed them");
            return opaque->word;
        }
        default: return refuse(Failure::wrong_type, "a function can't be given back");
    }
}

Word PythonReader::refuse(Failure failure, std::string problem) {
    failure_ = failure;
    problem_ = std::move(problem);
    return 0;
}

Word PythonReader::read_integer(PyObject* object) {
    if (!PyLong_Check(object) || PyBool_Check(object))
        return refuse(Failure::wrong_type, std::string(nb::inst_name(object).c_str()) + " where int is wanted");
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow || number > max_integer || number < -max_integer) return refuse(Failure::overflow, "an integer beyond ±2^62");
    return number;
}

Word PythonReader::read_real(PyObject* object) {
    if (PyLong_Check(object) && !PyBool_Check(object)) {
        const Word number = read_integer(object);
        return failure_ == Failure::none ? real_word(static_cast<double>(number)) : 0;
    }
    if (!PyFloat_Check(object))
        return refuse(Failure::wrong_type, std::string(nb::inst_name(object).c_str()) + " where float is wanted");
    const double real = PyFloat_AsDouble(object);
    if (std::isnan(real)) return refuse(Failure::domain, "a float that is no number");
    if (!std::isfinite(real)) return refuse(Failure::overflow, "an infinite float");
    return real_word(real);
}

Word PythonReader::read_text(PyObject* object, bool character) {
    if (!PyUnicode_Check(object))
        return refuse(Failure::wrong_type, std::string(nb::inst_name(object).c_str()) + " where str is wanted");
    const Py_ssize_t length = PyUnicode_GetLength(object);
    if (character && length != 1) return refuse(Failure::wrong_type, "a text where one character is wanted");
    Cell* list = character ? nullptr : cells(length);
    if (failure_ != Failure::none) return 0;
    for (Py_ssize_t i = 0; i < length; ++i) {
        const Py_UCS4 letter = PyUnicode_ReadChar(object, i);
        if (letter >= 0xD800 && letter <= 0xDFFF) return refuse(Failure::wrong_type, "half a character (a lone surrogate)");
        if (character) return static_cast<Word>(letter);
        list[i] = {static_cast<Word>(letter), i + 1 < length ? list + i + 1 : nullptr, length - i};
    }
    return as_word(list);
}

Word PythonReader::read_list(const Form& element, PyObject* object) {
    const bool list = PyList_Check(object);
    if (!list && !PyTuple_Check(object))
        return refuse(Failure::wrong_type, std::string(nb::inst_name(object).c_str()) + " where list is wanted");
    const Py_ssize_t length = list ? PyList_Size(object) : PyTuple_Size(object);
    Cell* made = cells(length);
    for (Py_ssize_t i = 0; i < length && failure_ == Failure::none; ++i) {
        const Word head = read(element, list ? PyList_GetItem(object, i) : PyTuple_GetItem(object, i));
        made[i] = {head, i + 1 < length ? made + i + 1 : nullptr, length - i};
    }
    return failure_ == Failure::none ? as_word(made) : 0;
}

Cell* PythonReader::cells(Py_ssize_t count) {
    if (count == 0) return nullptr;
    auto* made = static_cast<Cell*>(arena_.take(sizeof(Cell) * static_cast<std::size_t>(count)));
    if (!made) refuse(Failure::memory, "more than the memory of a program's values");
    return made;
}

}  // namespace wakesleep
