// What one option of the configuration is: its row in the table, and how its type reads, shows and writes
// values.
//
// Every value has one canonical text, the one that CONFIG GET answers ("1gb" is "1073741824"). Reading an
// argument means turning it into that text or refusing it; storing means mirroring the text into Settings;
// writing means lines for the configuration file. Any thread: all but store_value are pure.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/settings.h"

namespace pongo {

// The canonical text of what was read, or why it was refused.
struct OptionValue {
    std::string text;
    std::string error;
    bool ok() const { return error.empty(); }
};
inline OptionValue accepted(std::string text) {
    return {std::move(text), {}};
}
inline OptionValue refused(std::string_view error) {
    return {{}, std::string(error)};
}

struct YesNo {};

// A percentage means just that, or (BytesOrMemoryShare) a share of the memory that this process may have:
// then its number of bytes is what others see.
enum class NumberUnit : std::uint8_t { Plain, Bytes, BytesOrPercent, BytesOrMemoryShare, Octal };
struct Integer {
    std::int64_t min = 0;
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    NumberUnit unit = NumberUnit::Plain;
};

// A number of threads, or "auto" (0 is the same) for as many as available_cpus() says.
struct Processors {
    std::int64_t max;
};

struct Name {
    std::string_view name;
    int value;
};
// One of the names. Of two names with one value the first is the canonical one.
struct OneOf {
    std::span<const Name> names;
};
// Some of the names, their values added up. The one with the value 0 is the canonical text of none.
struct SomeOf {
    std::span<const Name> names;
};

struct Text {};

// Several words with a syntax of their own.
struct Words {
    // `earlier` is what the option holds so far, for syntaxes that change a part of it.
    OptionValue (*read)(std::span<const std::string> words, std::string_view earlier);
    // What follows the name in each of its lines of the configuration file; without this, the text in one
    // line.
    std::vector<std::string> (*lines)(std::string_view text) = nullptr;
    // Whether the lines of one file add up, the first replacing the default. (`earlier` is then empty at
    // first.)
    bool lines_add_up = false;
};

using OptionType = std::variant<YesNo, Integer, Processors, OneOf, SomeOf, Text, Words>;

// Where the live value is. monostate: the option has no meaning in this server, its text is kept and
// answered.
using Place = std::variant<std::monostate, Setting<bool> Settings::*, Setting<std::int64_t> Settings::*,
                           Setting<std::uint32_t> Settings::*, TextSetting Settings::*,
                           Setting<LogLevel> Settings::*, Setting<MaxmemoryPolicy> Settings::*,
                           Setting<AppendFsync> Settings::*, Setting<Supervised> Settings::*,
                           Setting<SyslogFacility> Settings::*, Setting<WhoMay> Settings::*,
                           Setting<DisklessLoad> Settings::*, Setting<SanitizeDump> Settings::*,
                           Setting<OomScoreAdjust> Settings::*, Setting<PubsubDefault> Settings::*,
                           Setting<PropagationError> Settings::*, Setting<EndpointType> Settings::*,
                           Setting<TlsAuthClients> Settings::*, void (*)(Settings&, std::string_view text)>;

enum OptionFlags : std::uint8_t {
    kPlain = 0,
    kImmutable = 1,  // not by CONFIG SET
    kHidden = 2,     // not in the answer to a pattern
    kSensitive = 4,  // a secret: hidden from the slow log and MONITOR
    kProtected = 8,  // by CONFIG SET only as enable-protected-configs says
};
constexpr OptionFlags operator|(OptionFlags a, OptionFlags b) {
    return static_cast<OptionFlags>(static_cast<int>(a) | static_cast<int>(b));
}

struct Option {
    std::string_view name;
    std::string_view alias = {};  // its older name
    OptionType type;
    std::string_view initial;  // as it would stand in a file
    Place place = {};
    OptionFlags flags = kPlain;
    // A last look at a value, which it may still change; answers why it is refused, nothing is consent.
    std::string (*check)(std::string& text) = nullptr;
    // What CONFIG GET answers, where that is not the whole text.
    std::string (*shown)(std::string_view text) = nullptr;

    bool is(OptionFlags flag) const { return (flags & flag) != 0; }
    bool has_meaning() const { return !std::holds_alternative<std::monostate>(place); }
};

// The whole table, in the order in which CONFIG GET answers and CONFIG REWRITE appends.
std::span<const Option> options();

// By name or alias, in any case; nullptr when there is none.
const Option* find_option(std::string_view name);

// Reads the words that follow the name in a line of the configuration file, or CONFIG SET's one argument. An
// option of several words also takes them as one, separated by spaces.
OptionValue read_value(const Option& option, std::span<const std::string> words, std::string_view earlier);

std::string default_text(const Option& option);

// The value as CONFIG GET answers it: the canonical text, unless the option says otherwise, and the number of
// threads that there are for Processors.
std::string shown_value(const Option& option, std::string_view text, const Settings& settings);

// Whole lines for the configuration file. None when the value is an empty text that needs no line.
std::vector<std::string> file_lines(const Option& option, std::string_view text);

void store_value(const Option& option, std::string_view text, Settings& settings);

// A number of bytes as it is written in the file: "1073741824" is "1gb", "1000" is itself.
std::string with_largest_unit(std::string_view bytes);

// The pieces between single spaces; none of an empty text.
std::vector<std::string> split_at_spaces(std::string_view text);
std::string joined_with_spaces(std::span<const std::string> words);

}  // namespace pongo
