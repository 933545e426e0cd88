// One client's protocol state: who it is, which database it uses, how it wants its replies. It has no socket.
//
// Thread rule: belongs to the client's reactor. Published members may be read on any thread while the session
// is registered (see client_registry.h); texts are read and written under their lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/published.h"
#include "engine/channels.h"
#include "engine/tracking.h"
#include "engine/transaction.h"
#include "engine/waiters.h"
#include "engine/watches.h"
#include "resp/reply_writer.h"

namespace pongo {

struct Command;

// What the rest of the server may do to a connection. Implemented in net/. Callable on any thread while the
// session is registered.
class ClientLink {
  public:
    virtual ~ClientLink() = default;
    // The connection is closed soon, on its own thread; pending replies are dropped.
    virtual void close_soon() = 0;
    // The same as answer() for one who has the time now, if that can be done from another thread: true if
    // some of the reply was sent. Then answer() is still to be called.
    virtual bool answer_at_once([[maybe_unused]] const BlobRef& reply) { return false; }
    // The rest on its reactor's thread only.
    // Bytes for the client, which go out after the replies that it has, or between those of the turn that
    // runs.
    virtual void push(const BlobRef& bytes) = 0;
    // What was pushed while its transaction ran comes after the replies of that, and before what comes next.
    virtual void end_transaction() {}
    // Does what other reactors have said that should be done for clients of this one.
    virtual void catch_up() = 0;
    // Its command takes long: the reactor looks after its other clients, and comes back. Nothing of what the
    // command uses is touched.
    virtual void serve_others() {}
    // Sends the reply that the client was blocked for, and goes on with its requests. False if it is gone:
    // nothing was sent then.
    virtual bool answer(const BlobRef& reply) = 0;
};

class Session {
  public:
    enum class Replies : std::uint8_t { On, Off, SkipNext, SkipThis };

    Session(std::uint64_t session_id, ClientLink* session_link, std::size_t session_reactor = 0)
        : id(session_id), link(session_link), reactor(session_reactor) {}

    const std::uint64_t id;
    ClientLink* const link;
    const std::size_t reactor;  // Its index.

    // Where it comes from and arrived at ("host:port", or "path:0" for a unix socket). Constant after
    // registration.
    std::string peer_address;
    std::string local_address;
    bool over_unix_socket = false;
    bool from_loopback = false;
    int descriptor = -1;
    std::int64_t created_ms = 0;

    Published<int> db{0};
    Published<Protocol> protocol{Protocol::Resp2};
    Published<bool> authenticated{true};
    Published<bool> no_evict{false};
    Published<bool> no_touch{false};
    Published<bool> paused{false};
    Published<bool> monitors{false};
    Published<bool> closing{false};  // After the replies that are pending.
    Published<const Command*> last_command{nullptr};
    Published<std::int64_t> last_active_ms{0};
    Published<std::size_t> query_buffer_bytes{0};
    Published<std::size_t> query_buffer_free{0};
    Published<std::size_t> argument_bytes{0};
    Published<std::size_t> reply_bytes{0};  // Pending, not yet sent.
    Published<std::size_t> reply_pieces{0};

    Published<int> subscribed[3] = {};  // To how many channels, patterns and shard channels.
    Published<int> queued{-1};          // Commands since MULTI; -1 outside.
    Published<std::size_t> queued_bytes{0};
    Published<std::size_t> names_bytes{
        0};                         // Of what it subscribes to, watches and is told of: see add_name().
    Published<bool> doomed{false};  // It is closed soon, by CLIENT KILL or ClientMemory.

    // What it takes of the server's memory, in bytes.
    std::size_t memory() const {
        return sizeof(Session) + query_buffer_bytes + query_buffer_free + argument_bytes + reply_bytes +
               queued_bytes + names_bytes;
    }

    Tracker tracker;
    Watcher watcher;  // lost() may be asked on any thread.

    // Only for its own thread:
    Replies replies = Replies::On;
    std::unique_ptr<Transaction> transaction;  // Since MULTI.
    std::unique_ptr<Subscriptions> subscriptions;
    bool must_not_block = false;     // While a transaction runs.
    bool is_script = false;          // It stands for a script, in whose commands nobody waits.
    std::size_t counted_bytes = 0;   // By ClientMemory.
    std::uint64_t log_position = 0;  // Behind the last that it has written: see LogProgress.

    // It has given the server a name to keep: of a channel, a watched key, a prefix. Roughly what that takes.
    void add_name(std::string_view name) { names_bytes = names_bytes + kNameBytes + name.size(); }
    void remove_name(std::string_view name) { names_bytes = names_bytes - kNameBytes - name.size(); }

    // Whether the reply to a command that begins now is sent.
    bool wants_reply() const { return replies == Replies::On || replies == Replies::SkipNext; }
    // CLIENT REPLY SKIP is about one command: the next.
    void end_command() {
        if (replies == Replies::SkipThis) replies = Replies::On;
        if (replies == Replies::SkipNext) replies = Replies::SkipThis;
    }

    bool subscribes() const { return subscribed[0] > 0 || subscribed[1] > 0 || subscribed[2] > 0; }

    struct Texts {
        std::string name;
        std::string library_name;
        std::string library_version;
        std::string user = "default";
    };
    Texts texts() const {
        const std::lock_guard lock(texts_mutex_);
        return texts_;
    }
    // From now on it gets nothing that it waits for, no request of it begins, and it is closed soon.
    void doom() {
        doomed = true;
        if (const auto mine = waiter()) mine->claim(Waiter::State::Gone);
        link->close_soon();
    }
    // What it is blocked for; nullptr mostly. Set on its own reactor.
    bool blocked() const { return blocked_; }
    std::shared_ptr<Waiter> waiter() const {
        if (!blocked_) return nullptr;
        const std::lock_guard lock(texts_mutex_);
        return waiter_;
    }
    void set_waiter(std::shared_ptr<Waiter> waiter) {
        if (!waiter && !blocked_) return;
        const std::lock_guard lock(texts_mutex_);
        blocked_ = waiter != nullptr;
        waiter_ = std::move(waiter);
    }
    template <typename Change>
    void change_texts(Change&& change) {
        const std::lock_guard lock(texts_mutex_);
        change(texts_);
    }

  private:
    static constexpr std::size_t kNameBytes = 128;

    mutable std::mutex texts_mutex_;
    Texts texts_;
    std::shared_ptr<Waiter> waiter_;
    Published<bool> blocked_{false};
};

}  // namespace pongo
