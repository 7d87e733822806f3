#include "text_constants.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace wakesleep {

namespace {

// Mining looks at so many examples, and so far into each text.
constexpr std::size_t most_examples = 10, most_characters = 200;
constexpr std::size_t longest_constant = 60, most_common = 4, most_delimiters = 6;
constexpr std::u32string_view delimiters = U" ,.-_/:;()[]<>@#+*='\"&|\n\t";

/// All texts in a value; a list of single characters is one too.
void collect(const Value& value, std::vector<std::u32string>& texts) {
    if (value.kind == Value::Kind::text) {
        texts.push_back(value.text.substr(0, most_characters));
    } else if (value.kind == Value::Kind::list) {
        const auto character = [](const Value& item) { return item.kind == Value::Kind::text && item.text.size() == 1; };
        if (!std::all_of(value.items.begin(), value.items.end(), character)) {
            for (const Value& item : value.items) collect(item, texts);
            return;
        }
        std::u32string text;
        for (const Value& item : value.items) text += item.text;
        texts.push_back(text.substr(0, most_characters));
    }
}

struct Texts {
    std::vector<std::u32string> inputs, outputs;

    bool explained(std::u32string_view part) const {
        return std::any_of(inputs.begin(), inputs.end(),
                           [&](const std::u32string& input) { return input.find(part) != std::u32string::npos; });
    }
};

/// The parts of `output` that lie in no piece of at least `least` characters that some input has too.
void unexplained(const Texts& texts, std::u32string_view output, std::size_t least, std::set<std::u32string>& parts) {
    std::vector<bool> explained(output.size(), false);
    for (std::size_t i = 0; i < output.size(); ++i) {
        std::size_t length = 0;
        while (i + length < output.size() && texts.explained(output.substr(i, length + 1))) ++length;
        if (length >= least) std::fill_n(explained.begin() + static_cast<std::ptrdiff_t>(i), length, true);
    }
    for (std::size_t i = 0; i < output.size();) {
        std::size_t end = i;
        while (end < output.size() && !explained[end]) ++end;
        if (end > i) parts.emplace(output.substr(i, end - i));
        i = end + 1;
    }
}

/// Maximal parts that the outputs of all examples have in common, longest first.
std::vector<std::u32string> common(const std::vector<Texts>& examples) {
    const auto everywhere = [&](std::u32string_view part) {
        return std::all_of(examples.begin(), examples.end(), [&](const Texts& texts) {
            return std::any_of(texts.outputs.begin(), texts.outputs.end(),
                               [&](const std::u32string& output) { return output.find(part) != std::u32string::npos; });
        });
    };
    std::vector<std::u32string> found;
    for (const std::u32string& output : examples.front().outputs) {
        std::size_t end = 0;
        for (std::size_t i = 0; i < output.size(); ++i) {
            const std::size_t before = std::max(end, i);
            end = before;
            while (end < output.size() && everywhere(std::u32string_view(output).substr(i, end + 1 - i))) ++end;
            if (end > before) found.push_back(output.substr(i, end - i));
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return found;
}

/// Keys by how often they were counted, longer ones first where that is the same.
std::vector<std::u32string> ranked(const std::map<std::u32string, int>& counts) {
    std::vector<std::pair<std::u32string, int>> order(counts.begin(), counts.end());
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first.size() > b.first.size();
    });
    std::vector<std::u32string> texts;
    for (auto& [text, count] : order) texts.push_back(std::move(text));
    return texts;
}

}  // namespace

std::vector<std::u32string> mine_texts(const std::vector<MinedExample>& examples) {
    std::vector<Texts> read;
    for (const MinedExample& example : examples) {
        if (read.size() == most_examples) break;
        Texts texts;
        for (const Value& input : example.inputs) collect(input, texts.inputs);
        collect(example.output, texts.outputs);
        read.push_back(std::move(texts));
    }
    std::map<std::u32string, int> parts, marks, whole;
    for (const Texts& texts : read) {
        std::set<std::u32string> here;
        for (const std::u32string& output : texts.outputs) {
            unexplained(texts, output, 2, here);
            unexplained(texts, output, 1, here);
            ++whole[output];
        }
        for (const std::u32string& part : here) ++parts[part];
        for (char32_t mark : delimiters) {
            const auto has = [mark](const std::u32string& text) { return text.find(mark) != std::u32string::npos; };
            if (std::any_of(texts.inputs.begin(), texts.inputs.end(), has) ||
                std::any_of(texts.outputs.begin(), texts.outputs.end(), has))
                ++marks[std::u32string(1, mark)];
        }
    }

    std::vector<std::u32string> mined;
    const auto add = [&](const std::vector<std::u32string>& texts, std::size_t most) {
        for (const std::u32string& text : texts) {
            if (most == 0 || mined.size() == max_text_constants) return;
            if (text.empty() || text.size() > longest_constant || std::find(mined.begin(), mined.end(), text) != mined.end()) continue;
            mined.push_back(text);
            --most;
        }
    };
    // What recurs comes before what one example alone would need.
    std::vector<std::u32string> recurring, single;
    for (const std::u32string& part : ranked(parts)) (parts[part] > 1 || read.size() == 1 ? recurring : single).push_back(part);
    add(recurring, max_text_constants / 2);
    if (!read.empty()) add(common(read), most_common);
    add(ranked(marks), most_delimiters);
    add(ranked(whole), 2);
    add(single, max_text_constants);
    return mined;
}

}  // namespace wakesleep
