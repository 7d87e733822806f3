// DreamCoder's textual form of terms: `(lambda (map (lambda (+ $0 1)) $0))`, `#(lambda ...)` for abstractions.
#include <cctype>

#include "reader.hpp"
#include "term.hpp"

namespace wakesleep {

namespace {

bool in_name(char c) { return !std::isspace(static_cast<unsigned char>(c)) && c != '(' && c != ')' && c != '\0'; }

Term read_term(Reader& reader);

/// A text constant: everything up to the closing quote.
Term read_text(Reader& reader) {
    const std::size_t start = reader.position();
    reader.take();
    while (!reader.at_end() && reader.peek() != '"') {
        if (reader.take() == '\\' && !reader.at_end()) reader.take();
    }
    if (reader.at_end()) reader.fail("a text constant without its closing quote");
    reader.take();
    if (in_name(reader.peek())) reader.fail("a text constant ends here, but '" + reader.here() + "' follows");
    return Term::primitive(reader.since(start));
}

Term read_word(Reader& reader) {
    const std::size_t start = reader.position();
    if (reader.peek() == '"') return read_text(reader);
    while (!reader.at_end() && in_name(reader.peek())) reader.take();
    const std::string word(reader.since(start));
    if (word.empty()) reader.fail("expected a term but found '" + reader.here() + "'");
    if (word[0] != '$') return Term::primitive(word);
    if (word.size() == 1 || word.size() > 5 || word.find_first_not_of("0123456789", 1) != std::string::npos)
        reader.fail("'" + word + "' is no variable: write $0, $1, …");
    return Term::index_of(std::stoi(word.substr(1)));
}

bool takes_lambda(Reader& reader) {
    for (std::string_view word : {"lambda", "lam", "λ"}) {
        bool here = true;
        for (std::size_t i = 0; i < word.size() && here; ++i) here = reader.peek(i) == word[i];
        if (here && !in_name(reader.peek(word.size()))) {
            for (std::size_t i = 0; i < word.size(); ++i) reader.take();
            return true;
        }
    }
    return false;
}

Term read_term(Reader& reader) {
    Reader::Nested nested(reader);
    reader.skip_space();
    if (reader.at_end()) reader.fail("expected a term but the text ends");
    if (reader.peek() == '#' && reader.peek(1) == '(') {
        reader.take();
        const Term body = read_term(reader);
        if (body.free_indices() > 0) reader.fail("an abstraction must be closed, but its body has a free variable");
        return Term::abstraction(body);
    }
    if (reader.peek() != '(') return read_word(reader);
    reader.take();
    reader.skip_space();
    if (takes_lambda(reader)) {
        const Term body = read_term(reader);
        reader.expect(')');
        return Term::lambda(body);
    }
    Term term = read_term(reader);
    for (reader.skip_space(); reader.peek() != ')'; reader.skip_space()) {
        if (reader.at_end()) reader.fail("expected ')' but the text ends");
        term = Term::apply(term, read_term(reader));
    }
    reader.take();
    return term;
}

void write(Term term, std::string& text, bool in_head) {
    switch (term.kind()) {
        case Kind::index: text += "$" + std::to_string(term.index()); break;
        case Kind::primitive: text += term.name(); break;
        case Kind::lambda:
            text += "(lambda ";
            write(term.body(), text, false);
            text += ")";
            break;
        case Kind::abstraction: {
            // An abstraction's body is a single atom or already in parentheses; an atom gets its own.
            const bool atom = term.body().kind() != Kind::lambda && term.body().kind() != Kind::application;
            text += atom ? "#(" : "#";
            write(term.body(), text, false);
            text += atom ? ")" : "";
            break;
        }
        case Kind::application:
            if (!in_head) text += "(";
            write(term.function(), text, true);
            text += " ";
            write(term.argument(), text, false);
            if (!in_head) text += ")";
            break;
    }
}

}  // namespace

Term Term::parse(std::string_view text) {
    Reader reader(text);
    try {
        const Term term = read_term(reader);
        reader.skip_space();
        if (!reader.at_end()) reader.fail("the term ends here, but more text follows");
        return term;
    } catch (const ParseError&) {
        throw;
    } catch (const EngineError& error) {  // a reserved word, or a term beyond the limits: say where
        reader.fail(error.what());
    }
}

std::string Term::to_string() const {
    std::string text;
    write(*this, text, false);
    return text;
}

}  // namespace wakesleep
