#include "tower.hpp"

#include "error.hpp"

namespace wakesleep {

namespace {

[[noreturn]] void refuse() {
    throw EngineError("a tower is a list of blocks [x, width, height] in integers; sizes go from 1 to " +
                      std::to_string(max_block) + ", x from -" + std::to_string(max_shift) + " to " + std::to_string(max_shift));
}

Word integer(const Value& value) {
    if (value.kind != Value::Kind::integer) refuse();
    return value.number;
}

}  // namespace

Word read_tower(const Value& value, Arena& arena) {
    if (value.kind != Value::Kind::list) refuse();
    Cell* list = nullptr;
    for (std::size_t i = value.items.size(); i-- > 0;) {
        const Value& block = value.items[i];
        if (block.kind != Value::Kind::list || block.items.size() != 3) refuse();
        const Word x = integer(block.items[0]), width = integer(block.items[1]), height = integer(block.items[2]);
        const Word before = i > 0 && value.items[i - 1].items.size() == 3 ? integer(value.items[i - 1].items[0]) : 0;
        if (std::abs(x) > max_shift || std::abs(x - before) > max_shift || width < 1 || width > max_block || height < 1 ||
            height > max_block)
            refuse();
        auto* cell = static_cast<Cell*>(arena.take(sizeof(Cell)));
        if (!cell) throw EngineError("the value is too large");
        const BlockStep step{static_cast<std::int32_t>(x - before), static_cast<std::uint16_t>(width),
                             static_cast<std::uint16_t>(height)};
        *cell = {step.word(), list, length_of(list) + 1};
        list = cell;
    }
    return as_word(list);
}

bool write_tower(const Cell* tower, Value& value, std::int64_t& room) {
    room -= 4 * length_of(tower);
    if (room < 0) return false;
    value.kind = Value::Kind::list;
    Word x = 0;
    for (; tower; tower = tower->tail) {
        const BlockStep step = BlockStep::of(tower->head);
        x += step.shift;
        Value block;
        block.kind = Value::Kind::list;
        for (Word number : {x, Word(step.width), Word(step.height)}) {
            block.items.emplace_back();
            block.items.back().number = number;
        }
        value.items.push_back(std::move(block));
    }
    return true;
}

bool begins(const Cell* tower, const Cell* wanted) {
    for (; tower; tower = tower->tail, wanted = wanted->tail) {
        if (BlockStep::of(tower->head).is_stop()) return true;
        if (!wanted || tower->head != wanted->head) return false;
    }
    return !wanted;
}

}  // namespace wakesleep
