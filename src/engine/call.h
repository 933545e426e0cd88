// One command being executed: what a handler sees of the server.
//
// A handler has four paragraphs: read the arguments, find the entry, change it, reply. It never locks, never
// touches a socket, and never writes to a log. The locks of the keys that its row declares are held; the
// effect comes from the WriteEntry.
//
// The first fail() decides the reply: whatever the handler replies afterwards is dropped, so it may read
// several arguments and look for failure once. A handler that fails must not have changed anything.
//
// Thread rule: one thread; a Call lives for one command.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/command_table.h"
#include "engine/engine.h"
#include "engine/session.h"
#include "keyspace/access.h"
#include "resp/errors.h"
#include "resp/reply_writer.h"
#include "resp/request_parser.h"

namespace pongo {

// A reader of the value, as it is at that time: fields of hashes expire.
template <typename T>
T value_at(const Payload& payload, std::int64_t now_ms) {
    if constexpr (std::is_constructible_v<T, const Payload&, std::int64_t>) {
        return T(payload, now_ms);
    } else {
        return T(payload);
    }
}

class Executor;

// A WriteEntry whose value is known to be a T, if there is one.
template <typename T>
class Writable : public WriteEntry {
  public:
    explicit Writable(WriteEntry&& entry) : WriteEntry(std::move(entry)) {}
    // REQUIRES: the key is present. Good until the entry is changed.
    T value() const { return value_at<T>((*this)->payload(), expiry_ms()); }
};

class Call {
  public:
    Call(Executor& call_executor, Engine& call_engine, Session& call_session, const Command& call_command,
         Request& request, AccessContext& context, ReplyBuffer& replies, ReplyBuffer& dropped);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // The request. arg(0) is the command's own name; of a subcommand, arg(1) is its word.
    std::size_t argc() const { return request_.args.size(); }
    std::string_view arg(std::size_t index) const { return request_.args[index]; }
    std::span<const std::string_view> args() const { return request_.args; }
    // The argument as a string value; takes a big one's memory with it instead of copying. To be asked for
    // once.
    Payload string_payload(std::size_t index);

    // Keeps a secret out of the slow log and the like: from now on the argument reads "(redacted)".
    void redact(std::size_t index) { request_.args[index] = "(redacted)"; }

    const Command& command() const { return command_; }
    Engine& engine() { return engine_; }
    Executor& executor() { return executor_; }
    const Settings& settings() const { return engine_.settings(); }
    Session& session() { return session_; }
    ReplyWriter& reply() { return reply_; }
    // The same place, but for what a client gets that wants no replies (CLIENT REPLY OFF).
    ReplyWriter pushes() const;
    std::int64_t now_ms() const { return context_.now_ms; }
    // What is to end by then has ended: now, unless nothing does.
    std::int64_t expiry_ms() const { return context_.expiry_ms(); }
    AccessContext& context() { return context_; }

    // Replies with the error instead of anything else. Redis's text with its code in front.
    void fail(std::string_view error);
    // The same for one that is in the statistics already.
    void fail_counted(std::string_view error);
    // For an error in a reply that is not the command's own.
    void count_error(std::string_view error);
    void fail_syntax() { fail(errors::kSyntax); }
    bool failed() const { return failed_; }
    // "ERR wrong number of arguments for 'x' command"
    void fail_arity();

    // Keys of the session's database. find<T>() is for reading: nullopt when the key is missing, or when it
    // holds another type, which is a failure. find_for_write<T>() likewise gives an absent entry: check
    // failed() before creating one.
    Access& keys() { return keys_; }
    Access keys_of(int db) { return {context_, db}; }
    template <typename T>
    std::optional<T> find(std::string_view key);
    template <typename T>
    Writable<T> find_for_write(std::string_view key);

    // What copies of the data set are told instead of the request as it came: to be said by every command
    // whose outcome depends on time, chance or floats. May be said several times. A command that changes
    // nothing is not told at all.
    void propagate_as(std::initializer_list<std::string_view> args);
    void propagate_as(std::span<const std::string_view> args);
    // Takes a key away, and tells copies just that.
    void remove_and_tell(WriteEntry& entry, Keyspace::Free how);
    void propagate_nothing() { propagation_decided_ = true; }
    bool propagating() const { return context_.log.wants(Interest::Commands); }

    // For commands that wait for a key. Such a command is run anew for a waiter when one of its keys has
    // something: then only that key may be tried.
    bool may_try(std::string_view key) const { return !served_key_ || key == *served_key_; }
    bool is_served() const { return served_key_.has_value(); }
    // Nothing was there: the client waits, and gets no reply now; or null, where it must not wait. It is
    // served when a key has a value of the type, or what `would_find` tells. `replacements` are arguments as
    // they are to be understood then.
    // The same for what is no key.
    void wait_for(Wait&& wait);
    using Replacements = std::vector<std::pair<std::size_t, std::string>>;
    void wait_for(std::span<const std::string_view> keys, Type type, std::int64_t timeout_ms,
                  WouldFind would_find = {}, Replacements replacements = {});
    // command() makes the arguments of what brings back what the reply holds, if the waiter turns out to be
    // gone. Nobody else needs them.
    template <typename MakeCommand>
    void undo_with(MakeCommand&& command) {
        if (served_key_) undo_ = command();
    }

    // The rest is for the executor.
    void finish();
    void serve(std::string_view key) { served_key_ = key; }
    std::optional<Wait>& wait() { return wait_; }
    std::vector<std::string>& undo() { return undo_; }

  private:
    Executor& executor_;
    Engine& engine_;
    Session& session_;
    const Command& command_;
    Request& request_;
    AccessContext& context_;
    ReplyBuffer& replies_;
    ReplyBuffer& dropped_;
    ReplyBuffer::Mark start_;
    ReplyWriter reply_;
    Access keys_;
    std::uint64_t changes_before_;
    std::size_t commands_before_;
    bool failed_ = false;
    bool propagation_decided_ = false;
    std::optional<std::string_view> served_key_;
    std::optional<Wait> wait_;
    std::vector<std::string> undo_;
};

template <typename T>
std::optional<T> Call::find(std::string_view key) {
    const Entry* entry = keys_.find(key);
    if (!entry) return std::nullopt;
    if (entry->type() != T::kType) {
        fail(errors::kWrongType);
        return std::nullopt;
    }
    return value_at<T>(entry->payload(), expiry_ms());
}

template <typename T>
Writable<T> Call::find_for_write(std::string_view key) {
    WriteEntry entry = keys_.find_for_write(key);
    if (!entry || entry->type() == T::kType) return Writable<T>(std::move(entry));
    fail(errors::kWrongType);
    return Writable<T>(WriteEntry(context_, keys_.db(), {}, nullptr));
}

}  // namespace pongo
