#include "persistence/value_reader.h"

#include "persistence/rdb_format.h"
#include "persistence/value_readers.h"
#include "values/string.h"

namespace pongo {
namespace {

void read_string(RdbReader& in, DetachedValue& value) {
    RdbString text;
    in.string(text);
    if (!in.failed()) value.replace(String::encode(text.view()));
}

}  // namespace

bool read_typed_value(RdbReader& in, const ValueLimits& limits, DetachedValue& value) {
    const std::uint8_t type = in.byte();
    return !in.failed() && read_value(in, type, limits, value);
}

bool read_value(RdbReader& in, std::uint8_t type, const ValueLimits& limits, DetachedValue& value) {
    const auto object_type = static_cast<ObjectType>(type);
    switch (object_type) {
        case ObjectType::String:
            read_string(in, value);
            break;
        case ObjectType::List:
        case ObjectType::ListZiplist:
        case ObjectType::ListZiplists:
        case ObjectType::ListBlocks:
            read_list(in, object_type, limits.list, value);
            break;
        case ObjectType::Set:
        case ObjectType::SetIntset:
        case ObjectType::SetListpack:
            read_set(in, object_type, limits.set, value);
            break;
        case ObjectType::Hash:
        case ObjectType::HashZipmap:
        case ObjectType::HashZiplist:
        case ObjectType::HashListpack:
        case ObjectType::HashExpiring:
        case ObjectType::HashExpiringListpack:
            read_hash(in, object_type, limits.hash, value);
            break;
        case ObjectType::SortedSet:
        case ObjectType::SortedSetText:
        case ObjectType::SortedSetZiplist:
        case ObjectType::SortedSetListpack:
            read_sorted_set(in, object_type, limits.sorted_set, value);
            break;
        case ObjectType::StreamListpacks:
        case ObjectType::StreamListpacks2:
        case ObjectType::StreamListpacks3:
            read_stream(in, object_type, value);
            break;
        case ObjectType::EarlyModule:
        case ObjectType::Module:
            in.fail("this is a value of a module");
            break;
        default:
            in.fail("this is no type of a value");
    }
    return !in.failed();
}

}  // namespace pongo
