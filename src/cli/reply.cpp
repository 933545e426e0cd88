#include "cli/reply.h"

#include <Poco/NumberParser.h>

#include <algorithm>
#include <optional>

#include "cli/cli_error.h"
#include "cli/words.h"

namespace pongo::cli {
namespace {

using Kind = Reply::Kind;

/// What arrives grows in such steps, so that a length which is only announced costs no memory.
constexpr Poco::Int64 kReadStep = 1 << 20;

class Reader {
  public:
    explicit Reader(Poco::Redis::RedisInputStream& input) : input_(input) {}

    Reply read() {
        while (true) {
            const char marker = read_marker();
            if (marker != '|') return read_value(marker);
            read_elements(read_length().value_or(0) * 2);
        }
    }

  private:
    Reply read_value(char marker) {
        switch (marker) {
            case '+':
                return {Kind::Status, read_line(), {}};
            case '-':
                return {Kind::Error, read_line(), {}};
            case ':':
                return {Kind::Integer, read_line(), {}};
            case ',':
                return {Kind::Double, read_line(), {}};
            case '(':
                return {Kind::BigNumber, read_line(), {}};
            case '#':
                return {Kind::Boolean, read_line(), {}};
            case '_':
                return read_line(), Reply{};
            case '$':
                return read_string(Kind::Bulk);
            case '=':
                return read_string(Kind::Verbatim);
            case '!':
                return read_string(Kind::Error);
            case '*':
                return read_aggregate(Kind::Array, 1);
            case '%':
                return read_aggregate(Kind::Map, 2);
            case '~':
                return read_aggregate(Kind::Set, 1);
            case '>':
                return read_aggregate(Kind::Push, 1);
            default:
                throw CliError("Error: Protocol error, got " + quoted({&marker, 1}) + " as reply type byte");
        }
    }

    char read_marker() {
        char marker = 0;
        input_.get(marker);
        check_input();
        return marker;
    }

    std::string read_line() {
        std::string line = input_.getline();
        check_input();
        return line;
    }

    /// Returns nothing for -1, the length of what is not there.
    std::optional<Poco::Int64> read_length() {
        const std::string line = read_line();
        Poco::Int64 length = 0;
        if (!Poco::NumberParser::tryParse64(line, length) || length < -1) {
            throw CliError("Error: Protocol error, got " + quoted(line) + " as a length");
        }
        if (length == -1) return std::nullopt;
        return length;
    }

    Reply read_string(Kind kind) {
        const auto length = read_length();
        if (!length) return {};

        Reply reply{kind, read_bytes(*length), {}};
        constexpr std::size_t kFormatName = 4;  // "txt:" or "mkd:"
        if (kind == Kind::Verbatim) reply.text.erase(0, kFormatName);
        return reply;
    }

    std::string read_bytes(Poco::Int64 length) {
        std::string bytes;
        while (length > 0) {
            const auto step = static_cast<std::size_t>(std::min(length, kReadStep));
            bytes.resize(bytes.size() + step);
            input_.read(bytes.data() + bytes.size() - step, static_cast<std::streamsize>(step));
            check_input();
            length -= static_cast<Poco::Int64>(step);
        }
        read_line();
        return bytes;
    }

    Reply read_aggregate(Kind kind, int parts_per_element) {
        const auto length = read_length();
        if (!length) return {};
        return {kind, {}, read_elements(*length * parts_per_element)};
    }

    std::vector<Reply> read_elements(Poco::Int64 count) {
        std::vector<Reply> elements;
        while (count-- > 0) elements.push_back(read());
        return elements;
    }

    void check_input() {
        if (!input_) throw ConnectionLost("Error: Server closed the connection");
    }

    Poco::Redis::RedisInputStream& input_;
};

}  // namespace

Reply read_reply(Poco::Redis::RedisInputStream& input) {
    return Reader(input).read();
}

}  // namespace pongo::cli
