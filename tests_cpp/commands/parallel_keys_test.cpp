// Several executors at once on the same keys: for ThreadSanitizer, and for what must come out all the same.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "support/test_server.h"

namespace pongo {
namespace {

constexpr int kThreads = 4;
constexpr int kNames = 64;
constexpr int kTokens = 32;

// A client with an executor of its own, as if on another reactor.
class Client {
  public:
    explicit Client(Engine& engine) : executor_(engine), session_(engine.clients().next_id(), nullptr) {}

    std::string run(const std::vector<std::string>& args) {
        Request request;
        request.args.assign(args.begin(), args.end());
        ReplyBuffer replies;
        executor_.run(session_, {&request, 1}, replies);
        return replies.to_string();
    }
    Executor& executor() { return executor_; }

  private:
    Executor executor_;
    Session session_;
};

class ParallelKeys : public testing::Test {
  protected:
    ParallelKeys() {
        for (int i = 0; i < kThreads; ++i) clients_.push_back(std::make_unique<Client>(server_.engine()));
    }
    template <typename Work>
    void run_clients(Work&& work) {
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&, i] {
                Random random(static_cast<std::uint64_t>(i));
                work(*clients_[static_cast<std::size_t>(i)], random, i);
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    static std::string name(Random& random) { return "name:" + std::to_string(random.below(kNames)); }

    TestServer server_{{string_commands(), key_commands(), expiry_commands()}, "4"};
    std::vector<std::unique_ptr<Client>> clients_;
};

TEST_F(ParallelKeys, NoKeyIsLostOrDoubledByRenaming) {
    for (int i = 0; i < kTokens; ++i) server_.run({"SET", "name:" + std::to_string(i), "v"});
    run_clients([](Client& client, Random& random, int) {
        for (int i = 0; i < 3000; ++i) {
            client.run({"RENAMENX", name(random), name(random)});
            if (i % 50 == 0) client.run({"SCAN", std::to_string(random.next() >> 8), "COUNT", "20"});
            if (i % 200 == 0) client.run({"KEYS", "*7"});
        }
    });
    EXPECT_EQ(server_.engine().keyspace().size(0), std::uint64_t{kTokens});
}

// Copies share their bytes until one of them changes, whatever shards they are in.
TEST_F(ParallelKeys, CopiesOfBigValuesDoNotSeeEachOthersChanges) {
    const std::string big(6000, '.');
    server_.run({"SET", "origin", big});
    run_clients([&](Client& client, Random& random, int thread) {
        const std::string own = "own:" + std::to_string(thread);
        const std::string mark(1, static_cast<char>('a' + thread));
        for (int i = 0; i < 500; ++i) {
            client.run({"COPY", "origin", own, "REPLACE"});
            const std::size_t at = random.below(big.size());
            client.run({"SETRANGE", own, std::to_string(at), mark});
            std::string expected = big;
            expected[at] = mark[0];
            ASSERT_EQ(client.run({"GET", own}), "$6000\r\n" + expected + "\r\n");
        }
    });
    EXPECT_EQ(server_.run({"GET", "origin"}), "$6000\r\n" + big + "\r\n");
}

TEST_F(ParallelKeys, ExpiringMeetsWhatEverybodyElseDoes) {
    run_clients([](Client& client, Random& random, int thread) {
        for (int i = 0; i < 2000; ++i) {
            client.run({"SET", name(random), "v", "PX", "1"});
            client.run({"PEXPIRE", name(random), std::to_string(random.below(3))});
            client.run({"UNLINK", name(random), name(random), name(random)});
            client.run({"MOVE", name(random), std::to_string(random.below(3))});
            if (i % 10 == 0) client.run({"RANDOMKEY"});
            if (i % 20 == 0) {
                client.executor().refresh_time();
                client.executor().expire_cycle(static_cast<std::size_t>(thread), kThreads, 1000);
            }
        }
    });
    Keyspace& keyspace = server_.engine().keyspace();
    for (int shard = 0; shard < keyspace.shards(); ++shard) {
        for (const auto& database : keyspace.shard(static_cast<std::size_t>(shard)).databases) {
            EXPECT_TRUE(database->valid());
        }
    }
}

}  // namespace
}  // namespace pongo
