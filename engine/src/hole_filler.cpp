#include "hole_filler.hpp"

#include <algorithm>
#include <cmath>

#include "constant_inverses.hpp"
#include "hole_form.hpp"
#include "one_constant.hpp"
#include "text_constants.hpp"
#include "two_constants.hpp"

namespace wakesleep {

namespace {

constexpr std::size_t max_fillings = 5, max_texts = 4, max_known = 12, max_tried = 1'000'000;
/// So many combinations of constants are tried for one program at most.
constexpr double max_combinations = 400;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// How many of `candidates` each of `holes` may take.
std::size_t choices(std::size_t candidates, std::size_t holes) {
    if (holes == 0) return 0;
    return std::min(candidates, static_cast<std::size_t>(std::pow(max_combinations, 1.0 / static_cast<double>(holes))));
}

void collect_reals(const Value& value, std::vector<double>& reals) {
    if (value.kind == Value::Kind::real && std::find(reals.begin(), reals.end(), value.real) == reals.end())
        reals.push_back(value.real);
    for (const Value& item : value.items) collect_reals(item, reals);
}

double real_of(const Value& value) {
    return value.kind == Value::Kind::real ? value.real : static_cast<double>(value.number);
}

/// The term with its holes replaced by `constants` in order.
Term filled(Term term, Term real_hole, Term text_hole, const Term*& next) {
    switch (term.kind()) {
        case Kind::application: {
            const Term function = filled(term.function(), real_hole, text_hole, next);
            return Term::apply(function, filled(term.argument(), real_hole, text_hole, next));
        }
        case Kind::lambda: return Term::lambda(filled(term.body(), real_hole, text_hole, next));
        case Kind::primitive: return term == real_hole || term == text_hole ? *next++ : term;
        default: return term;
    }
}

}  // namespace

/// One program on its way.
struct HoleFiller::Work {
    Reference original, program;
    std::vector<Node*> holes, reals, texts;
    std::vector<std::size_t> chosen;  // text of each text hole
    double most_nats;
    const std::function<bool()>& stopped;
    std::vector<Filling> found;
    bool unfit = false;  // no reals were found for it
};

HoleFiller::HoleFiller(const Language& language, Type request, Trial& trial, const Examples& examples,
                       const std::vector<std::size_t>& inputs, const Likelihood& likelihood, bool screened)
    : language_(language), request_(request), trial_(trial), likelihood_(likelihood), screened_(screened) {
    std::vector<MinedExample> mined;
    for (std::size_t i = 0; i < examples.size(); ++i) {
        cases_.push_back({inputs[i], trial.read_output(examples[i].output)});
        mined.push_back({examples[i].inputs, examples[i].output});
        collect_reals(examples[i].output, known_);
        for (const Value& input : examples[i].inputs) collect_reals(input, known_);
    }
    if (known_.size() > max_known) known_.resize(max_known);
    if (language.text_hole() >= 0) texts_ = mine_texts(mined);
    for (const std::u32string& text : texts_) text_words_.push_back(value_of(text, constants_));
    fitter_.emplace(trial, likelihood, cases_, known_);
    if (!screened || !trial.fits_real_functions()) {
        remembers_ = screened && is_free_of_noise(likelihood) && language.text_hole() < 0;
        return;
    }
    families_.emplace(trial.real_hole());
    std::vector<RationalScreen::Point> points;
    for (const Example& each : examples) points.push_back({real_of(each.inputs.front()), real_of(each.output)});
    screen_.emplace(std::move(points), likelihood);
}

Reference HoleFiller::copy(Reference program, Work& work) {
    const Node* node = program.node();
    if (!has_holes(node)) return program;
    Node* made = scratch_.node(*node);
    if (node->operation == Operation::hole) {
        made->operation = Operation::constant;
        made->operand = 0;
        work.holes.push_back(made);
        (node->token == language_.real_hole() ? work.reals : work.texts).push_back(made);
    }
    for (int i = 0; i < node->arguments; ++i) made->first()[i] = copy(node->argument(i), work);
    return {made, program.lambdas()};
}

std::vector<Filling> HoleFiller::fill(Reference program, double most_nats, const std::function<bool()>& stopped) {
    const std::optional<Family> known_family = families_ ? families_->of(program.node()) : std::nullopt;
    const std::uint64_t family = known_family ? RationalFamilies::hash(*known_family) : 0;
    const std::uint64_t form = family ? family : HoleForm(language_.real_hole()).of(program.node());
    const auto known = tried_.find(form);
    if (known != tried_.end() && (known->second > most_nats || known->second == infinity)) return {};
    if (known_family && !families_->is_rounded()) {
        const double least = screen_->least_nats(known_family->hull);
        if (least > most_nats || least == infinity) {
            if (tried_.size() < max_tried) tried_[form] = least;
            return {};
        }
    }
    // A program whose like with a freer constant can't fit can't either.
    HoleForm wide(language_.real_hole(), true);
    const std::uint64_t wide_form = remembers_ ? wide.of(program.node()) : 0;
    if (remembers_ && impossible_.contains(wide_form)) return {};
    scratch_.clear();
    Work work{.original = program, .program = {}, .holes = {}, .reals = {}, .texts = {}, .chosen = {}, .most_nats = most_nats,
              .stopped = stopped, .found = {}, .unfit = false};
    work.program = copy(program, work);
    if (work.reals.size() > max_parameters || work.texts.size() > max_texts) return {};
    work.chosen.resize(work.texts.size());
    choose_texts(work, 0, 0);
    if (remembers_ && work.unfit && !wide.is_narrower() && !stopped() && impossible_.size() < max_tried) impossible_.insert(wide_form);
    std::stable_sort(work.found.begin(), work.found.end(), [](const Filling& a, const Filling& b) {
        return a.nats - a.log_likelihood < b.nats - b.log_likelihood;
    });
    if (work.found.size() > max_fillings) work.found.resize(max_fillings);
    // Another program of a family may have constants that are easier to fit.
    if (!stopped() && !(family && work.found.empty()) && (known != tried_.end() || tried_.size() < max_tried))
        tried_[form] = work.found.empty() ? std::nextafter(most_nats, infinity) : work.found.front().nats - work.found.front().log_likelihood;
    return std::move(work.found);
}

void HoleFiller::choose_texts(Work& work, std::size_t next, double nats) {
    if (next == work.texts.size()) return choose_reals(work, nats);
    const std::size_t count = choices(texts_.size(), work.texts.size());
    for (std::size_t i = 0; i < count && !work.stopped(); ++i) {
        const double cost = nats + nats_per_character * static_cast<double>(texts_[i].size());
        if (cost > work.most_nats) continue;
        work.chosen[next] = i;
        work.texts[next]->operand = text_words_[i];
        choose_texts(work, next + 1, cost);
    }
}

void HoleFiller::choose_reals(Work& work, double nats) {
    if (work.reals.empty()) {
        keep(work, nats, score(trial_, likelihood_, cases_, work.program.node()));
    } else if (fitter_->has_residuals()) {
        const auto fits = screened_ && cannot_fit(work)
                              ? std::nullopt
                              : fitter_->fit(work.program.node(), work.reals, work.most_nats - nats, work.stopped);
        if (fits)
            keep(work, nats, *fits);
        else
            work.unfit = true;
    } else {
        try_known(work, 0, nats);
    }
}

bool HoleFiller::cannot_fit(const Work& work) {
    const Node* program = work.program.node();
    if (work.reals.size() == 1) return is_ruled_out(trial_, likelihood_, cases_, program, *work.reals[0]);
    return work.reals.size() == 2 && is_ruled_out(trial_, likelihood_, cases_, program, *work.reals[0], *work.reals[1]);
}

void HoleFiller::try_known(Work& work, std::size_t next, double nats) {
    if (next == work.reals.size()) return keep(work, nats, score(trial_, likelihood_, cases_, work.program.node()));
    const std::size_t count = choices(known_.size(), work.reals.size());
    for (std::size_t i = 0; i < count && !work.stopped(); ++i) {
        work.reals[next]->operand = real_word(known_[i]);
        try_known(work, next + 1, nats);
    }
}

void HoleFiller::keep(Work& work, double nats, double log_likelihood) {
    if (log_likelihood == impossible_fit) return;
    for (const Node* real : work.reals) nats += nats_of_real(as_real(real->operand));
    if (nats - log_likelihood > work.most_nats) return;
    std::vector<Term> constants;
    std::size_t text = 0;
    for (const Node* hole : work.holes)
        constants.push_back(hole->token == language_.real_hole() ? Term::constant(as_real(hole->operand))
                                                                 : Term::constant(texts_[work.chosen[text++]]));
    const auto term_of_hole = [&](int hole) { return hole < 0 ? Term() : language_.productions()[static_cast<std::size_t>(hole)].term; };
    const Term* next = constants.data();
    const Term skeleton = program_of(language_, request_, work.original);
    work.found.push_back({filled(skeleton, term_of_hole(language_.real_hole()), term_of_hole(language_.text_hole()), next), nats,
                          log_likelihood});
}

}  // namespace wakesleep
