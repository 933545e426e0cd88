// Whatever bytes are read as commands of an append-only file: the reader ends, within them, with what it
// always says from then on. The commands that it found, written anew, are read as the same ones, and of a
// file that is cut off anywhere all those in front of the cut.
//
// Run: command_reader_fuzz -max_total_time=60
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "persistence/command_reader.h"
#include "resp/command_writer.h"

namespace pongo {
namespace {

using Reader = CommandReader;
using Commands = std::vector<std::vector<std::string_view>>;

struct Contents {
    Commands commands;
    std::size_t last = 0;   // The index of the alternative that ended it.
    std::size_t whole = 0;  // The end of the last command or time.
};

bool is_within(std::string_view part, std::string_view file) {
    return part.data() >= file.data() && part.data() + part.size() <= file.data() + file.size();
}

void check_ending(const Reader::Item& item, std::size_t whole, std::string_view file) {
    if (const auto* cut = std::get_if<Reader::Truncated>(&item)) {
        CHECK(cut->offset >= whole && cut->offset < file.size());
    } else if (const auto* error = std::get_if<Reader::Error>(&item)) {
        CHECK(error->offset >= whole && error->offset < file.size() && !error->reason.empty());
    }
}

Contents read_all(std::string_view file) {
    Reader reader(file);
    Contents contents;
    for (;;) {
        const std::size_t before = reader.offset();
        const Reader::Item item = reader.next();
        CHECK(reader.offset() <= file.size());
        if (const auto* command = std::get_if<Reader::Command>(&item)) {
            CHECK(command->offset >= before && command->offset < command->end);
            CHECK(command->end == reader.offset() && !command->args.empty());
            for (const std::string_view arg : command->args) CHECK(is_within(arg, file));
            contents.commands.emplace_back(command->args.begin(), command->args.end());
        } else if (!std::holds_alternative<Reader::Timestamp>(item)) {
            check_ending(item, contents.whole, file);
            CHECK(reader.next().index() == item.index());
            contents.last = item.index();
            return contents;
        }
        contents.whole = reader.offset();
    }
}

}  // namespace
}  // namespace pongo

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pongo;
    constexpr std::size_t kEnd = 2;
    constexpr std::size_t kTruncated = 3;
    const Contents contents = read_all({reinterpret_cast<const char*>(data), size});
    std::string file;
    std::vector<std::size_t> ends;
    for (const auto& args : contents.commands) {
        CommandWriter writer(file);
        writer.begin(args.size());
        for (const std::string_view arg : args) writer.arg(arg);
        writer.flush();
        ends.push_back(file.size());
    }
    const Contents again = read_all(file);
    CHECK(again.last == kEnd && again.whole == file.size() && again.commands == contents.commands);
    // At some places only: all of them would take too long.
    for (std::size_t cut = 0; cut < file.size(); cut += 1 + file.size() / 64) {
        std::size_t whole = 0;
        std::size_t whole_bytes = 0;
        while (whole < ends.size() && ends[whole] <= cut) whole_bytes = ends[whole++];
        const Contents part = read_all(std::string_view(file).substr(0, cut));
        CHECK(part.commands.size() == whole && part.whole == whole_bytes);
        CHECK(part.last == (whole_bytes == cut ? kEnd : kTruncated));
    }
    return 0;
}
