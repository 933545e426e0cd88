#include "persistence/rebuilding_commands.h"

#include <Poco/RegularExpression.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "persistence/command_reader.h"
#include "persistence/dump_payload.h"
#include "persistence/value_reader.h"
#include "support/test_server.h"
#include "values/detached_value.h"

namespace pongo {
namespace {

using namespace std::string_literals;
using Args = std::vector<std::string>;

constexpr ValueLimits kLimits{.list = {},
                              .set = {.intset_entries = 512},
                              .hash = {.fields = 512, .text_bytes = 64},
                              .sorted_set = {.items = 128, .member_bytes = 64}};

std::vector<Args> commands_of(std::string_view bytes) {
    std::vector<Args> commands;
    CommandReader reader(bytes);
    for (auto item = reader.next(); !std::holds_alternative<CommandReader::End>(item); item = reader.next()) {
        const auto* command = std::get_if<CommandReader::Command>(&item);
        EXPECT_TRUE(command);
        if (!command) break;
        commands.emplace_back(command->args.begin(), command->args.end());
    }
    return commands;
}

// The commands, one in a line.
std::string lines_of(std::string_view bytes) {
    std::string lines;
    for (const Args& args : commands_of(bytes)) {
        for (const std::string& arg : args) lines += (&arg == &args.front() ? "" : " ") + arg;
        lines += "\n";
    }
    return lines;
}

// The bulk string in a reply.
std::string text_of(const std::string& reply) {
    const std::size_t begin = reply.find("\r\n") + 2;
    return reply.substr(begin, reply.size() - begin - 2);
}

class RebuildingCommandsTest : public testing::Test {
  protected:
    void run(const Args& args) {
        const std::string reply = server_.run(args);
        EXPECT_FALSE(reply.starts_with('-')) << args[0] << ": " << reply;
    }
    void run_words(const std::string& line) {
        Args args;
        for (std::size_t at = 0; at < line.size();) {
            const std::size_t end = std::min(line.find(' ', at), line.size());
            args.push_back(line.substr(at, end - at));
            at = end + 1;
        }
        run(args);
    }

    // The commands for a key of the server.
    std::string bytes_of(const std::string& key) {
        const std::string payload = text_of(server_.run({"DUMP", key}));
        const auto body = value_of_dump(payload);
        EXPECT_TRUE(body);
        RdbReader in(*body);
        DetachedValue value;
        EXPECT_TRUE(read_typed_value(in, kLimits, value)) << in.reason();
        const std::string expiry = server_.run({"PEXPIRETIME", key});
        std::optional<std::int64_t> expires_at_ms;
        if (!expiry.starts_with(":-")) expires_at_ms = std::stoll(expiry.substr(1));
        BlobSink sink;
        write_key_commands(sink, key, expires_at_ms, value.payload());
        return std::string(sink.view());
    }
    std::string lines(const std::string& key) { return lines_of(bytes_of(key)); }

    // All that can be seen of a key, but when consumers were last seen and how a stream is stored.
    static std::string facts(TestServer& server, const std::string& key) {
        std::string facts;
        for (const Args& args : std::vector<Args>{{"DEBUG", "DIGEST-VALUE", key},
                                                  {"PEXPIRETIME", key},
                                                  {"XINFO", "STREAM", key, "FULL", "COUNT", "0"}}) {
            facts += server.run(args);
        }
        Poco::RegularExpression("(seen-time|radix-tree-keys|radix-tree-nodes)\r\n:[0-9]+")
            .subst(facts, "", Poco::RegularExpression::RE_GLOBAL);
        return facts;
    }
    // Rebuilds the key in another server.
    void check_rebuilt(const std::string& key) {
        TestServer other;
        for (const Args& args : commands_of(bytes_of(key))) {
            EXPECT_LE(args.size(), 2U + 2 * 64 + 3);
            const std::string reply = other.run(args);
            ASSERT_FALSE(reply.starts_with('-')) << args[0] << ": " << reply;
        }
        EXPECT_EQ(facts(other, key), facts(server_, key)) << key;
    }

