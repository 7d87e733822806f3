// Observational equivalence: completions that do the same on all examples are one.
//
// A completion that mentions no variable bound inside the program has one value on each example. It is worked out once,
// and of several that agree on every example the cheapest stands for all: nothing that fits the examples is lost. Under
// λ's, completions can only be compared on sampled values of the variables, which may take two for one.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <unordered_map>

#include "bank.hpp"
#include "rational_family.hpp"
#include "trial.hpp"

namespace wakesleep {

enum class Equivalence {
    none,     // every program is enumerated
    closed,   // completions without inner variables are merged; lossless, up to rounding where that is asked for
    sampled,  // all completions are merged, on sampled values of inner variables; lossy
};

/// Values for variables that nothing binds yet.
class Samples {
  public:
    explicit Samples(const std::vector<Type>& arguments) : arguments_(arguments) {}

    bool can_sample(Type type) const;
    /// A value of `type` for each of `inputs`, half of them a part of what they bind; the same each time for the same place.
    const std::vector<Word>& values(Type type, int place, const std::vector<Frame*>& inputs);
    Frame* bind(Word value, Frame* up);

  private:
    Word draw(Type type, const Frame* inputs);
    /// The next of a shuffled deck: few samples are to have each number, 0 and 1 above all.
    Word number();
    void collect(Type type, Word word, Type wanted, std::vector<Word>& parts) const;

    std::vector<Type> arguments_;  // of the request, as `inputs` binds them, innermost first
    std::mt19937_64 generator_;
    std::vector<Word> deck_;
    std::map<std::pair<std::uint32_t, int>, std::vector<Word>> values_;  // by type and place
    Pool pool_;
};

class Behaviours : public Appraiser {
  public:
    /// Compares on the first `compared` of the trial's inputs, and works values out on the first `known`; what can only be
    /// compared on sampled values is on `compared` of them, however few the inputs. `rounded`: reals that agree in about ten
    /// digits are one, for likelihoods that don't tell them apart. The table and the trial must outlive it.
    Behaviours(GrammarTable& table, Trial& trial, Equivalence equivalence, std::size_t compared, std::size_t known,
               bool rounded = false);

    std::uint64_t behaviour(const GrammarState& state, const Node* node, int exit, double cost) override;
    /// What `behaviour` is for a completion of the exit 0 that gives a value of this hash on the one input compared.
    static std::uint64_t behaviour_of(std::uint64_t value_hash);
    const Node* keep(const GrammarState& state, const Node* node, int exit, Pool& pool) override;

  private:
    /// The same for what is a ratio of polynomials in the input, once its constants are known.
    std::uint64_t family(const GrammarState& state, const Node* node, int exit, double cost);
    const Shape* shape_of(const GrammarState& state, int exit);
    /// How many λ's deeper than the root the state is; −1 where its completions can't be run on their own.
    int inner(const GrammarState& state) const;
    /// The state's scope for each sample, inner variables sampled; nothing where one can't be.
    const std::vector<Frame*>& sampled(const GrammarState& state, int exit);

    GrammarTable& table_;
    Trial& trial_;
    Equivalence equivalence_;
    bool rounded_;
    std::size_t compared_, known_, samples_wanted_, known_bytes_ = 0;
    std::unordered_map<std::uint64_t, std::optional<Shape>> shapes_;       // by state and exit
    std::unordered_map<std::uint64_t, std::vector<Frame*>> scopes_;        // by state and exit
    std::map<std::vector<std::uint32_t>, std::vector<Frame*>> sampled_scopes_;  // by the types of inner variables
    std::vector<Frame*> outer_frames_;  // for each sample: what the request's arguments are bound to
    Samples samples_;
    bool holes_;  // whether the language has any: what they hide can't be compared by values
    std::optional<RationalFamilies> families_;  // where it can be compared by what it may become
    std::unordered_map<int, FamilyShelf> shelves_;  // by state
};

}  // namespace wakesleep
