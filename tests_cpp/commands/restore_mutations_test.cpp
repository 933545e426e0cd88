// Real payloads, damaged at random, with the checksum repaired: RESTORE refuses them or makes values of them
// that all commands can work with.
//
// PONGO_MUTATIONS is how many (30,000 by default).
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/dump_bodies.h"
#include "support/test_server.h"

namespace pongo {
namespace {

class Mutator {
  public:
    explicit Mutator(std::vector<std::string> bodies) : bodies_(std::move(bodies)) {}

    std::string next() {
        std::string body = any();
        for (std::uint64_t left = 1 + random_.below(3); left > 0 && !body.empty(); --left) change(body);
        return body;
    }

  private:
    const std::string& any() { return bodies_[random_.below(bodies_.size())]; }
    std::size_t place(const std::string& body) { return random_.below(body.size()); }
    char byte() {
        constexpr unsigned char kTelling[] = {0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0x81,
                                              0xc0, 0xc3, 0xe0, 0xf0, 0xf4, 0xfe, 0xff};
        return static_cast<char>(random_.below(2) == 0 ? kTelling[random_.below(sizeof kTelling)]
                                                       : random_.below(256));
    }
    void change(std::string& body) {
        const std::size_t at = place(body);
        switch (random_.below(8)) {
            case 0:
                body[at] = byte();
                break;
            case 1:
                body[at] = static_cast<char>(body[at] ^ (1 << random_.below(8)));
                break;
            case 2:
                body.insert(at, 1, byte());
                break;
            case 3:
                body.erase(at, 1 + random_.below(4));
                break;
            case 4:
                body[at] = static_cast<char>(body[at] + (random_.below(2) == 0 ? 1 : -1));
                break;
            case 5:
                body.insert(at, body.substr(place(body), 1 + random_.below(12)));
                break;
            case 6:
                body[0] = static_cast<char>(random_.below(26));
                break;
            default: {
                body.resize(at);
                const std::string& other = any();
                body += other.substr(place(other));
            }
        }
    }

    std::vector<std::string> bodies_;
    Random random_{5};
};

class RestoreMutations : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }

    static std::string content(const std::string& bulk) {
        const std::size_t head = bulk.find('\n') + 1;
        return bulk.substr(head, bulk.size() - head - 2);
    }

    // Asks for all that the value holds, then changes it until nothing may be left.
    void use(const std::string& key) {
        for (const std::vector<std::string>& command :
             std::vector<std::vector<std::string>>{{"DEBUG", "OBJECT", key},
                                                   {"OBJECT", "ENCODING", key},
                                                   {"MEMORY", "USAGE", key},
                                                   {"COPY", key, "copy"},
                                                   {"STRLEN", key},
                                                   {"APPEND", key, "x"},
                                                   {"LRANGE", key, "0", "-1"},
                                                   {"LPOS", key, "a"},
                                                   {"LINSERT", key, "BEFORE", "a", "b"},
                                                   {"RPUSH", key, "new"},
                                                   {"LPUSH", key, "1"},
                                                   {"LSET", key, "-2", "2"},
                                                   {"LREM", key, "0", "a"},
                                                   {"RPOP", key, "3"},
                                                   {"SMEMBERS", key},
                                                   {"SISMEMBER", key, "1"},
                                                   {"SADD", key, "1", "new"},
                                                   {"SREM", key, "a", "7"},
                                                   {"SPOP", key, "3"},
                                                   {"HGETALL", key},
                                                   {"HGET", key, "a"},
                                                   {"HSET", key, "a", "2"},
                                                   {"HRANDFIELD", key, "-5"},
                                                   {"HDEL", key, "a", "300"},
                                                   {"ZRANGE", key, "0", "-1"},
                                                   {"ZRANK", key, "b"},
                                                   {"ZADD", key, "1", "a", "-5", "new"},
                                                   {"ZCOUNT", key, "-1", "2"},
                                                   {"ZRANGEBYLEX", key, "-", "+"},
                                                   {"ZREM", key, "7"},
                                                   {"ZPOPMIN", key, "2"},
                                                   {"XRANGE", key, "-", "+"},
                                                   {"XREVRANGE", key, "+", "-"},
                                                   {"XINFO", "STREAM", key, "FULL"},
                                                   {"XINFO", "GROUPS", key},
                                                   {"XPENDING", key, "group", "-", "+", "10"},
                                                   {"XREADGROUP", "GROUP", "group", "c", "STREAMS", key, ">"},
                                                   {"XAUTOCLAIM", key, "group", "consumer", "0", "0"},
                                                   {"XADD", key, "*", "f", "v"},
                                                   {"XDEL", key, "1-2", "5-0"},
                                                   {"XACK", key, "group", "1-1"},
                                                   {"XGROUP", "DELCONSUMER", key, "group", "consumer"},
                                                   {"XTRIM", key, "MAXLEN", "1"},
                                                   {"DEL", "copy"}}) {
            ASSERT_FALSE(run(command).empty());
        }
    }

    TestServer server_;
};

TEST_F(RestoreMutations, AllThatMutationsStartFromIsRight) {
    for (const std::string& body : dump_bodies()) {
        EXPECT_EQ(run({"RESTORE", "k", "0", sealed(body), "REPLACE"}), "+OK\r\n")
            << "type " << static_cast<int>(body[0]);
        use("k");
    }
}

TEST_F(RestoreMutations, WhatSurvivesIsAValueLikeAnyOther) {
    const char* const wanted = std::getenv("PONGO_MUTATIONS");
    const std::uint64_t count = wanted ? std::strtoull(wanted, nullptr, 10) : 30'000;
    Mutator mutator(dump_bodies());
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string payload = sealed(mutator.next());
        const std::string reply = run({"RESTORE", "k", "0", payload, "REPLACE"});
        if (reply != "+OK\r\n") {
            ASSERT_EQ(reply, "-ERR Bad data format\r\n");
            continue;
        }
        ++survived;
        if (run({"EXISTS", "k"}) == ":0\r\n") continue;  // All its fields had expired.
        // It is what its own dump says.
        ASSERT_EQ(run({"RESTORE", "again", "0", content(run({"DUMP", "k"})), "REPLACE"}), "+OK\r\n");
        ASSERT_EQ(run({"DEBUG", "DIGEST-VALUE", "k"}), run({"DEBUG", "DIGEST-VALUE", "again"}));
        use("k");
        run({"DEL", "k", "again"});
    }
    EXPECT_GT(survived, count / 100);
    EXPECT_LT(survived, count);
}

}  // namespace
}  // namespace pongo
