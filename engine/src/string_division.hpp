// Conditionals: examples that no one expression explains are divided by a condition, and each part is explained.
#pragma once

#include <functional>
#include <map>

#include "string_explanation.hpp"

namespace wakesleep {

class StringDivider {
  public:
    StringDivider(const StringGrammar& grammar, StringBank& bank, StringExplainer& explainer,
                  const std::function<bool()>& interrupted)
        : grammar_(grammar), bank_(bank), explainer_(explainer), interrupted_(interrupted) {}

    /// The cheapest expression found that gives what is wanted on these examples and costs less than `bound`.
    std::optional<Explained> explain(int nonterminal, ExampleSet examples, double bound);

  private:
    std::optional<Explained> divided(int nonterminal, ExampleSet examples, double bound, int depth);
    std::optional<Explained> plain(int nonterminal, ExampleSet examples);
    struct Condition {
        double nats;
        int expression;
        ExampleSet holds;
    };
    std::vector<Condition> conditions(int nonterminal, ExampleSet examples);

    const StringGrammar& grammar_;
    StringBank& bank_;
    StringExplainer& explainer_;
    const std::function<bool()>& interrupted_;
    std::map<std::pair<int, ExampleSet>, std::optional<Explained>> plain_;
};

}  // namespace wakesleep
