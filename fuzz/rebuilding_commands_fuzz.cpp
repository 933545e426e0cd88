// Whatever bytes are read as a value: the commands that rebuild it are whole ones, all of its key, and as
// many as its items need. The input is a type and a value.
//
// Run: rebuilding_commands_fuzz -max_total_time=60
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzzed_values.h"
#include "persistence/command_reader.h"
#include "persistence/rebuilding_commands.h"
#include "persistence/value_reader.h"
#include "values/detached_value.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/stream.h"

namespace pongo {
namespace {

constexpr std::string_view kKey = "a key";

// Arguments behind name and key.
std::uint64_t item_args(const Payload& value) {
    switch (value.type) {
        case Type::String:
            return 1;
        case Type::List:
            return List(value).size();
        case Type::Set:
            return Set(value).size();
        case Type::SortedSet:
            return 2 * SortedSet(value).size();
        case Type::Hash:
            return 2 * Hash(value).size();
        case Type::Stream:
            return 0;
    }
    CHECK(false);
}

// What is in the commands.
struct Counts {
    std::uint64_t item_args = 0;  // Of those that have nothing else.
    std::uint64_t entries = 0;    // Of streams.
};

Counts count(std::string_view bytes) {
    constexpr std::size_t kMostArgs = 5 + 2 * 64;
    Counts counts;
    CommandReader reader(bytes);
    for (;;) {
        const CommandReader::Item item = reader.next();
        if (std::holds_alternative<CommandReader::End>(item)) return counts;
        const auto* const command = std::get_if<CommandReader::Command>(&item);
        CHECK(command && command->args.size() >= 3);
        const std::string_view name = command->args[0];
        const bool is_stream = name.starts_with('X');
        CHECK(command->args[name == "XGROUP" ? 2 : 1] == kKey);
        CHECK(is_stream || command->args.size() <= kMostArgs);
        if (name == "XADD") ++counts.entries;
        if (!is_stream && name != "HPEXPIREAT") counts.item_args += command->args.size() - 2;
    }
}

}  // namespace
}  // namespace pongo

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    return pongo::mutate_value(data, size, max_size, seed, 0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pongo;
    RdbReader in({reinterpret_cast<const char*>(data), size});
    DetachedValue value;
    if (size == 0 || !read_typed_value(in, kUsualLimits, value)) return 0;
    BlobSink sink;
    write_key_commands(sink, kKey, std::nullopt, value.payload());
    const Counts counts = count(sink.view());
    CHECK(counts.item_args == item_args(value.payload()));
    if (value.payload().type == Type::Stream) {
        CHECK(counts.entries >= std::max<std::uint64_t>(1, Stream(value.payload())->log.size()));
    }
    return 0;
}
