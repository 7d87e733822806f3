#include "type.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "reader.hpp"

namespace wakesleep {

/// Constructors are numbered from 0; variable i is stored as constructor −1 − i.
struct TypeNode {
    int constructor;
    std::vector<Type> parameters;
    int variable_count;
    std::int32_t size;  // as a tree
    std::uint32_t id;
};

namespace {

/// What a type is looked up by: its node, or the parts of a node that may not exist yet.
struct Key {
    int constructor;
    std::span<const Type> parameters;

    std::size_t hash() const noexcept {
        std::size_t hash = static_cast<std::size_t>(constructor) * 0x9E3779B97F4A7C15ULL;
        for (Type parameter : parameters) hash = (hash ^ parameter.id()) * 0xD6E8FEB86659FD93ULL ^ (hash >> 29);
        return hash;
    }
};

Key key_of(const TypeNode* node) { return {node->constructor, node->parameters}; }
Key key_of(const Key& key) { return key; }

struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(const auto& key) const noexcept { return key_of(key).hash(); }
};

struct KeyEqual {
    using is_transparent = void;
    bool operator()(const auto& left, const auto& right) const noexcept {
        const Key a = key_of(left), b = key_of(right);
        return a.constructor == b.constructor && std::ranges::equal(a.parameters, b.parameters);
    }
};

/// All types of the process. Nodes are never freed or moved, so readers need no lock.
struct Store {
    std::mutex mutex;
    std::deque<TypeNode> nodes;
    std::unordered_set<const TypeNode*, KeyHash, KeyEqual> interned;
    std::deque<std::string> constructors;
    std::unordered_map<std::string, int> constructor_index;
};

Store& store() {
    static Store* instance = new Store;  // leaked on purpose: handles outlive static destruction
    return *instance;
}

/// Types written out in full can be exponential in the program; no sensible one comes near this.
constexpr std::int32_t max_type_size = 10'000;

constexpr const char* arrow_name = "->";

int constructor_of(const std::string& name) {
    Store& all = store();
    std::lock_guard lock(all.mutex);
    auto [entry, fresh] = all.constructor_index.try_emplace(name, static_cast<int>(all.constructors.size()));
    if (fresh) all.constructors.push_back(name);
    return entry->second;
}

int arrow_constructor() {
    static const int constructor = constructor_of(arrow_name);
    return constructor;
}

Type read_arrow(Reader& reader);

Type read_atom(Reader& reader) {
    Reader::Nested nested(reader);
    reader.skip_space();
    if (reader.at_end()) reader.fail("expected a type but the text ends");
    if (reader.peek() == '(') {
        reader.take();
        Type inner = read_arrow(reader);
        reader.expect(')');
        return inner;
    }
    const std::size_t start = reader.position();
    auto in_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
    while (!reader.at_end() && in_name(reader.peek())) reader.take();
    const std::string name(reader.since(start));
    if (name.empty()) reader.fail("expected a type but found '" + reader.here() + "'");
    const bool numbered = name.size() > 1 && name[0] == 't' &&
                          std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isdigit(c); });
    if (numbered) {
        if (name.size() > 5) reader.fail("type variable " + name + " is out of range");
        return Type::variable(std::stoi(name.substr(1)));
    }
    if (name == "str" && reader.peek() != '(') return Type::constructor("list", {Type::constructor("char")});
    std::vector<Type> parameters;
    if (reader.peek() == '(') {
        do {
            reader.take();
            parameters.push_back(read_arrow(reader));
            reader.skip_space();
        } while (reader.peek() == ',');
        reader.expect(')');
    }
    return Type::constructor(name, parameters);
}

Type read_arrow(Reader& reader) {
    Reader::Nested nested(reader);
    Type left = read_atom(reader);
    reader.skip_space();
    if (reader.peek() == '-' && reader.peek(1) == '>') {
        reader.take();
        reader.take();
        return Type::arrow(left, read_arrow(reader));
    }
    return left;
}

}  // namespace

Type Type::intern(int constructor, std::span<const Type> parameters) {
    const Key key{constructor, parameters};
    // Most types are asked for again and again: what this thread met lately needs no lock.
    static thread_local std::array<const TypeNode*, 1024> recent{};
    const TypeNode*& place = recent[(key.hash() >> 20) % recent.size()];
    if (place && KeyEqual()(key, place)) return Type(place);
    Store& all = store();
    std::lock_guard lock(all.mutex);
    const auto known = all.interned.find(key);
    if (known != all.interned.end()) return Type(place = *known);
    int variables = constructor < 0 ? -constructor : 0;
    std::int32_t size = 1;
    for (Type parameter : parameters) {
        variables = std::max(variables, parameter.variable_count());
        size += parameter.node_->size;
    }
    if (size > max_type_size) throw IllTyped("a type has more than " + std::to_string(max_type_size) + " parts");
    all.nodes.push_back({constructor, {parameters.begin(), parameters.end()}, variables, size,
                         static_cast<std::uint32_t>(all.nodes.size())});
    all.interned.insert(&all.nodes.back());
    return Type(place = &all.nodes.back());
}

