// The next step of a partial pattern: every way to fill its last open hole, as far as bounds let it live.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "abstraction_corpus.hpp"
#include "abstraction_search.hpp"
#include "abstraction_state.hpp"

namespace wakesleep {

class Expansion {
  public:
    using Receive = std::function<void(std::unique_ptr<PatternState>)>;

    /// `receive` gets each child; `keep_going` is asked now and then and may end an expansion early.
    Expansion(TermTable& terms, Inversion& inversion, Corpus& corpus, const AbstractionSearchConfig& config,
              Receive receive, std::function<bool()> keep_going)
        : terms_(terms), inversion_(inversion), corpus_(corpus), config_(config), receive_(std::move(receive)),
          keep_going_(std::move(keep_going)) {}

    /// The pattern `??`, which every sub-term matches; nullptr where nothing can be gained.
    std::unique_ptr<PatternState> root(bool from_left);
    void expand(const PatternState& state);

    /// Children must be able to reach more than this utility.
    std::int64_t threshold = 0;

  private:
    void add_closed_rows(PatternState& state, std::vector<TermId>& contents) const;
    void grow(const PatternState& state);
    void close(const PatternState& state);
    void apply(const PatternState& state);

    struct Shortlist;
    using Choice = std::span<const std::size_t>;  // of a shortlist's terms
    Shortlist look_into(const PatternState& state);
    Shortlist shortlist(const PatternState& state);
    void apply_to(const PatternState& state, const Shortlist& shortlist, Choice chosen, Selection& covered);
    bool covers_some_rows(const PatternState& state, const Shortlist& shortlist, Choice chosen,
                          Selection& covered) const;
    void reapply(const PatternState& state);
    void reapply(const PatternState& state, std::size_t parameter, int count);

    std::optional<std::int64_t> bound(const std::vector<TermId>& locations, const std::vector<int>& gains,
                                      const std::vector<std::int8_t>& closed, int body_cost, std::size_t open_holes);
    void charge(const PatternState& state, Selection& selection) const;
    std::unique_ptr<PatternState> child(const PatternState& state, Selection& selection, int body_cost,
                                        std::size_t new_holes);
    bool has_idle_argument(const PatternState& state, const Selection& selection) const;
    void use_parameter(PatternState& state, const PatternState& parent, Pattern::Tag tag, std::int32_t parameter,
                       std::int32_t list, int body_cost);

    TermTable& terms_;
    Inversion& inversion_;
    Corpus& corpus_;
    const AbstractionSearchConfig& config_;
    Receive receive_;
    std::function<bool()> keep_going_;
    std::vector<int> counted_;  // scratch of bound
};

}  // namespace wakesleep
