#include "values/list.h"

#include <algorithm>
#include <memory>

namespace pongo {
std::unique_ptr<HeapValue> BlockList::copy() const {
    auto copied = std::make_unique<BlockList>();
    copied->blocks.append_blocks_of(blocks);
    return copied;
}

Payload List::empty() {
    return {.type = Type::List,
            .encoding = Encoding::PackedList,
            .storage = Storage::Inline,
            .bytes = Listpack::empty_bytes()};
}

std::uint64_t List::size() const {
    return is_packed() ? packed().size() : blocks_of().size();
}

List::Cursor List::end() const {
    return is_packed() ? Cursor{0, packed().end()} : blocks_of().end();
}

List::Cursor List::next(Cursor cursor) const {
    return is_packed() ? Cursor{0, packed().next(cursor.at)} : blocks_of().next(cursor);
}

List::Cursor List::previous(Cursor cursor) const {
    return is_packed() ? Cursor{0, packed().previous(cursor.at)} : blocks_of().previous(cursor);
}

List::Cursor List::seek(std::int64_t index) const {
    if (is_packed()) return {0, packed().seek(index)};
    const auto count = static_cast<std::int64_t>(size());
    if (index < 0) index += count;
    return index < 0 ? end() : blocks_of().seek(static_cast<std::uint64_t>(index));
}

List::Element List::operator[](Cursor cursor) const {
    return is_packed() ? packed()[cursor.at] : blocks_of()[cursor];
}

std::size_t List::blocks() const {
    return is_packed() ? 1 : blocks_of().blocks();
}

std::string_view List::block(std::size_t index) const {
    return is_packed() ? packed_bytes(payload_) : blocks_of().block(index);
}

ListEditor::PackedSize ListEditor::packed_size() const {
    const Payload payload = holder_.payload();
    if (payload.encoding != Encoding::PackedList) return {};
    const std::string_view bytes = packed_bytes(payload);
    return {bytes.size(), Listpack(bytes).size()};
}

PackedList* ListEditor::blocks_for(std::size_t size, std::size_t elements) {
    const Payload payload = holder_.payload();
    if (payload.encoding == Encoding::Quicklist) {
        return &static_cast<BlockList&>(heap_value(payload)).blocks;
    }
    if (limits_.allow(size, elements)) return nullptr;
    auto list = std::make_unique<BlockList>();
    const std::string_view bytes = packed_bytes(payload);
    if (!Listpack(bytes).empty()) list->blocks.append_block(bytes);
    PackedList* const blocks = &list->blocks;
    holder_.replace(heap_payload(Type::List, Encoding::Quicklist, std::move(list)));
    return blocks;
}

void ListEditor::insert(Cursor cursor, std::string_view text) {
    const bool at_end = cursor == list().end();
    const auto [size, elements] = packed_size();
    PackedList* const blocks = blocks_for(size + Listpack::encoded_size(text), elements + 1);
    if (blocks) {
        const List::Cursor at = at_end ? blocks->end() : cursor;
        blocks->insert(at, text, limits_);
        blocks->compress_inner(at.block, limits_);
    } else {
        ListpackEditor(holder_).insert(cursor.at, text);
    }
}

void ListEditor::replace(Cursor cursor, std::string_view text) {
    const auto [size, elements] = packed_size();
    if (PackedList* const blocks = blocks_for(size + Listpack::encoded_size(text), elements)) {
        blocks->replace(cursor, text, limits_);
        blocks->compress_inner(cursor.block, limits_);
    } else {
        ListpackEditor(holder_).replace(cursor.at, text);
    }
}

ListEditor::Cursor ListEditor::erase(Cursor cursor, std::uint64_t count) {
    if (PackedList* const blocks = blocks_for(0, 0)) {
        const List::Cursor following = blocks->erase(cursor, count);
        blocks->compress_inner(cursor.block, limits_);
        return following;
    }
    return {0, ListpackEditor(holder_).erase(cursor.at, count)};
}

}  // namespace pongo
