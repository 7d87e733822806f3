// The engine's error family. Bindings turn each into its Python counterpart at one boundary (bindings.cpp).
#pragma once

#include <stdexcept>
#include <string>

namespace wakesleep {

/// Base of everything the engine refuses: always about the caller's input, never about the machine's state.
struct EngineError : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// Text that is no type, term or program; the message carries line and column.
struct ParseError : EngineError {
    using EngineError::EngineError;
};

/// A term that has no type, or not the one asked for.
struct IllTyped : EngineError {
    using EngineError::EngineError;
};

/// A primitive that the language doesn't have.
struct UnknownName : EngineError {
    using EngineError::EngineError;
};

}  // namespace wakesleep
