// The Python module engine._engine: errors, values, and the order in which the parts are bound.
#include "python_values.hpp"

#include <bit>

#include "error.hpp"

namespace nb = nanobind;

namespace wakesleep {

namespace {

constexpr int max_value_nesting = 50;
constexpr std::size_t max_list_length = 1'000'000;

std::u32string text_from(nb::handle object) {
    const Py_ssize_t length = PyUnicode_GetLength(object.ptr());
    if (static_cast<std::size_t>(length) > max_list_length) throw EngineError("a text has more than a million characters");
    std::u32string text;
    for (Py_ssize_t i = 0; i < length; ++i) {
        text.push_back(static_cast<char32_t>(PyUnicode_ReadChar(object.ptr(), i)));
        if (text.back() >= 0xD800 && text.back() <= 0xDFFF)
            throw EngineError("a text holds half a character (a lone surrogate)");
    }
    return text;
}

nb::object text_to(const std::u32string& text) {
    int order = std::endian::native == std::endian::little ? -1 : 1;  // given, so that no mark of it is looked for
    return nb::steal(PyUnicode_DecodeUTF32(reinterpret_cast<const char*>(text.data()),
                                           static_cast<Py_ssize_t>(text.size() * sizeof(char32_t)), nullptr, &order));
}

}  // namespace

Value value_from(nb::handle object, int depth) {
    if (depth > max_value_nesting)
        throw EngineError("a value is nested more than " + std::to_string(max_value_nesting) + " deep");
    Value value;
    if (PyBool_Check(object.ptr())) {
        value.kind = Value::Kind::boolean;
        value.number = object.ptr() == Py_True;
    } else if (PyLong_Check(object.ptr())) {
        int overflow = 0;
        value.number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
        if (overflow != 0) throw EngineError("an integer is beyond 64 bits");
    } else if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) {
        value.kind = Value::Kind::list;
        const auto sequence = nb::borrow<nb::sequence>(object);
        if (nb::len(sequence) > max_list_length) throw EngineError("a list has more than a million elements");
        for (nb::handle item : sequence) value.items.push_back(value_from(item, depth + 1));
    } else if (PyFloat_Check(object.ptr())) {
        value.kind = Value::Kind::real;
        value.real = PyFloat_AsDouble(object.ptr());
    } else if (PyUnicode_Check(object.ptr())) {
        value.kind = Value::Kind::text;
        value.text = text_from(object);
    } else {
        throw EngineError("values are int, bool, float, str or list, not " + std::string(nb::inst_name(object).c_str()));
    }
    return value;
}

nb::object value_to(const Value& value) {
    switch (value.kind) {
        case Value::Kind::integer: return nb::int_(value.number);
        case Value::Kind::boolean: return nb::bool_(value.number != 0);
        case Value::Kind::real: return nb::float_(value.real);
        case Value::Kind::text: return text_to(value.text);
        default: {
            nb::list list;
            for (const Value& item : value.items) list.append(value_to(item));
            return list;
        }
    }
}

std::vector<std::vector<Value>> inputs_from(nb::handle rows) {
    std::vector<std::vector<Value>> inputs;
    for (nb::handle row : rows) {
        if (!PyList_Check(row.ptr()) && !PyTuple_Check(row.ptr()))
            throw EngineError("each element of inputs is a tuple: one value for each argument of the request");
        inputs.push_back(value_from(row).items);
    }
    return inputs;
}

Examples examples_from(nb::handle examples) {
    Examples read;
    for (nb::handle example : nb::borrow<nb::sequence>(examples)) {
        if (!PyTuple_Check(example.ptr()) || nb::len(example) != 2)
            throw EngineError("each example is a pair: a tuple of inputs, and the output");
        read.push_back({value_from(example[0]).items, value_from(example[1])});
    }
    return read;
}

}  // namespace wakesleep

NB_MODULE(_engine, module) {
    using namespace wakesleep;
    module.doc() = "The typed lambda calculus as a machine.";
    // Handles held by modules at exit are not leaks worth a warning.
    nb::set_leak_warnings(false);
    const auto base = nb::exception<EngineError>(module, "EngineError", PyExc_ValueError);
    nb::exception<ParseError>(module, "ParseError", base.ptr());
    nb::exception<IllTyped>(module, "IllTyped", base.ptr());
    nb::exception<UnknownName>(module, "UnknownName", base.ptr());
    bind_primitives(module);
    bind_terms(module);
    bind_likelihood(module);
    bind_grammar(module);
    bind_abstraction(module);
    bind_description(module);
    bind_strings(module);
    bind_drawing(module);
    bind_towers(module);
}
