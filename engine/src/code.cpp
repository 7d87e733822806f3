#include "code.hpp"

#include <algorithm>
#include <limits>
#include <numbers>

#include "error.hpp"
#include "recursion.hpp"
#include "tower.hpp"
#include "turtle.hpp"

namespace wakesleep {

Operation operation_of(std::string_view primitive) {
    static const std::unordered_map<std::string_view, Operation> operations = {
        {"map", Operation::map},         {"unfold", Operation::unfold},       {"range", Operation::range},
        {"index", Operation::index},     {"fold", Operation::fold},           {"length", Operation::length},
        {"if", Operation::if_},          {"+", Operation::add},               {"-", Operation::subtract},
        {"empty", Operation::empty},     {"cons", Operation::cons},           {"car", Operation::car},
        {"cdr", Operation::cdr},         {"empty?", Operation::is_empty},     {"0", Operation::zero},
        {"1", Operation::one},           {"*", Operation::multiply},          {"mod", Operation::modulo},
        {"gt?", Operation::greater},     {"eq?", Operation::equal},           {"is-prime", Operation::is_prime},
        {"is-square", Operation::is_square}, {"fix1", Operation::fix1},
        {"+.", Operation::add_reals},    {"-.", Operation::subtract_reals},   {"*.", Operation::multiply_reals},
        {"/.", Operation::divide_reals}, {"power", Operation::power},         {"zip", Operation::zip},
        {"char-eq?", Operation::same_character},
        {"tower_loopM", Operation::loop},          {"logo_forLoop", Operation::loop},
        {"1x3", Operation::build},                 {"3x1", Operation::build},
        {"left", Operation::go_left},              {"right", Operation::go_right},
        {"tower_embed", Operation::build_aside},   {"logo_FWRT", Operation::move},
        {"logo_GETSET", Operation::draw_aside},    {"logo_PT", Operation::pen_up},
        {"logo_ADDA", Operation::add},             {"logo_SUBA", Operation::subtract},
        {"logo_MULA", Operation::multiply},        {"logo_MULL", Operation::multiply},
        {"logo_DIVA", Operation::divide_measure},  {"logo_DIVL", Operation::divide_measure},
        {"str.++", Operation::string_concat},          {"str.at", Operation::string_at},
        {"str.substr", Operation::string_substring},   {"str.indexof", Operation::string_index_of},
        {"str.replace", Operation::string_replace},    {"str.len", Operation::string_length},
        {"str.from_int", Operation::string_from_integer}, {"str.to_int", Operation::string_to_integer},
        {"str.prefixof", Operation::string_prefix_of}, {"str.suffixof", Operation::string_suffix_of},
        {"str.contains", Operation::string_contains},
    };
    const auto found = operations.find(primitive);
    return found == operations.end() ? Operation::unevaluable : found->second;
}

void Pool::grow(std::size_t bytes) {
    const std::size_t size = std::max(bytes, std::min<std::size_t>(std::size_t(1) << 20, std::max<std::size_t>(4096, bytes_)));
    const std::size_t lines = (size + 15) / 16;
    blocks_.emplace_back(new Line[lines]);
    top_ = blocks_.back()[0].bytes;
    left_ = lines * 16;
    bytes_ += left_;
}

void Pool::clear() {
    blocks_.clear();
    top_ = nullptr;
    left_ = bytes_ = 0;
}

bool has_holes(const Node* program) {
    if (program->operation == Operation::hole) return true;
    if (program->operation == Operation::known) return false;
    for (int i = 0; i < program->arguments; ++i)
        if (has_holes(program->argument(i).node())) return true;
    return false;
}

Word value_of(const Constant& constant, Pool& pool) {
    if (const auto* real = std::get_if<double>(&constant)) return real_word(*real);
    const auto& text = std::get<std::u32string>(constant);
    Cell* list = nullptr;
    for (std::size_t i = text.size(); i-- > 0;)
        list = new (pool.take(sizeof(Cell))) Cell{static_cast<Word>(text[i]), list, length_of(list) + 1};
    return as_word(list);
}

std::vector<Node> CodeBook::production_nodes() {
    std::vector<Node> nodes;
    for (const Production& production : language_.productions()) {
        Node node;
        node.token = static_cast<std::int32_t>(nodes.size());
        node.arguments = static_cast<std::uint8_t>(production.arguments.size());
        if (production.term.kind() == Kind::abstraction) {
            node.operation = Operation::abstraction;
            node.operand = body(production.term).operand();
        } else {
            const Node head = head_of(production.name);
            node.operation = head.operation;
            node.operand = head.operand;
        }
        nodes.push_back(node);
    }
    return nodes;
}

Node CodeBook::head_of(const std::string& primitive) {
    static const std::unordered_map<std::string_view, Word> constants = {
        {"0.", real_word(0)}, {"1.", real_word(1)}, {"pi", real_word(std::numbers::pi)},
        {"'.'", '.'},         {"','", ','},         {"'-'", '-'},
        {"SPACE", ' '},       {"RPAREN", ')'},      {"LPAREN", '('},
        {"2", 2}, {"3", 3}, {"4", 4}, {"5", 5}, {"6", 6}, {"7", 7}, {"8", 8}, {"9", 9},
        {"logo_UL", measure_unit}, {"logo_ZL", 0}, {"logo_epsL", measure_unit / 20},
        {"logo_UA", measure_unit}, {"logo_ZA", 0}, {"logo_epsA", measure_unit / 40}, {"logo_IFTY", 20},
        // of blocks: what a tower gets
        {"1x3", BlockStep{0, 2, 6}.word()}, {"3x1", BlockStep{0, 6, 2}.word()},
    };
    Node node;
    if (Foreign* foreign = language_.foreign(primitive)) {  // before the operation of its name, which it replaces
        const bool constant = !foreign->type().is_arrow();
        node.operation = constant ? Operation::constant : Operation::foreign;
        node.operand = constant ? foreign->constant() : as_word(foreign);
        return node;
    }
    node.operation = operation_of(primitive);
    if (node.operation == Operation::build) node.operand = constants.at(primitive);
    if (node.operation != Operation::unevaluable) return node;
    if (const auto named = constants.find(primitive); named != constants.end()) {
        node.operation = Operation::constant;
        node.operand = named->second;
    } else if ((language_.real_hole() >= 0 && primitive == real_hole_name) ||
               (language_.text_hole() >= 0 && primitive == text_hole_name)) {
        node.operation = Operation::hole;
    } else if (const auto written = constant_of(primitive)) {
        node.operation = Operation::constant;
        node.operand = value_of(*written, pool_);
    }
    return node;
}

Reference CodeBook::body(Term abstraction) {
    const auto known = bodies_.find(abstraction);
    if (known != bodies_.end()) return known->second;
    const Reference code = assemble(language_.eta_long(abstraction.body(), language_.infer(abstraction.body())), 0);
    bodies_.emplace(abstraction, code);
    return code;
}

Reference CodeBook::assemble(Term term, int skip_lambdas) {
    for (; skip_lambdas > 0; --skip_lambdas) {
        if (term.kind() != Kind::lambda) throw EngineError("the program takes fewer arguments than were given");
        term = term.body();
    }
    return emit(term);
}

Reference CodeBook::emit(Term term) {
    Node head;
    int lambdas = 0;
    for (; term.kind() == Kind::lambda; term = term.body()) ++lambdas;
    std::vector<Term> arguments;
    const Term applied = spine(term, arguments);
    if (lambdas > Reference::max_lambdas || arguments.size() > std::numeric_limits<std::uint8_t>::max())
        throw EngineError("a function of more than 15 arguments, or more than 255 arguments at one place");
    head.arguments = static_cast<std::uint8_t>(arguments.size());
    if (applied.kind() == Kind::index) {
        head.operation = Operation::variable;
        head.operand = applied.index();
    } else if (applied.kind() == Kind::abstraction) {
        head.operation = Operation::abstraction;
        const Reference called = body(applied);
        head.operand = called.operand();
        if (head.arguments != called.lambdas())
            throw EngineError(applied.to_string() + " is applied to a function it returns: not supported");
    } else if (applied.kind() == Kind::primitive) {
        const int production = language_.find(applied);
        if (production < 0) throw UnknownName("the language has no primitive '" + applied.name() + "'");
        const Node known = head_of(applied.name());
        head.operation = known.operation;
        head.operand = known.operand;
        // η-long form saturates primitives; more arguments than that would apply a function the primitive returned,
        // which `fix1` alone may, and fewer can't be typed.
        const std::size_t wanted = language_.productions()[production].arguments.size();
        if (arguments.size() != wanted && !(head.operation == Operation::fix1 && arguments.size() > wanted))
            throw EngineError("'" + applied.name() + "' is applied to a function it returns: not supported");
    } else {
        throw EngineError("the program isn't in β-normal form");
    }
    Node* node = pool_.node(head);
    for (int i = 0; i < head.arguments; ++i) node->first()[i] = emit(arguments[i]);
    return {node, lambdas};
}

namespace {

/// The node itself, where its value is known.
const Node* plain(const Node* node) {
    while (node->operation == Operation::known) node = node->argument(0).node();
    return node;
}

Term spelt(const Language& language, Reference part) {
    const Node* node = plain(part.node());
    const int productions = static_cast<int>(language.productions().size());
    Term term = node->token < productions ? language.productions()[node->token].term
                                          : Term::index_of(node->token - productions);
    for (int i = 0; i < node->arguments; ++i) term = Term::apply(term, spelt(language, node->argument(i)));
    for (int i = 0; i < part.lambdas(); ++i) term = Term::lambda(term);
    return term;
}

}  // namespace

std::strong_ordering compare(Reference left, Reference right) {
    if (left.operand() == right.operand()) return std::strong_ordering::equal;
    const Node *a = plain(left.node()), *b = plain(right.node());
    if (const auto order = a->token <=> b->token; order != 0) return order;
    if (const auto order = left.lambdas() <=> right.lambdas(); order != 0) return order;
    for (int i = 0; i < a->arguments && i < b->arguments; ++i)
        if (const auto order = compare(a->argument(i), b->argument(i)); order != 0) return order;
    return a->arguments <=> b->arguments;
}

Term program_of(const Language& language, Type request, Reference derived) {
    return from_derivation(language, spelt(language, derived), request);
}

}  // namespace wakesleep
