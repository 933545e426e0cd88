#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "persistence/byte_sink.h"
#include "persistence/rdb_writer.h"
#include "support/dump_bodies.h"
#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

constexpr char kOk[] = "+OK\r\n";
constexpr char kNull[] = "$-1\r\n";
constexpr char kFarFutureMs[] = "33177117420000";
const std::string kHello("\x00\x05hello\x0a\x00\x63r\xdfve4 \x0a", 17);

class DumpCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }

    TestServer server_;
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(DumpCommands, DumpReturnsWhatRedisReturns) {
    run({"SET", "k", "hello"});
    EXPECT_EQ(run({"DUMP", "k"}), bulk(kHello));
    EXPECT_EQ(run({"DUMP", "missing"}), kNull);
}

TEST_F(DumpCommands, RestoreTellsItsEventAndItself) {
    EXPECT_EQ(run({"RESTORE", "k", "0", kHello}), kOk);
    EXPECT_EQ(run({"GET", "k"}), bulk("hello"));
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 restore k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 RESTORE k 0 " + kHello});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
}

TEST_F(DumpCommands, RestoreTellsCopiesTheTimeItself) {
    run({"RESTORE", "k", "100000", kHello, "IDLETIME", "5"});
    const std::string reply = run({"PEXPIRETIME", "k"});
    const std::string time = reply.substr(1, reply.size() - 3);
    EXPECT_EQ(sink_.commands(), Lines{"0 RESTORE k " + time + " " + kHello + " IDLETIME 5 ABSTTL"});
    run({"RESTORE", "k", kFarFutureMs, kHello, "ABSTTL", "REPLACE"});
    EXPECT_EQ(sink_.commands(),
              Lines{"0 RESTORE k " + std::string(kFarFutureMs) + " " + kHello + " ABSTTL REPLACE"});
}

TEST_F(DumpCommands, RestoreThatReplacesMakesANewKey) {
    run({"RPUSH", "k", "a"});
    sink_.forget();
    EXPECT_EQ(run({"RESTORE", "k", "0", kHello, "REPLACE"}), kOk);
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 restore k"}));
    EXPECT_EQ(run({"OBJECT", "ENCODING", "k"}), bulk("embstr"));
}

TEST_F(DumpCommands, RestoreOfWhatHasExpiredOnlyRemoves) {
    EXPECT_EQ(run({"RESTORE", "k", "1", kHello, "ABSTTL"}), kOk);
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{});
    run({"SET", "k", "v"});
    sink_.forget();
    EXPECT_EQ(run({"RESTORE", "k", "1", kHello, "ABSTTL", "REPLACE"}), kOk);
    EXPECT_EQ(sink_.events(), Lines{"0 del k"});
    EXPECT_EQ(sink_.commands(), Lines{"0 DEL k"});
    run({"CONFIG", "SET", "lazyfree-lazy-server-del", "yes"});
    run({"SET", "k", "v"});
    sink_.forget();
    run({"RESTORE", "k", "1", kHello, "ABSTTL", "REPLACE"});
    EXPECT_EQ(sink_.commands(), Lines{"0 UNLINK k"});
}

TEST_F(DumpCommands, RestoreThatFailsHasNoEffect) {
    run({"SET", "k", "v"});
    sink_.forget();
    std::string damaged = kHello;
    damaged[3] ^= 1;
    EXPECT_EQ(run({"RESTORE", "k", "0", kHello}), "-BUSYKEY Target key name already exists.\r\n");
    EXPECT_EQ(run({"RESTORE", "k", "0", damaged, "REPLACE"}),
              "-ERR DUMP payload version or checksum are wrong\r\n");
    EXPECT_EQ(run({"GET", "k"}), bulk("v"));
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{});
    EXPECT_EQ(sink_.touched(), Lines{});
}

