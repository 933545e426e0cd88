#include <cstdint>
#include <string>

#include "base/glob.h"
#include "base/random.h"
#include "commands/debug_handlers.h"
#include "commands/families.h"
#include "commands/subcommand_error.h"
#include "engine/args.h"

namespace pongo {
namespace {

void error(Call& call) {
    call.reply().error(call.arg(2));
}

void stringmatch_test(Call& call) {
    constexpr std::string_view kLetters = "ab*?[]^-\\\xff";
    constexpr int kRounds = 20'000;
    constexpr std::uint64_t kMaxSize = 24;
    Random random;
    const auto draw = [&] {
        std::string text(random.below(kMaxSize), ' ');
        for (char& letter : text) letter = kLetters[random.below(kLetters.size())];
        return text;
    };
    for (int i = 0; i < kRounds; ++i) glob_match(draw(), draw());
    call.reply().simple("Apparently Redis did not crash: test passed");
}

void reply_numbers(ReplyWriter& reply) {
    for (int i = 0; i < 3; ++i) reply.integer(i);
}

void reply_attribute(ReplyWriter& reply) {
    if (reply.protocol() == Protocol::Resp3) {
        reply.attribute(1);
        reply.bulk("key-popularity");
        reply.array(2);
        reply.bulk("key:123");
        reply.integer(90);
    }
    reply.bulk("Some real reply following the attribute");
}

void reply_push(Call& call) {
    ReplyWriter& reply = call.reply();
    if (reply.protocol() != Protocol::Resp3) return call.fail("ERR RESP2 is not supported by this command");
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.integer(42);
    reply.bulk("Some real reply following the push reply");
}

struct ReplyKind {
    std::string_view name;
    void (*write)(Call&);
};

constexpr ReplyKind kReplyKinds[] = {
    {"string", [](Call& call) { call.reply().bulk("Hello World"); }},
    {"integer", [](Call& call) { call.reply().integer(12345); }},
    {"double", [](Call& call) { call.reply().real(3.141); }},
    {"bignum", [](Call& call) { call.reply().big_number("1234567999999999999999999999999999999"); }},
    {"null", [](Call& call) { call.reply().null(); }},
    {"array",
     [](Call& call) {
         call.reply().array(3);
         reply_numbers(call.reply());
     }},
    {"set",
     [](Call& call) {
         call.reply().set(3);
         reply_numbers(call.reply());
     }},
    {"map",
     [](Call& call) {
         call.reply().map(3);
         for (int i = 0; i < 3; ++i) {
             call.reply().integer(i);
             call.reply().boolean(i == 1);
         }
     }},
    {"attrib", [](Call& call) { reply_attribute(call.reply()); }},
    {"push", reply_push},
    {"verbatim", [](Call& call) { call.reply().verbatim("This is a verbatim\nstring"); }},
    {"true", [](Call& call) { call.reply().boolean(true); }},
    {"false", [](Call& call) { call.reply().boolean(false); }},
};

void protocol(Call& call) {
    std::string names;
    for (const ReplyKind& kind : kReplyKinds) {
        if (equals_ignore_case(call.arg(2), kind.name)) return kind.write(call);
        names.append(names.empty() ? "" : "|").append(kind.name);
    }
    call.fail("ERR Wrong protocol type name. Please use one of the following: " + names);
}

// DEBUG's words are no subcommands for COMMAND, so they have a table of their own.
struct DebugWord {
    std::string_view name;
    std::string_view usage;
    std::size_t min_argc;  // With DEBUG and the word itself.
    std::size_t max_argc;
    Handler handler;
    std::string_view summary;
};

void help(Call& call);

constexpr DebugWord kWords[] = {
    {"ASSERT", "", 2, 2, debug_assert, "Crashes by an assertion that fails."},
    {"CLIENT-EVICTION", "", 2, 2, debug_client_eviction, "Tells the limit for what all clients may hold."},
    {"DIGEST", "", 2, 2, debug_digest, "Returns a digest of all data: equal data, equal digest."},
    {"DIGEST-VALUE", "[<key> ...]", 2, SIZE_MAX, debug_digest_value, "Returns a digest of each key's value."},
    {"ERROR", "<text>", 3, 3, error, "Replies with the text as an error."},
    {"HTSTATS", "<db>", 3, 3, debug_htstats, "Tells how a database's tables are filled."},
    {"HTSTATS-KEY", "<key>", 3, 3, debug_htstats_key,
     "Tells the same of the hash table that is a key's value."},
    {"JMAP", "", 2, 2, debug_jmap, "Adds up the process's memory by what is mapped there."},
    {"LEAK", "<text>", 3, 3, debug_leak, "Allocates a copy of the text and forgets it."},
    {"LISTPACK", "<key>", 3, 3, debug_listpack,
     "Prints the listpack that is a key's value to the server's standard output."},
    {"LOADAOF", "", 2, 2, debug_loadaof,
     "Brings everything to the append-only file's disk, empties the data set and loads it from there."},
    {"LOG", "<text>", 3, 3, debug_log, "Writes the text to the log."},
    {"MALLCTL", "<name> [<value>]", 3, 4, debug_mallctl, "Reads or sets a number of the allocator's."},
    {"MALLCTL-STR", "<name> [<value>]", 3, 4, debug_mallctl_str, "Reads or sets a text of the allocator's."},
    {"OBJECT", "<key>", 3, 3, debug_object, "Tells how a key's value is kept."},
    {"OOM", "", 2, 2, debug_oom, "Crashes as if there were no memory left."},
    {"PANIC", "", 2, 2, debug_panic, "Crashes as if there were no way to go on."},
    {"PAUSE-CRON", "<0 | 1>", 3, 3, debug_pause_cron, "Stops what is done by the clock, or lets it go on."},
    {"POPULATE", "<count> [<prefix>] [<size>]", 3, 5, debug_populate,
     "Creates keys named <prefix>:0, <prefix>:1 and so on, where they are not there yet."},
    {"PROTOCOL", "<type>", 3, 3, protocol, "Replies with an example of a type of reply."},
    {"RELOAD", "[MERGE] [NOFLUSH] [NOSAVE]", 2, 5, debug_reload,
     "Saves the data set (but with NOSAVE), empties it (but with NOFLUSH) and loads it again. MERGE lets "
     "keys of the file replace those that are there."},
    {"REPLYBUFFER", "<PEAK-RESET-TIME | RESIZING> <value>", 4, 4, debug_replybuffer,
     "Changes nothing: clients share the buffers for replies."},
    {"SDSLEN", "<key>", 3, 3, debug_sdslen, "Tells the sizes of a key and of the string it holds."},
    {"SEGFAULT", "", 2, 2, debug_segfault, "Crashes by a segmentation fault."},
    {"SET-ACTIVE-EXPIRE", "<0 | 1>", 3, 3, debug_set_active_expire,
     "Says whether keys expire when nobody asks for them."},
    {"SLEEP", "<seconds>", 3, 3, debug_sleep, "Keeps all keys locked for so long."},
    {"STRINGMATCH-TEST", "", 2, 2, stringmatch_test, "Matches random texts with random patterns."},
    {"STRUCTSIZE", "", 2, 2, debug_structsize, "Tells the sizes of a few structures."},
    {"HELP", "", 2, 2, help, "Lists these words."},
};

void help(Call& call) {
    ReplyWriter& reply = call.reply();
    reply.array(1 + 2 * std::size(kWords));
    reply.simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for (const DebugWord& word : kWords) {
        reply.simple(std::string(word.name).append(word.usage.empty() ? "" : " ").append(word.usage));
        reply.simple(std::string("    ").append(word.summary));
    }
}

void debug(Call& call) {
    for (const DebugWord& word : kWords) {
        if (!equals_ignore_case(call.arg(1), word.name)) continue;
        if (call.argc() < word.min_argc || call.argc() > word.max_argc) break;
        return word.handler(call);
    }
    fail_subcommand(call);
}

constexpr CommandSpec kCommands[] = {
    {.name = "DEBUG",
     .handler = debug,
     .arity = at_least(1),
     .flags = Admin | NoScript | Loading | Stale | Protected | SystemCommand | AllShards,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "Depends on the subcommand.",
     .summary = "Looks into the server and does to it what only tests should do."},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> debug_commands() {
    return kCommands;
}

}  // namespace pongo