Type Type::variable(int index) { return intern(-1 - index, {}); }

Type Type::constructor(const std::string& name, const std::vector<Type>& parameters) {
    return intern(constructor_of(name), parameters);
}

Type Type::arrow(Type argument, Type result) {
    return intern(arrow_constructor(), std::array{argument, result});
}

Type Type::parse(std::string_view text) {
    Reader reader(text);
    Type type = read_arrow(reader);
    reader.skip_space();
    if (!reader.at_end()) reader.fail("the type ends here, but more text follows");
    return type;
}

bool Type::is_variable() const { return node_->constructor < 0; }
int Type::variable_index() const { return -1 - node_->constructor; }
bool Type::is_arrow() const { return node_->constructor == arrow_constructor(); }
bool Type::is_polymorphic() const { return node_->variable_count > 0; }
int Type::variable_count() const { return node_->variable_count; }
const std::vector<Type>& Type::parameters() const { return node_->parameters; }
bool Type::same_constructor(Type other) const { return node_->constructor == other.node_->constructor; }
Type Type::with_parameters(std::span<const Type> parameters) const { return intern(node_->constructor, parameters); }
std::uint32_t Type::id() const { return node_ ? node_->id + 1 : 0; }

const std::string& Type::name() const {
    Store& all = store();
    std::lock_guard lock(all.mutex);
    return all.constructors.at(node_->constructor);
}

std::vector<Type> Type::arguments() const {
    std::vector<Type> arguments;
    for (Type type = *this; type.is_arrow(); type = type.parameters()[1]) arguments.push_back(type.parameters()[0]);
    return arguments;
}

Type Type::returns() const {
    Type type = *this;
    while (type.is_arrow()) type = type.parameters()[1];
    return type;
}

std::string Type::to_string() const {
    if (is_variable()) return "t" + std::to_string(variable_index());
    if (is_arrow()) {
        const std::string left = parameters()[0].to_string();
        return (parameters()[0].is_arrow() ? "(" + left + ")" : left) + " -> " + parameters()[1].to_string();
    }
    std::string text = name();
    for (std::size_t i = 0; i < parameters().size(); ++i) text += (i ? ", " : "(") + parameters()[i].to_string();
    return parameters().empty() ? text : text + ")";
}

Type shift_variables(Type type, int offset) {
    if (!type.is_polymorphic() || offset == 0) return type;
    if (type.is_variable()) return Type::variable(type.variable_index() + offset);
    return type.map_parameters([offset](Type parameter) { return shift_variables(parameter, offset); });
}

Type Substitution::instantiate(Type type) {
    const int base = size();
    reserve_variables(base + type.variable_count());
    return shift_variables(type, base);
}

Type Substitution::apply(Type type) const {
    if (!type.is_polymorphic()) return type;
    if (type.is_variable()) {
        const int index = type.variable_index();
        return index < size() && bindings_[index] ? apply(bindings_[index]) : type;
    }
    return type.map_parameters([this](Type parameter) { return apply(parameter); });
}

bool Substitution::occurs(int variable, Type type) const {
    if (!type.is_polymorphic()) return false;
    if (type.is_variable()) {
        const int index = type.variable_index();
        return index == variable || (index < size() && bindings_[index] && occurs(variable, bindings_[index]));
    }
    return std::any_of(type.parameters().begin(), type.parameters().end(),
                       [&](Type parameter) { return occurs(variable, parameter); });
}

bool Substitution::unify(Type left, Type right) {
    auto walk = [&](Type type) {
        while (type.is_variable() && type.variable_index() < size() && bindings_[type.variable_index()])
            type = bindings_[type.variable_index()];
        return type;
    };
    left = walk(left);
    right = walk(right);
    if (left == right) return true;
    if (left.is_variable() || right.is_variable()) {
        const Type variable = left.is_variable() ? left : right, value = left.is_variable() ? right : left;
        reserve_variables(variable.variable_index() + 1);
        if (occurs(variable.variable_index(), value)) return false;
        bindings_[variable.variable_index()] = value;
        return true;
    }
    const auto &mine = left.parameters(), &theirs = right.parameters();
    if (!left.same_constructor(right) || mine.size() != theirs.size()) return false;
    for (std::size_t i = 0; i < mine.size(); ++i)
        if (!unify(mine[i], theirs[i])) return false;
    return true;
}

Type Canonical::rename(Type type) {
    if (!type.is_polymorphic()) return type;
    if (type.is_variable()) {
        const auto found = std::find(original_.begin(), original_.end(), type.variable_index());
        const int index = static_cast<int>(found - original_.begin());
        if (found == original_.end()) original_.push_back(type.variable_index());
        return Type::variable(index);
    }
    return type.map_parameters([this](Type parameter) { return rename(parameter); });
}

}  // namespace wakesleep
