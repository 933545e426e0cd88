// Whatever bytes are read as a value: it can be walked over, and what is written of it is read as the same.
// The first byte of the input chooses the limits of the encodings; then come a type and a value, without the
// checksum that keeps damage away from the reader elsewhere.
//
// Run: restore_fuzz -max_total_time=60
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzzed_values.h"
#include "persistence/value_reader.h"
#include "persistence/value_writer.h"

namespace pongo {
namespace {

ValueLimits limits_of(std::uint8_t choice) {
    const bool small = (choice & 1) != 0;
    return {.list = BlockLimits::of_option(small ? 2 : -2),
            .set = {.intset_entries = small ? 2U : 512U},
            .hash = {.fields = small ? 2U : 512U, .text_bytes = small ? 4U : 64U},
            .sorted_set = {.items = small ? 2U : 128U, .member_bytes = small ? 4U : 64U}};
}

std::string written(const DetachedValue& value) {
    BlobSink sink;
    RdbWriter writer(sink, Compression::Off);
    writer.byte(static_cast<std::uint8_t>(object_type_of(value.payload())));
    write_value(writer, value.payload());
    return std::string(sink.view());
}

}  // namespace
}  // namespace pongo

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    return pongo::mutate_value(data, size, max_size, seed, 1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pongo;
    if (size < 2) return 0;
    const ValueLimits limits = limits_of(data[0]);
    RdbReader in({reinterpret_cast<const char*>(data) + 1, size - 1});
    DetachedValue value;
    if (!read_typed_value(in, limits, value)) {
        CHECK(in.reason() != nullptr && in.offset() <= size);
        return 0;
    }
    CHECK(!is_emptied(value.payload()));
    const std::string bytes = written(value);
    RdbReader again(bytes);
    DetachedValue copy;
    CHECK(read_typed_value(again, limits, copy));
    CHECK(again.left() == 0);
    // A hash that can have expiring fields and has none is written, and so read, as one of the simpler type.
    const std::string copied = written(copy);
    CHECK(copied[0] != bytes[0] || copied.size() == bytes.size());
    return 0;
}
