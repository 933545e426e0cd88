// A server without sockets: requests in, reply bytes out. Each TestServer has its own data, and one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/families.h"
#include "engine/config.h"
#include "engine/engine.h"
#include "engine/executor.h"
#include "engine/session.h"
#include "persistence/persistence.h"
#include "resp/limits.h"
#include "scripting/scripting.h"

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
        : engine_(prepared(config_, reactors), families),
          scripting_(engine_),
          persistence_(engine_),
          executor_(engine_) {
        engine_.set_deliveries(deliveries_);
        client_.emplace(*this);
    }

    // One client of it.
    class Client : public ClientLink {
      public:
        explicit Client(TestServer& server)
            : session_(server.engine_.clients().next_id(), this), server_(server) {
            session_.from_loopback = true;
            server_.engine_.clients().add(session_);
        }
        ~Client() override { server_.engine_.forget(session_); }
        Client(const Client&) = delete;
        Client& operator=(const Client&) = delete;

        // The reply as it would go over the wire; nothing if it has to wait for it.
        std::string run(const std::vector<std::string>& args) {
            Request request = received(args);
            ReplyBuffer replies;
            server_.executor_.refresh_time();
            server_.executor_.run(session_, {&request, 1}, replies);
            server_.deliveries_.run(server_.executor_);
            return replies.to_string();
        }
        // What has come since, without being asked for.
        std::string pushed() { return std::exchange(pushed_, {}); }
        // From now on nothing reaches it, though the server has not noticed yet.
        void leave() { gone_ = true; }
        Session& session() { return session_; }

        void close_soon() override {}
        void push(const BlobRef& bytes) override { pushed_ += bytes->view(); }
        void catch_up() override { server_.deliveries_.run(server_.executor_); }
        bool answer(const BlobRef& reply) override {
            if (!gone_) pushed_ += reply->view();
            return !gone_;
        }

      private:
        Session session_;
        TestServer& server_;
        std::string pushed_;
        bool gone_ = false;
    };

    std::string run(const std::vector<std::string>& args) { return client_->run(args); }
    // What has come for the server's own client.
    std::string take_pushed() { return client_->pushed(); }

    // How many values the background thread has given back, when it has nothing left to do.
    std::size_t freed_in_background() {
        engine_.keyspace().reclaimer().drain();
        return engine_.keyspace().reclaimer().finished();
    }

    Config& config() { return config_; }
    Engine& engine() { return engine_; }
    Executor& executor() { return executor_; }
    Session& session() { return client_->session(); }

  private:
    // Runs when the command is over.
    class LaterDeliveries : public Deliveries {
      public:
        void deliver(std::size_t, std::size_t, Delivery delivery, Wake, std::size_t) override {
            queue_.push_back(std::move(delivery));
        }
        void wake_others(std::size_t) override {}
        bool waiting(std::size_t) const override { return !queue_.empty(); }
        void run(Executor& executor) {
            while (!queue_.empty()) {
                for (const Delivery& delivery : std::exchange(queue_, {})) delivery(executor);
            }
        }

      private:
        std::vector<Delivery> queue_;
    };

    // As a parser hands it over: big arguments are in blobs.
    static Request received(const std::vector<std::string>& args) {
        Request request;
        request.args.assign(args.begin(), args.end());
        for (std::size_t i = 0; i < args.size(); ++i) {
            if (args[i].size() < kBigArgumentBytes) continue;
            request.big.push_back({i, BlobRef::copy_of(args[i])});
            request.args[i] = request.big.back().blob->view();
        }
        return request;
    }

    // It leaves no files.
    static Config& prepared(Config& config, std::string_view reactors) {
        config.assign("reactors", reactors);
        config.assign("save", "");
        return config;
    }

    Config config_;
    Engine engine_;
    Scripting scripting_;
    Persistence persistence_;
    Executor executor_;
    LaterDeliveries deliveries_;
    std::optional<Client> client_;
};

}  // namespace pongo
