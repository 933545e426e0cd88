// Reads commands from the bytes of an append-only file, which may come from anywhere: arrays of bulk strings,
// as clients send them, and lines that begin with '#' between them. What MULTI, EXEC and SELECT mean is the
// caller's affair.
//
//   CommandReader reader(file.view());
//   for (;;) {
//       const CommandReader::Item item = reader.next();
//       if (const auto* command = std::get_if<CommandReader::Command>(&item)) ...
//   }
//
// Nothing is allocated that is not in proportion to the bytes that are there, and nothing for a command that
// has no more arguments than one before.
//
// As for Redis, a line may end without '\r'. Redis also ignores what stands behind a number, and which two
// bytes end an argument; here that is an error.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace pongo {

class CommandReader {
  public:
    // There is at least one argument: the name. The span is good until the next call of next(), what its
    // views view as long as the file. The command stands from `offset` up to `end`.
    struct Command {
        std::span<const std::string_view> args;
        std::size_t offset;
        std::size_t end;
    };
    // A line "#TS:1628217470": what follows was written in this second of Unix time, or later. (Other lines
    // with '#' are passed over.)
    struct Timestamp {
        std::int64_t unix_s;
        std::size_t offset;  // Of the line.
    };
    // The file ends with a command, or a line.
    struct End {};
    // The file ends in the middle of what begins at this offset: it is whole up to there.
    struct Truncated {
        std::size_t offset;
    };
    struct Error {
        std::size_t offset;  // Of what is wrong.
        std::string_view reason;
    };
    using Item = std::variant<Command, Timestamp, End, Truncated, Error>;

    // Reads from an offset on, behind an RDB preamble. All offsets are those in the file. REQUIRES: it is
    // within the file.
    explicit CommandReader(std::string_view file, std::size_t offset = 0) : file_(file), at_(offset) {}

    // What comes next. After an End, a Truncated or an Error always the same again.
    Item next();

    // How far it has read: what stands in front of this is needed only by those who kept a Command.
    std::size_t offset() const { return at_; }

  private:
    // Nothing for a line that is passed over.
    std::optional<Item> read_line();
    Item read_command();
    // These go on and return true, or say in last_ why they cannot.
    bool read_argument();
    bool read_number(char type, std::uint64_t& number);
    bool at_end_of_file();
    bool fail(std::size_t offset, std::string_view reason);

    std::string_view file_;
    std::size_t at_;
    std::size_t begin_ = 0;  // Of the command or line that is being read.
    std::vector<std::string_view> args_;
    std::optional<Item> last_;  // An End, a Truncated or an Error.
};

}  // namespace pongo
