#include "decoder.hpp"

#include <algorithm>

#include "error.hpp"

namespace wakesleep {

namespace {

/// Marks what fits the next hole; false when nothing does.
bool mark(Derivation& derivation, std::uint8_t* mask, int productions, int recursion, int tokens) {
    bool any = false;
    auto allow = [&](int token) {
        if (token >= tokens) return;
        mask[token] = 1;
        any = true;
    };
    for (int production : derivation.productions()) allow(production);
    for (int variable : derivation.variables()) allow(productions + variable);
    if (derivation.may_call_itself()) allow(recursion);
    return any;
}

}  // namespace

TypedDecoder::TypedDecoder(std::shared_ptr<const Language> language, Type request, int count, int max_variables,
                           int max_nodes)
    : language_(std::move(language)),
      contexts_(*language_),
      productions_(static_cast<int>(language_->productions().size())),
      tokens_(productions_ + max_variables),
      max_nodes_(max_nodes) {
    if (count < 1 || max_variables < 1 || max_nodes < 1) throw EngineError("count, max_variables and max_nodes must be positive");
    rows_.reserve(count);
    for (int i = 0; i < count; ++i) rows_.push_back({Derivation(*language_, contexts_, request)});
}

bool TypedDecoder::done() const {
    return std::none_of(rows_.begin(), rows_.end(), [this](const Row& row) { return open(row); });
}

void TypedDecoder::masks(std::uint8_t* out) {
    std::fill_n(out, rows_.size() * tokens_, std::uint8_t(0));
    for (Row& row : rows_) {
        if (open(row) && !mark(row.derivation, out, productions_, language_->recursion(), tokens_)) row.abandoned = true;
        out += tokens_;
    }
}

void TypedDecoder::contexts(std::int64_t* out) const {
    for (const Row& row : rows_) *out++ = open(row) ? row.derivation.context() : 0;
}

void TypedDecoder::push(const std::int64_t* tokens) {
    for (Row& row : rows_) {
        const std::int64_t token = *tokens++;
        if (!open(row)) continue;
        row.abandoned = token < 0 || token >= tokens_ || !row.derivation.push(static_cast<int>(token)) ||
                        static_cast<int>(row.derivation.steps().size()) + row.derivation.open_holes() > max_nodes_;
    }
}

std::vector<Term> TypedDecoder::terms() const {
    std::vector<Term> terms;
    for (const Row& row : rows_)
        terms.push_back(!row.abandoned && row.derivation.finished() ? row.derivation.program() : Term());
    return terms;
}

Trace trace(const Language& language, Term term, Type request, int max_variables) {
    const Contexts contexts(language);
    const int productions = static_cast<int>(language.productions().size()), tokens = productions + max_variables;
    Derivation derivation(language, contexts, request);
    Trace trace;
    auto underivable = [&] {
        return EngineError(term.to_string() + " isn't an η-long program of type " + request.to_string() +
                           " that the language derives");
    };
    for (const Step& step : steps_of(language, term, request)) {
        const bool fits = !derivation.finished() && derivation.lambdas() == step.lambdas && step.token < tokens;
        if (!fits) throw underivable();
        trace.tokens.push_back(step.token);
        trace.contexts.push_back(derivation.context());
        trace.masks.resize(trace.masks.size() + tokens, 0);
        std::uint8_t* mask = trace.masks.data() + trace.masks.size() - tokens;
        mark(derivation, mask, productions, language.recursion(), tokens);
        if (!mask[step.token] || !derivation.push(step.token) || derivation.steps().back().arguments != step.arguments)
            throw underivable();
    }
    if (!derivation.finished()) throw underivable();
    return trace;
}

}  // namespace wakesleep
