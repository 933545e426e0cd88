// What a command is: one row of a table. Everything that COMMAND, the ACL categories, HELP, the key locks and
// the gates know about a command is derived from its row (see command_table.h).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace pongo {

class Call;
class Engine;
using Handler = void (*)(Call&);

// The names are those that COMMAND INFO shows, and so is their order.
enum CommandFlag : std::uint32_t {
    Write = 1 << 0,
    ReadOnly = 1 << 1,
    DenyOom = 1 << 2,
    Module = 1 << 3,
    Admin = 1 << 4,
    PubSub = 1 << 5,
    NoScript = 1 << 6,
    Blocking = 1 << 7,
    Loading = 1 << 8,  // Allowed while the data set is being loaded.
    Stale = 1 << 9,
    SkipMonitor = 1 << 10,
    SkipSlowlog = 1 << 11,
    Asking = 1 << 12,
    Fast = 1 << 13,
    NoAuth = 1 << 14,  // Allowed before AUTH.
    NoMandatoryKeys = 1 << 15,
    NoAsyncLoading = 1 << 16,
    NoMulti = 1 << 17,
    MovableKeys = 1 << 18,
    AllowBusy = 1 << 19,
    // Not shown by COMMAND INFO:
    EndsMulti = 1 << 20,   // Leaves a transaction: let in however little memory there is.
    RunsScript = 1 << 21,  // EVAL and its kin: may need more shards than those of its keys.
    CatchesUp = 1 << 22,   // Starts or stops what others send the client: what they have sent goes out first.
    KeepsCaching = 1 << 23,     // What CLIENT CACHING has said is about a later command.
    WhileSubscribed = 1 << 24,  // Allowed in RESP2 to a client that subscribes to something.
    RunsQueue = 1 << 25,        // EXEC: takes the locks of all that is queued.
    NotQueued = 1 << 26,        // Runs at once even between MULTI and EXEC.
    MayReplicate = 1 << 27,     // No Write, but copies of the data set may have to hear of it.
    AllShards = 1 << 28,        // Works on the whole keyspace: takes every shard's lock.
    Protected = 1 << 29,        // Only where enable-debug-command (and its kin) allows it.
    // Not for applications: "syscmd" in COMMAND DOCS.
    SystemCommand = 1 << 30,
    // Refused, like writing commands, while the disk makes trouble.
    TellsOfTrouble = std::uint32_t{1} << 31,
};

// ACL categories. Those that follow from the flags are not written in a row.
enum Category : std::uint32_t {
    CatKeyspace = 1 << 0,
    CatRead = 1 << 1,
    CatWrite = 1 << 2,
    CatSet = 1 << 3,
    CatSortedSet = 1 << 4,
    CatList = 1 << 5,
    CatHash = 1 << 6,
    CatString = 1 << 7,
    CatBitmap = 1 << 8,
    CatHyperLogLog = 1 << 9,
    CatGeo = 1 << 10,
    CatStream = 1 << 11,
    CatPubSub = 1 << 12,
    CatAdmin = 1 << 13,
    CatFast = 1 << 14,
    CatSlow = 1 << 15,
    CatBlocking = 1 << 16,
    CatDangerous = 1 << 17,
    CatConnection = 1 << 18,
    CatTransaction = 1 << 19,
    CatScripting = 1 << 20,
};

// Redis counts the command's own name: positive is exact, negative is "at least".
struct Arity {
    int value;
    bool accepts(std::size_t argc) const {
        return value >= 0 ? argc == static_cast<std::size_t>(value)
                          : argc >= static_cast<std::size_t>(-value);
    }
};
// `args` without the name (and without the subcommand's name, for the row of one: see `subcommand`).
constexpr Arity exactly(int args) {
    return {args + 1};
}
constexpr Arity at_least(int args) {
    return {-(args + 1)};
}

// How a command uses a key; COMMAND INFO and ACL key permissions show it.
enum KeyFlag : std::uint16_t {
    KeyRO = 1 << 0,
    KeyRW = 1 << 1,
    KeyOW = 1 << 2,
    KeyRM = 1 << 3,
    KeyAccess = 1 << 4,
    KeyUpdate = 1 << 5,
    KeyInsert = 1 << 6,
    KeyDelete = 1 << 7,
    KeyNotKey = 1 << 8,
    KeyIncomplete = 1 << 9,
    KeyVariableFlags = 1 << 10,
};

// Where a command's keys stand among its arguments: where they begin, and how to find the rest from there.
// (Redis 7's key specifications.)
struct KeySpec {
    enum class Begin : std::uint8_t { None, Index, Keyword, Unknown };
    enum class Find : std::uint8_t { None, Range, Count, Unknown };