    TestServer server_;
};

TEST_F(RebuildingCommandsTest, ChoosesDatabasesAndLoadsLibraries) {
    BlobSink sink;
    write_library_command(sink, "#!lua name=x\n");
    write_database_command(sink, 12);
    EXPECT_EQ(sink.view(),
              "*3\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$13\r\n#!lua name=x\n\r\n"
              "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n");
}

TEST_F(RebuildingCommandsTest, ValuesAreInTheCommandsOfTheirTypes) {
    run_words("SET string text");
    run_words("SET number -12");
    run_words("RPUSH list b 7 a");
    run_words("SADD integers 3 1 2");
    run_words("SADD set member");
    run_words("ZADD sorted 0.1 b 1 a inf c -inf d");
    run_words("HSET hash field 1 2 value");
    EXPECT_EQ(lines("string"), "SET string text\n");
    EXPECT_EQ(lines("number"), "SET number -12\n");
    EXPECT_EQ(lines("list"), "RPUSH list b 7 a\n");
    EXPECT_EQ(lines("integers"), "SADD integers 1 2 3\n");
    EXPECT_EQ(lines("set"), "SADD set member\n");
    EXPECT_EQ(lines("sorted"), "ZADD sorted -inf d 0.10000000000000001 b 1 a inf c\n");
    EXPECT_EQ(lines("hash"), "HMSET hash field 1 2 value\n");
}

TEST_F(RebuildingCommandsTest, ExpiriesComeLast) {
    run_words("SET string text PXAT 9999999999999");
    EXPECT_EQ(lines("string"), "SET string text\nPEXPIREAT string 9999999999999\n");
    run_words("HSET hash a 1 b 2 c 3 d 4");
    run_words("HPEXPIREAT hash 9000000000002 FIELDS 2 d a");
    run_words("HPEXPIREAT hash 9000000000001 FIELDS 1 b");
    run_words("PEXPIREAT hash 9999999999999");
    const std::string written = lines("hash");
    EXPECT_EQ(written.substr(written.find('\n') + 1),
              "HPEXPIREAT hash 9000000000001 FIELDS 1 b\n"
              "HPEXPIREAT hash 9000000000002 FIELDS 2 a d\n"
              "PEXPIREAT hash 9999999999999\n");
    check_rebuilt("hash");
}

TEST_F(RebuildingCommandsTest, AStreamHasItsEntriesItsStateAndItsGroups) {
    for (const char* const line :
         {"XADD s 1-1 f v g 2", "XADD s 1-2 f v", "XADD s 5-0 f v", "XDEL s 5-0", "XGROUP CREATE s g 1-1",
          "XGROUP CREATECONSUMER s g idle", "XREADGROUP GROUP g c STREAMS s >",
          "XCLAIM s g c 0 1-2 TIME 1000 RETRYCOUNT 3 JUSTID", "XGROUP CREATE s h 1-2 ENTRIESREAD 2"}) {
        run_words(line);
    }
    EXPECT_EQ(lines("s"),
              "XADD s 1-1 f v g 2\n"
              "XADD s 1-2 f v\n"
              "XSETID s 5-0 ENTRIESADDED 3 MAXDELETEDID 5-0\n"
              "XGROUP CREATE s g 1-2 ENTRIESREAD -1\n"
              "XCLAIM s g c 0 1-2 TIME 1000 RETRYCOUNT 3 JUSTID FORCE\n"
              "XGROUP CREATECONSUMER s g idle\n"
              "XGROUP CREATE s h 1-2 ENTRIESREAD 2\n");
    check_rebuilt("s");
}

TEST_F(RebuildingCommandsTest, AStreamMayBeEmpty) {
    run_words("XGROUP CREATE new g $ MKSTREAM");
    EXPECT_EQ(lines("new"),
              "XADD new MAXLEN 0 0-1 x y\n"
              "XSETID new 0-0 ENTRIESADDED 0 MAXDELETEDID 0-0\n"
              "XGROUP CREATE new g 0-0 ENTRIESREAD -1\n");
    run_words("XADD emptied 7-1 f v");
    run_words("XDEL emptied 7-1");
    EXPECT_EQ(lines("emptied"),
              "XADD emptied MAXLEN 0 0-1 x y\n"
              "XSETID emptied 7-1 ENTRIESADDED 1 MAXDELETEDID 7-1\n");
    check_rebuilt("new");
    check_rebuilt("emptied");
}

TEST_F(RebuildingCommandsTest, EntriesStayPendingThatAreNotInTheStream) {
    for (const char* const line :
         {"XADD s 1-0 f v", "XADD s 2-0 f v", "XADD s 3-0 f v", "XGROUP CREATE s g 0", "XGROUP CREATE s h 1",
          "XREADGROUP GROUP g c STREAMS s >", "XREADGROUP GROUP h d STREAMS s >", "XDEL s 1-0 3-0",
          "XCLAIM s g c 0 2-0 TIME 1000 RETRYCOUNT 2 JUSTID"}) {
        run_words(line);
    }
    std::string written = lines("s");
    Poco::RegularExpression("TIME [0-9]{5,}").subst(written, "TIME t", Poco::RegularExpression::RE_GLOBAL);
    EXPECT_EQ(written,
              "XADD s 1-0 x y\n"
              "XADD s 2-0 f v\n"
              "XADD s 3-0 x y\n"
              "XGROUP CREATE s g 3-0 ENTRIESREAD 3\n"
              "XCLAIM s g c 0 1-0 TIME t RETRYCOUNT 1 JUSTID FORCE\n"
              "XCLAIM s g c 0 2-0 TIME 1000 RETRYCOUNT 2 JUSTID FORCE\n"
              "XCLAIM s g c 0 3-0 TIME t RETRYCOUNT 1 JUSTID FORCE\n"
              "XGROUP CREATE s h 3-0 ENTRIESREAD 3\n"
              "XCLAIM s h d 0 2-0 TIME t RETRYCOUNT 1 JUSTID FORCE\n"
              "XCLAIM s h d 0 3-0 TIME t RETRYCOUNT 1 JUSTID FORCE\n"
              "XDEL s 1-0 3-0\n"
              "XSETID s 3-0 ENTRIESADDED 3 MAXDELETEDID 3-0\n");
    check_rebuilt("s");
}

TEST_F(RebuildingCommandsTest, AlsoIfTheyWereTrimmed) {
    for (const std::string length : {"0", "1", "100"}) {
        const std::string key = "s" + length;
        for (int i = 1; i <= 150; ++i) run({"XADD", key, std::to_string(i), "f", "v"});
        run({"XGROUP", "CREATE", key, "g", "0"});
        run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", key, ">"});
        run({"XTRIM", key, "MAXLEN", length});
        EXPECT_NE(lines(key).find("\nXTRIM " + key + " MAXLEN " + length + "\nXSETID"), std::string::npos);
        check_rebuilt(key);
        run({"XADD", key, "200", "f", "v"});
        run({"XDEL", key, "200"});
        EXPECT_EQ(lines(key).find("\nXTRIM"), std::string::npos);
        check_rebuilt(key);
    }
}

TEST_F(RebuildingCommandsTest, RebuildValuesOfAllSizes) {
    for (const int size : {1, 2, 63, 64, 65, 128, 129, 600}) {
        const std::string suffix = std::to_string(size);
        for (int i = 0; i < size; ++i) {
            const std::string number = std::to_string(i * 7 - 50);
            const std::string text = i % 3 == 0 ? number : "\0\r\n"s + number + std::string(i % 90, 'x');
            run({"RPUSH", "list" + suffix, text});
            run({"SADD", "set" + suffix, text});
            run({"SADD", "integers" + suffix, number});
            run({"HSET", "hash" + suffix, number, text});
            run({"HSET", "timed" + suffix, text, number});
            if (i % 2 == 0) {
                const std::string at_ms = std::to_string(9'000'000'000'000 + i % 5);
                run({"HPEXPIREAT", "timed" + suffix, at_ms, "FIELDS", "1", text});
            }
            run({"ZADD", "sorted" + suffix, std::to_string(i % 10) + ".5", text});
            run({"XADD", "stream" + suffix, std::to_string(1 + i / 5) + "-" + std::to_string(i), text,
                 number});
        }
        for (const char* const name : {"list", "set", "integers", "hash", "timed", "sorted", "stream"})
            check_rebuilt(name + suffix);
    }
    for (const std::size_t size : {0UL, 44UL, 45UL, 5000UL, 100'000UL}) {
        run({"SET", "string", std::string(size, '\0')});
        check_rebuilt("string");
    }
}

TEST_F(RebuildingCommandsTest, ACommandHasNotMoreThan64Items) {
    for (int i = 0; i < 150; ++i) run({"HSET", "hash", "field " + std::to_string(i), "value"});
    for (int i = 0; i < 150; ++i) run({"RPUSH", "list", "element"});
    std::vector<std::size_t> sizes;
    for (const std::string key : {"hash", "list"}) {
        for (const Args& args : commands_of(bytes_of(key))) sizes.push_back(args.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{130, 130, 46, 66, 66, 24}));
}

}  // namespace
}  // namespace pongo
