// An AbstractionCorpus as bytes and back, so that another process can go on with it: 12 bytes a distinct sub-term.
#include <cstring>

#include "abstraction_session.hpp"

namespace wakesleep {

namespace {

constexpr std::string_view magic = "abstraction corpus 1\n";

class Writer {
  public:
    void text(std::string_view text) {
        number(static_cast<std::int64_t>(text.size()));
        bytes_ += text;
    }
    template <class Number>
    void number(Number value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    std::string bytes_{magic};
};

class Unpacker {
  public:
    explicit Unpacker(std::string_view bytes) : left_(bytes) {
        if (take(magic.size()) != magic) fail();
    }
    [[noreturn]] static void fail() { throw EngineError("these bytes are no packed AbstractionCorpus"); }

    template <class Number>
    Number number() {
        Number value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    /// A number of things that take `bytes` each at least.
    std::size_t count(std::size_t bytes) {
        const auto count = number<std::int64_t>();
        if (count < 0 || static_cast<std::size_t>(count) > left_.size() / bytes) fail();
        return static_cast<std::size_t>(count);
    }
    std::string_view text() { return take(count(1)); }
    bool at_end() const { return left_.empty(); }

  private:
    std::string_view take(std::size_t size) {
        if (size > left_.size()) fail();
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }
    std::string_view left_;
};

}  // namespace

std::string AbstractionCorpus::pack() const {
    std::lock_guard lock(mutex_);
    Writer out;
    out.number(static_cast<std::int64_t>(terms_.size()));
    for (std::size_t id = 0; id < terms_.size(); ++id) {
        const TermTable::Node& node = terms_[static_cast<TermId>(id)];
        out.number(static_cast<std::int32_t>(node.tag));
        if (node.tag == TermTable::Tag::leaf) {
            out.text(terms_.leaf_term(node.first).to_string());
        } else {
            out.number(node.first);
            out.number(node.second);
        }
    }
    out.number(static_cast<std::int64_t>(sizes_.size()));
    for (const std::size_t size : sizes_) out.number(static_cast<std::int64_t>(size));
    for (const TermId program : programs_) out.number(program);
    return std::move(out.bytes_);
}

std::unique_ptr<AbstractionCorpus> AbstractionCorpus::unpack(std::string_view bytes) {
    Unpacker in(bytes);
    std::unique_ptr<AbstractionCorpus> corpus(new AbstractionCorpus);
    TermTable& terms = corpus->terms_;
    const auto known = [&](std::int32_t id) {
        if (id < 0 || static_cast<std::size_t>(id) >= terms.size()) Unpacker::fail();
        return id;
    };
    const std::size_t count = in.count(12);
    for (std::size_t id = 0; id < count; ++id) {
        const auto tag = in.number<std::int32_t>();
        TermId made = no_term;
        if (tag == static_cast<std::int32_t>(TermTable::Tag::leaf)) {
            made = terms.leaf(Term::parse(in.text()));
        } else {
            const auto first = in.number<std::int32_t>(), second = in.number<std::int32_t>();
            switch (static_cast<TermTable::Tag>(tag)) {
                case TermTable::Tag::application: made = terms.application(known(first), known(second)); break;
                case TermTable::Tag::lambda: made = terms.lambda(known(first)); break;
                case TermTable::Tag::index:
                    if (first < 0) Unpacker::fail();
                    made = terms.index(first);
                    break;
                default: Unpacker::fail();
            }
        }
        if (static_cast<std::size_t>(made) != id) Unpacker::fail();
    }
    const std::size_t tasks = in.count(sizeof(std::int64_t));
    for (std::size_t task = 0; task < tasks; ++task) corpus->sizes_.push_back(static_cast<std::size_t>(in.number<std::int64_t>()));
    int number = 0;
    for (const std::size_t size : corpus->sizes_) {
        for (std::size_t i = 0; i < size; ++i) {
            corpus->programs_.push_back(known(in.number<std::int32_t>()));
            corpus->tasks_.push_back(number);
        }
        number += size > 0;
    }
    if (!in.at_end()) Unpacker::fail();
    corpus->settle();
    return corpus;
}

}  // namespace wakesleep