    Begin begin = Begin::None;
    Find find = Find::None;
    std::uint16_t flags = 0;
    int index = 0;  // Begin::Index: the argument; Begin::Keyword: where to start looking for it.
    std::string_view keyword = {};  // Begin::Keyword
    int last = 0;                   // Find::Range: relative to the first; negative: from the end.
    int step = 1;
    int limit = 0;        // Find::Range with last -1: 2 is the first half of the rest, and so on.
    int count_index = 0;  // Find::Count: where the number of keys is, relative to the beginning ...
    int first_index = 0;  // ... and where the first key is.
    std::string_view notes = {};
};

constexpr KeySpec key_at(int index, int flags) {
    return {.begin = KeySpec::Begin::Index,
            .find = KeySpec::Find::Range,
            .flags = static_cast<std::uint16_t>(flags),
            .index = index};
}
// Keys from `index` to `last` (relative to the first; -1 is the last argument, -2 the one before it).
constexpr KeySpec keys_from(int index, int last, int step, int flags, int limit = 0) {
    KeySpec spec = key_at(index, flags);
    spec.last = last;
    spec.step = step;
    spec.limit = limit;
    return spec;
}
// A number of keys at `index`, the keys behind it.
constexpr KeySpec counted_keys(int index, int flags) {
    return {.begin = KeySpec::Begin::Index,
            .find = KeySpec::Find::Count,
            .flags = static_cast<std::uint16_t>(flags),
            .index = index,
            .count_index = 0,
            .first_index = 1};
}

// Up to this many specifications are enough for every command of Redis.
struct KeySpecs {
    static constexpr std::size_t kMax = 3;
    KeySpec specs[kMax] = {};
    std::size_t count = 0;

    constexpr KeySpecs() = default;
    constexpr KeySpecs(const KeySpec& spec) : specs{spec}, count(1) {}  // NOLINT: `.keys = key_at(1, ...)`
    constexpr KeySpecs(std::initializer_list<KeySpec> list) {
        for (const KeySpec& spec : list) specs[count++] = spec;
    }
    constexpr const KeySpec* begin() const { return specs; }
    constexpr const KeySpec* end() const { return specs + count; }
};

// What a request does with its keys (KeyFlag), where that depends on its other arguments: for rows with
// KeyVariableFlags.
using KeyUse = std::uint16_t (*)(std::span<const std::string_view> args);

// The argument that is the key of a row's last specification, where that says that it is unknown where to
// look; 0 if there is none.
using FindKey = std::size_t (*)(std::span<const std::string_view> args);

// Whether a request reaches keys that are not among its arguments.
using ReachesFurther = bool (*)(std::span<const std::string_view> args);

// The flags of a request that says of itself what it does, where its row has these.
using FlagsOf = std::uint32_t (*)(Engine& engine, std::uint32_t flags,
                                  std::span<const std::string_view> args);

enum class Group : std::uint8_t {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    PubSub,
    Transactions,
    Connection,
    Server,
    Scripting,
    HyperLogLog,
    Cluster,
    Sentinel,
    Geo,
    Stream,
    Bitmap,
};

struct Change {
    std::string_view since;
    std::string_view what;
};

struct CommandSpec {
    std::string_view name;  // Upper case; of a subcommand, only its own word.
    Handler handler = nullptr;
    Arity arity = {0};
    std::uint32_t flags = 0;
    std::uint32_t categories = 0;  // Beyond those that follow from flags.
    KeySpecs keys = {};
    KeyUse key_use = nullptr;
    FindKey find_last_key = nullptr;
    ReachesFurther reaches_further = nullptr;  // If it says so, every shard's lock is taken.
    FlagsOf flags_of = nullptr;
    Group group = Group::Generic;
    std::string_view since = {};
    std::string_view cost = {};     // Complexity
    std::string_view summary = {};  // Our own words: the command's doc comment.
    // The arguments, in the notation of command_syntax.h.
    std::string_view syntax = {};
    std::string_view tips = {};  // Separated by spaces.
    std::string_view deprecated_since = {};
    std::string_view replaced_by = {};
    std::span<const Change> history = {};
    std::span<const CommandSpec> subcommands = {};
    // Lines of HELP for a subcommand, where it has more to say than its syntax and summary.
    std::string_view help = {};
};

// What a table of rows must satisfy; checked when it is compiled. (That there is a handler is checked by
// CommandTable: with GCC's sanitizers the address of a function in another file is no constant.)
constexpr bool well_formed(std::span<const CommandSpec> rows) {
    for (const CommandSpec& row : rows) {
        if (row.name.empty() || row.summary.empty() || row.since.empty()) return false;
        if ((row.flags & Write) != 0 && (row.flags & ReadOnly) != 0) return false;
        for (const KeySpec& key : row.keys) {
            const bool changes = (key.flags & (KeyRW | KeyOW | KeyRM)) != 0;
            const bool may_change = (row.flags & (Write | MayReplicate)) != 0 || (key.flags & KeyNotKey) != 0;
            if (changes && !may_change) return false;
        }
        if (!row.subcommands.empty() && !well_formed(row.subcommands)) return false;
    }
    return true;
}

}  // namespace pongo
