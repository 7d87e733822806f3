// Foresight: programs whose rest isn't known yet are left out where what they have built or drawn so far is wrong.
//
// A tower is built and a picture drawn by adding alone, and whatever comes before a program's rest is done whatever that rest
// is. So a program is run with a stop in each hole of a continuation's type: if that has put a block where the plan has
// none, or touched a cell that the picture leaves blank, no filling of the holes fits. Nothing that fits is lost.
#pragma once

#include <vector>

#include "equivalence.hpp"
#include "likelihood.hpp"
#include "trial.hpp"

namespace wakesleep {

class Foresight {
  public:
    /// For a search of `request` in these productions, in which closed completions are `merged` or not; `trial` must
    /// outlive it.
    Foresight(const Language& language, Type request, const Likelihood& likelihood, Trial& trial, bool merged);

    /// Whether it can say anything about programs of the request.
    bool usable() const { return kind_ != Kind::none; }
    /// What a task wants for the trial's input `input`.
    void add(std::size_t task, std::size_t input, Word wanted);
    /// Which tasks still look for programs.
    void set_active(std::size_t task, bool active) { tasks_[task].active = active; }

    /// Puts into a node's arguments, which are all missing, what stands for them until they are filled.
    void prepare(Node* node) const;
    /// What stands for the rest in a hole of this state; nothing where the hole is of another type.
    const Node* rest_of(const GrammarState& state);
    /// Whether some active task may be fitted by a program that has stops in its holes.
    bool may_fit(const Node* program);
    /// Whether two moves of the hand by literal distances, of which the second follows the first, are one move of a literal
    /// distance or none, or are to be written the other way round.
    bool is_redundant(const Node& first, const Node& second) const;
    /// Whether `wanted_behaviour` may have an answer for holes of this state.
    bool looks_up(const GrammarState& state) const;
    /// The behaviour, as Behaviours has it of closed completions, that fills the only stop of a program to fit the one task
    /// that is active; 0 where that isn't known.
    std::uint64_t wanted_behaviour(const GrammarState& state, const Node* program);

  private:
    enum class Kind { none, tower, turtle };
    struct Wanted {
        std::size_t input;
        Word word;
    };
    struct Watched {
        std::vector<Wanted> wanted;
        bool active = true;
    };

    bool fits_so_far(const Node* program, const Wanted& wanted);

    Trial& trial_;
    bool merged_;
    Kind kind_ = Kind::none;
    Type type_;
    Node stop_, unknown_;
    std::vector<std::vector<const Node*>> unfilled_;  // of each production's arguments
    std::vector<Watched> tasks_;
    std::vector<Word> literals_;  // integers that the language has
    std::vector<char> continues_;  // by state: 0 not known yet, 1 no, 2 yes
    // The last run, on `ran_` of the program in question.
    std::size_t ran_ = 0;
    bool has_run_ = false, gave_ = false;
};

}  // namespace wakesleep
