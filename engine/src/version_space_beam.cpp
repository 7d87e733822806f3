#include "version_space_beam.hpp"

#include <algorithm>

#include "abstraction_terms.hpp"

namespace wakesleep {

using Tag = VersionSpaceTable::Tag;

void CandidateBeam::compute(const std::vector<Space>& spaces, const std::vector<Callable>& callables) {
    if (spaces.empty()) return;
    starts_.assign(static_cast<std::size_t>(spaces.back()) + 1, {});
    std::vector<std::int32_t> callable_of(table_.size(), -1);
    std::int32_t candidates = 0;
    for (std::size_t i = 0; i < callables.size(); ++i) {
        callable_of[static_cast<std::size_t>(callables[i].member)] = static_cast<std::int32_t>(i);
        candidates = std::max(candidates, callables[i].candidate + 1);
    }
    slot_.assign(static_cast<std::size_t>(candidates), -1);
    for (const Space space : spaces) {
        const VersionSpaceTable::Node& node = table_[space];
        const CheapestMembers::Set& members = cheapest_.argument(space);
        argument_ = members.cost;
        function_ = cheapest_.function(space).cost;
        for (std::int32_t i = 0; i < members.count; ++i) {
            const std::int32_t callable = callable_of[static_cast<std::size_t>(cheapest_.member(members, i))];
            if (callable < 0) continue;
            const Callable& call = callables[static_cast<std::size_t>(callable)];
            offer(call.candidate, call.cost, call.cost);
        }
        if (node.tag == Tag::abstraction)
            for (auto entry = begin(node.first); entry != end(node.first); ++entry)
                offer(entry->candidate, no_cost, entry->argument + node_cost);
        if (node.tag == Tag::application) offer_calls(node);
        if (node.tag == Tag::alternatives)
            for (std::int32_t i = 0; i < node.second; ++i) {
                const Space alternative = table_.alternative(node, i);
                for (auto entry = begin(alternative); entry != end(alternative); ++entry)
                    offer(entry->candidate, entry->function, entry->argument);
            }
        starts_[static_cast<std::size_t>(space)] = store();
    }
}

void CandidateBeam::offer(std::int32_t candidate, std::int32_t function, std::int32_t argument) {
    if (function >= function_ && argument >= argument_) return;
    std::int32_t& slot = slot_[static_cast<std::size_t>(candidate)];
    if (slot < 0) {
        slot = static_cast<std::int32_t>(offers_.size());
        offers_.push_back({candidate, function_, argument_});
    }
    Entry& best = offers_[static_cast<std::size_t>(slot)];
    best.function = std::min(best.function, function);
    best.argument = std::min(best.argument, argument);
}

/// A call gains where its function or its argument does.
void CandidateBeam::offer_calls(const VersionSpaceTable::Node& node) {
    const std::int32_t plain_function = cheapest_.function(node.first).cost;
    const std::int32_t plain_argument = cheapest_.argument(node.second).cost;
    auto function = begin(node.first), argument = begin(node.second);
    const auto functions = end(node.first), arguments = end(node.second);
    while (function != functions || argument != arguments) {
        const bool in_function =
            function != functions && (argument == arguments || function->candidate <= argument->candidate);
        const bool in_argument =
            argument != arguments && (function == functions || argument->candidate <= function->candidate);
        const std::int32_t candidate = in_function ? function->candidate : argument->candidate;
        const std::int32_t called = in_function ? function->function : plain_function;
        const std::int32_t given = in_argument ? argument->argument : plain_argument;
        function += in_function;
        argument += in_argument;
        if (called >= no_cost || given >= no_cost) continue;
        offer(candidate, called + given + node_cost, called + given + node_cost);
    }
}

CandidateBeam::Range CandidateBeam::store() {
    for (const Entry& entry : offers_) slot_[static_cast<std::size_t>(entry.candidate)] = -1;
    narrow(offers_);
    std::sort(offers_.begin(), offers_.end(),
              [](const Entry& a, const Entry& b) { return a.candidate < b.candidate; });
    const Range range{static_cast<std::int64_t>(entries_.size()), static_cast<std::int32_t>(offers_.size())};
    entries_.insert(entries_.end(), offers_.begin(), offers_.end());
    offers_.clear();
    hold();
    return range;
}

void CandidateBeam::narrow(std::vector<Entry>& entries) const {
    const auto beam = static_cast<std::size_t>(beam_);
    if (entries.size() <= beam) return;
    const auto cut = entries.begin() + static_cast<std::ptrdiff_t>(beam);
    const auto by = [](std::int32_t Entry::*cost) {
        return [cost](const Entry& a, const Entry& b) {
            return a.*cost != b.*cost ? a.*cost < b.*cost : a.candidate < b.candidate;
        };
    };
    std::nth_element(entries.begin(), cut, entries.end(), by(&Entry::argument));
    // What is left may be cheap in function position.
    const auto left = static_cast<std::size_t>(entries.end() - cut);
    if (left > beam) {
        std::nth_element(cut, cut + static_cast<std::ptrdiff_t>(beam), entries.end(), by(&Entry::function));
        entries.resize(2 * beam);
    }
    const auto gains_nothing = [this](const Entry& entry) { return entry.function >= function_; };
    entries.erase(std::remove_if(entries.begin() + static_cast<std::ptrdiff_t>(beam), entries.end(), gains_nothing),
                  entries.end());
}

void CandidateBeam::hold() {
    const auto bytes = static_cast<std::int64_t>(entries_.capacity() * sizeof(Entry) + starts_.capacity() * sizeof(Range));
    const std::int64_t more = bytes - held_;
    held_ = bytes;
    table_.hold(more);
}

}  // namespace wakesleep
