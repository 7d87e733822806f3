// Completes programs whose holes stand for constants: texts from those mined, reals fitted to the examples.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cases.hpp"
#include "rational_family.hpp"
#include "rational_screen.hpp"
#include "real_fitter.hpp"
#include "search.hpp"

namespace wakesleep {

/// A program with its holes filled in.
struct Filling {
    Term program;
    double nats;            // of the constants, beyond the productions that stand for them
    double log_likelihood;  // of the examples
};

class HoleFiller {
  public:
    /// For the examples of one task of type `request`; `inputs` are their places in the trial, which must outlive the filler.
    /// Without `screened`, every program's constants are fitted, whatever is known of its like.
    HoleFiller(const Language& language, Type request, Trial& trial, const Examples& examples,
               const std::vector<std::size_t>& inputs, const Likelihood& likelihood, bool screened);

    /// Fillings with which the program fits every example at no more than `most_nats`, the best first; at most
    /// `max_fillings`. Nothing for programs of more than 6 holes for reals or 4 for texts.
    std::vector<Filling> fill(Reference program, double most_nats, const std::function<bool()>& stopped);

  private:
    struct Work;

    Reference copy(Reference program, Work& work);
    void choose_texts(Work& work, std::size_t next, double nats);
    void choose_reals(Work& work, double nats);
    bool cannot_fit(const Work& work);
    void try_known(Work& work, std::size_t next, double nats);
    void keep(Work& work, double nats, double log_likelihood);

    const Language& language_;
    Type request_;
    Trial& trial_;
    const Likelihood likelihood_;
    const bool screened_;
    bool remembers_ = false;  // what can't fit; where programs are of one real number, families do
    std::vector<Case> cases_;
    std::vector<std::u32string> texts_;
    std::vector<Word> text_words_;
    std::vector<double> known_;  // reals among the examples
    std::optional<RealFitter> fitter_;
    std::optional<RationalFamilies> families_;
    std::optional<RationalScreen> screen_;
    Pool constants_, scratch_;
    std::unordered_map<std::uint64_t, double> tried_;  // by form: nats that no program of it comes below
    std::unordered_set<std::uint64_t> impossible_;     // wide forms: no numbers were found that fit, however long
};

}  // namespace wakesleep