TEST_F(DumpCommands, FieldsKeepTheirExpiry) {
    for (const std::string& more : {std::string("1"), std::string(100, 'x')}) {
        run({"HSET", "k", "a", "1", "b", "2", "c", more});
        run({"HPEXPIREAT", "k", kFarFutureMs, "FIELDS", "1", "a"});
        run({"HPEXPIREAT", "k", "33177117425000", "FIELDS", "1", "b"});
        const std::string reply = run({"DUMP", "k"});
        const std::size_t head = reply.find('\n') + 1;
        const std::string payload = reply.substr(head, reply.size() - head - 2);
        EXPECT_EQ(payload[0], more == "1" ? 25 : 24);  // Packed while the hash is.
        EXPECT_EQ(payload[payload.size() - 10], 12);   // No Redis reads it that would lose the times.
        EXPECT_EQ(run({"RESTORE", "copy", "0", payload, "REPLACE"}), kOk);
        EXPECT_EQ(run({"HPEXPIRETIME", "copy", "FIELDS", "3", "a", "b", "c"}),
                  "*3\r\n:33177117420000\r\n:33177117425000\r\n:-1\r\n");
        EXPECT_EQ(run({"HGET", "copy", "c"}), bulk(more));
        EXPECT_EQ(run({"OBJECT", "ENCODING", "copy"}), run({"OBJECT", "ENCODING", "k"}));
        EXPECT_EQ(run({"DEBUG", "DIGEST-VALUE", "copy"}), run({"DEBUG", "DIGEST-VALUE", "k"}));
    }
}

// Whatever the order in which they come; beyond the limits they become a table.
TEST_F(DumpCommands, PackedFieldsAreTakenInAnyOrder) {
    BlobSink sink;
    RdbWriter writer(sink, Compression::On);
    writer.byte(static_cast<std::uint8_t>(ObjectType::HashExpiringListpack));
    writer.fixed64(33'177'117'420'000);
    writer.string(listpack_of({"a", "1", "33177117425000", "b", "2", "0", "c", "3", "33177117420000"}));
    const std::string payload = sealed(std::string(sink.view()));
    EXPECT_EQ(run({"RESTORE", "k", "0", payload}), kOk);
    EXPECT_EQ(run({"OBJECT", "ENCODING", "k"}), bulk("listpackex"));
    EXPECT_EQ(run({"HKEYS", "k"}), "*3\r\n" + bulk("c") + bulk("a") + bulk("b"));
    EXPECT_FALSE(server_.config().assign("hash-max-listpack-entries", "2"));
    EXPECT_EQ(run({"RESTORE", "k", "0", payload, "REPLACE"}), kOk);
    EXPECT_EQ(run({"OBJECT", "ENCODING", "k"}), bulk("hashtable"));
    EXPECT_EQ(run({"HPEXPIRETIME", "k", "FIELDS", "3", "a", "b", "c"}),
              "*3\r\n:33177117425000\r\n:-1\r\n:33177117420000\r\n");
}

TEST_F(DumpCommands, PackedFieldsThatComeTwiceAreRefused) {
    for (const char* entries : {"512", "1"}) {
        EXPECT_FALSE(server_.config().assign("hash-max-listpack-entries", entries));
        BlobSink sink;
        RdbWriter writer(sink, Compression::On);
        writer.byte(static_cast<std::uint8_t>(ObjectType::HashExpiringListpack));
        writer.fixed64(5);
        writer.string(listpack_of({"a", "1", "5", "b", "2", "0", "a", "3", "7"}));
        EXPECT_EQ(run({"RESTORE", "k", "0", sealed(std::string(sink.view()))}), "-ERR Bad data format\r\n");
    }
}

// Of a value that is moved out of its entry, and of one that is shared with the reply.
TEST_F(DumpCommands, BigValuesSurvive) {
    std::string text(100'000, 'x');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * i >> 3);
    run({"SET", "k", text});
    const std::string reply = run({"DUMP", "k"});
    const std::size_t head = reply.find('\n') + 1;
    const std::string payload = reply.substr(head, reply.size() - head - 2);
    EXPECT_EQ(run({"RESTORE", "copy", "0", payload}), kOk);
    EXPECT_EQ(run({"GET", "copy"}), bulk(text));
}

}  // namespace
}  // namespace pongo
