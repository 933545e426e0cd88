#include "persistence/skip_value.h"

#include <cstddef>

#include "persistence/rdb_format.h"
#include "values/stream_id.h"

namespace pongo {
namespace {

// Calls skip() for each item of those whose number stands here.
template <typename Skip>
void skip_each(RdbReader& in, std::size_t least_bytes, Skip&& skip) {
    for (std::uint64_t left = in.count(least_bytes); left > 0 && !in.failed(); --left) skip();
}

void skip_strings(RdbReader& in, int strings_of_item) {
    skip_each(in, static_cast<std::size_t>(strings_of_item), [&] {
        for (int i = 0; i < strings_of_item; ++i) in.skip_string();
    });
}

void skip_lengths(RdbReader& in, int count) {
    for (int i = 0; i < count; ++i) in.length();
}

void skip_blocks(RdbReader& in) {
    skip_each(in, 2, [&] {
        in.length();
        in.skip_string();
    });
}

void skip_sorted_set(RdbReader& in) {
    skip_each(in, 1 + sizeof(double), [&] {
        in.skip_string();
        in.real();
    });
}

void skip_text_scores(RdbReader& in) {
    skip_each(in, 2, [&] {
        in.skip_string();
        const std::uint8_t size = in.byte();
        if (size < kTextNan) in.bytes(size);
    });
}

void skip_expiring_hash(RdbReader& in) {
    in.fixed64();
    skip_each(in, 3, [&] {
        in.length();
        in.skip_string();
        in.skip_string();
    });
}

void skip_consumer(RdbReader& in, ObjectType type) {
    in.skip_string();
    in.fixed64();
    if (type == ObjectType::StreamListpacks3) in.fixed64();
    skip_each(in, StreamId::kBytes, [&] { in.bytes(StreamId::kBytes); });
}

void skip_group(RdbReader& in, ObjectType type) {
    in.skip_string();
    skip_lengths(in, type == ObjectType::StreamListpacks ? 2 : 3);
    skip_each(in, StreamId::kBytes + 9, [&] {
        in.bytes(StreamId::kBytes);
        in.fixed64();
        in.length();
    });
    skip_each(in, 10, [&] { skip_consumer(in, type); });
}

void skip_stream(RdbReader& in, ObjectType type) {
    skip_strings(in, 2);
    skip_lengths(in, type == ObjectType::StreamListpacks ? 3 : 8);
    skip_each(in, 4, [&] { skip_group(in, type); });
}

}  // namespace

void skip_module(RdbReader& in) {
    in.length();
    while (!in.failed()) {
        switch (static_cast<ModuleOpcode>(in.length())) {
            case ModuleOpcode::Eof:
                return;
            case ModuleOpcode::SignedInteger:
            case ModuleOpcode::UnsignedInteger:
                in.length();
                break;
            case ModuleOpcode::Float:
                in.bytes(sizeof(float));
                break;
            case ModuleOpcode::Double:
                in.bytes(sizeof(double));
                break;
            case ModuleOpcode::String:
                in.skip_string();
                break;
            default:
                in.fail("this is no part of a module's value");
        }
    }
}

bool is_object_type(std::uint8_t type) {
    constexpr auto kLastBeforeGap = static_cast<std::uint8_t>(ObjectType::Module);
    constexpr auto kFirstAfterGap = static_cast<std::uint8_t>(ObjectType::HashZipmap);
    constexpr auto kLast = static_cast<std::uint8_t>(ObjectType::StreamListpacks3);
    return type <= kLastBeforeGap || (type >= kFirstAfterGap && type <= kLast) ||
           type == static_cast<std::uint8_t>(ObjectType::HashExpiring) ||
           type == static_cast<std::uint8_t>(ObjectType::HashExpiringListpack);
}

void skip_value(RdbReader& in, std::uint8_t type) {
    const auto object_type = static_cast<ObjectType>(type);
    switch (object_type) {
        case ObjectType::String:
        case ObjectType::HashZipmap:
        case ObjectType::ListZiplist:
        case ObjectType::SetIntset:
        case ObjectType::SortedSetZiplist:
        case ObjectType::HashZiplist:
        case ObjectType::HashListpack:
        case ObjectType::SortedSetListpack:
        case ObjectType::SetListpack:
            return in.skip_string();
        case ObjectType::List:
        case ObjectType::Set:
        case ObjectType::ListZiplists:
            return skip_strings(in, 1);
        case ObjectType::Hash:
            return skip_strings(in, 2);
        case ObjectType::SortedSetText:
            return skip_text_scores(in);
        case ObjectType::SortedSet:
            return skip_sorted_set(in);
        case ObjectType::ListBlocks:
            return skip_blocks(in);
        case ObjectType::StreamListpacks:
        case ObjectType::StreamListpacks2:
        case ObjectType::StreamListpacks3:
            return skip_stream(in, object_type);
        case ObjectType::HashExpiring:
            return skip_expiring_hash(in);
        case ObjectType::HashExpiringListpack:
            in.fixed64();
            return in.skip_string();
        case ObjectType::Module:
            return skip_module(in);
        case ObjectType::EarlyModule:
            return in.fail("only the module that wrote this value knows where it ends");
        default:
            in.fail("this is no type of a value");
    }
}

}  // namespace pongo
