// A server without sockets: requests in, reply bytes out. Each TestServer has its own data.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/families.h"
#include "engine/config.h"
#include "engine/engine.h"
#include "engine/executor.h"
#include "engine/session.h"
#include "resp/limits.h"

namespace pongo {

// The bytes as a reply.
inline std::string bulk(const std::string& bytes) {
    return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

class TestServer {
  public:
    // `reactors` decides how many shards there are (one for one); "auto" is what the machine has.
    explicit TestServer(std::vector<std::span<const CommandSpec>> families = {all_families().begin(),
                                                                              all_families().end()},
                        std::string_view reactors = "auto")
        : engine_(with_reactors(config_, reactors), families),
          executor_(engine_),
          session_(engine_.clients().next_id(), &link_) {
        session_.from_loopback = true;
        engine_.clients().add(session_);
    }
    ~TestServer() { engine_.clients().remove(session_); }

    // The reply as it would go over the wire.
    std::string run(const std::vector<std::string>& args) {
        Request request = received(args);
        ReplyBuffer replies;
        executor_.refresh_time();
        executor_.run(session_, {&request, 1}, replies);
        return replies.to_string();
    }

    // How many values the background thread has given back, when it has nothing left to do.
    std::size_t freed_in_background() {
        engine_.keyspace().reclaimer().drain();
        return engine_.keyspace().reclaimer().finished();
    }

    // What was pushed to the client since this was last asked.
    std::string take_pushed() { return std::exchange(link_.pushed, {}); }

    Config& config() { return config_; }
    Engine& engine() { return engine_; }
    Executor& executor() { return executor_; }
    Session& session() { return session_; }

  private:
    // As a parser hands it over: big arguments are in blobs.
    static Request received(const std::vector<std::string>& args) {
        Request request;
        request.args.assign(args.begin(), args.end());
        for (std::size_t i = 0; i < args.size(); ++i) {
            if (args[i].size() < kBigArgumentBytes) continue;
            request.big.push_back({i, BlobRef::copy_of(args[i], args[i].size())});
            request.args[i] = request.big.back().blob->view();
        }
        return request;
    }

    struct Link : ClientLink {
        void close_soon() override {}
        void push(const BlobRef& bytes) override { pushed += bytes->view(); }
        void catch_up() override {}
        std::string pushed;
    };

    static Config& with_reactors(Config& config, std::string_view reactors) {
        config.assign("reactors", reactors);
        return config;
    }

    Config config_;
    Engine engine_;
    Executor executor_;
    Link link_;
    Session session_;
};

}  // namespace pongo
