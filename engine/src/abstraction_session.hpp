// A corpus that is compressed with one abstraction after the other: it is read once, and its tables live on.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abstraction_corpus.hpp"
#include "abstraction_rewriter.hpp"
#include "abstraction_search.hpp"

namespace wakesleep {

/// What an abstraction does to a corpus, found by rewriting it. The sums over a corpus's parts are those of the whole.
struct AbstractionUse {
    std::int64_t saving = 0;  // of the tasks' cheapest programs; the body is not paid for
    std::int64_t uses = 0;    // calls in the rewritten programs
    int tasks = 0;            // that gain
};

/// Memory: about 100 bytes for each distinct sub-term and 8 for each program that it occurs in; a search adds what its
/// config allows and gives it back.
class AbstractionCorpus {
  public:
    /// One inner list of programs per task. Throws EngineError for indices above 63.
    explicit AbstractionCorpus(const std::vector<std::vector<Term>>& tasks);

    /// The abstractions of more than `least` utility.
    AbstractionSearchResult search(const AbstractionSearchConfig& config, std::int64_t least = 0);
    /// What rewriting with each abstraction, `#(...)` on so many arguments, would do.
    std::vector<AbstractionUse> uses_of(const std::vector<std::pair<Term, int>>& abstractions, bool close_uses);
    /// Rewrites the programs with it, as rewrite_with does. Returns how many changed.
    int rewrite(Term abstraction, int arity, bool close_uses);

    /// Of the tasks' cheapest programs; of all programs. Stitch's costs.
    std::int64_t least_cost() const;
    std::int64_t total_cost() const;
    std::vector<std::vector<Term>> programs();

    /// As bytes for another process on the same kind of machine. unpack throws EngineError for any others.
    std::string pack() const;
    static std::unique_ptr<AbstractionCorpus> unpack(std::string_view bytes);

  private:
    AbstractionCorpus();
    struct Rewritten;
    Rewritten rewritten_with(TermId call, Inversion& inversion, const Readings& readings, bool close_uses);
    void settle();

    mutable std::mutex mutex_;  // Python's lock is not held during calls
    TermTable terms_;
    std::vector<TermId> programs_;
    std::vector<int> tasks_;          // of the programs
    std::vector<std::size_t> sizes_;  // programs of each task given, empty ones included
    std::unique_ptr<Corpus> corpus_;
};

}  // namespace wakesleep
