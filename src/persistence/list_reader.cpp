#include <array>
#include <memory>
#include <string>
#include <utility>

#include "persistence/value_readers.h"
#include "persistence/ziplist.h"
#include "values/list.h"

namespace pongo {
namespace {

void read_strings(RdbReader& in, ListEditor& list) {
    RdbString text;
    for (std::uint64_t left = in.count(1); left > 0 && !in.failed(); --left) {
        in.string(text);
        if (text.view().size() > List::kMostElementBytes) return in.fail("an element is too big");
        if (!in.failed()) list.push_back(text.view());
    }
}

void read_ziplist(RdbReader& in, ListEditor& list) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Ziplist::valid(bytes.view())) return in.fail("this is no ziplist");
    std::array<char, kMaxInt64Digits> digits;
    Ziplist(bytes.view()).for_each([&](const Ziplist::Element& element) {
        list.push_back(element.text(digits));
    });
}

void append_node(RdbReader& in, std::uint64_t form, std::string_view bytes, PackedList& blocks) {
    if (form == kPackedNode) {
        if (!Listpack::valid(bytes)) return in.fail("this is no listpack");
        if (!Listpack(bytes).empty()) blocks.append_block(bytes);
    } else if (form == kPlainNode) {
        if (bytes.size() > List::kMostElementBytes) return in.fail("an element is too big");
        std::string block(Listpack::empty_bytes());
        StringStore store(block);
        ListpackEditor(store).push_back(bytes);
        blocks.append_block(block);
    } else {
        in.fail("this is no form of a list's node");
    }
}

void read_blocks(RdbReader& in, const BlockLimits& limits, DetachedValue& value) {
    auto list = std::make_unique<BlockList>();
    PackedList& blocks = list->blocks;
    RdbString bytes;
    for (std::uint64_t left = in.count(2); left > 0 && !in.failed(); --left) {
        const std::uint64_t form = in.length();
        in.string(bytes);
        if (!in.failed()) append_node(in, form, bytes.view(), blocks);
    }
    if (in.failed()) return;
    if (blocks.blocks() == 1 && limits.allow(blocks.block(0).size(), blocks.size())) {
        Payload packed = List::empty();
        packed.bytes = blocks.block(0);
        value.replace(packed);
    } else {
        blocks.compress_all_inner(limits);
        value.replace(heap_payload(Type::List, Encoding::Quicklist, std::move(list)));
    }
}

}  // namespace

void read_list(RdbReader& in, ObjectType type, const BlockLimits& limits, DetachedValue& value) {
    value.replace(List::empty());
    ListEditor list(value, limits);
    switch (type) {
        case ObjectType::List:
            read_strings(in, list);
            break;
        case ObjectType::ListZiplist:
            read_ziplist(in, list);
            break;
        case ObjectType::ListZiplists:
            for (std::uint64_t left = in.count(1); left > 0 && !in.failed(); --left) read_ziplist(in, list);
            break;
        default:
            read_blocks(in, limits, value);
    }
    if (!in.failed() && list.list().size() == 0) in.fail("a list without elements");
}

}  // namespace pongo
