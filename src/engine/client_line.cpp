#include "engine/client_line.h"

#include <algorithm>
#include <string_view>

#include "base/clock.h"
#include "engine/command_table.h"

namespace pongo {
namespace {

// Fields of the form " name=value", in the order of the calls.
class Line {
  public:
    explicit Line(std::string& text) : text_(text) {}

    void field(std::string_view name, std::string_view value) {
        if (!first_) text_ += ' ';
        first_ = false;
        text_.append(name).append("=").append(value);
    }
    void field(std::string_view name, std::int64_t value) { field(name, std::to_string(value)); }
    void field(std::string_view name, std::size_t value) { field(name, std::to_string(value)); }
    void field(std::string_view name, int value) { field(name, std::to_string(value)); }

  private:
    std::string& text_;
    bool first_ = true;
};

std::string flags_of(const Session& session) {
    std::string flags;
    if (session.monitors) flags += 'O';
    if (session.subscribes()) flags += 'P';
    if (session.queued >= 0) flags += 'x';
    if (session.blocked() || session.paused) flags += 'b';
    if (session.tracker.is(TrackingOn)) flags += 't';
    if (session.tracker.is(TrackingBrokenRedirect)) flags += 'R';
    if (session.tracker.is(TrackingBroadcast)) flags += 'B';
    if (session.watcher.lost()) flags += 'd';
    if (session.closing) flags += 'c';
    if (session.over_unix_socket) flags += 'U';
    if (session.no_evict) flags += 'e';
    if (session.no_touch) flags += 'T';
    return flags.empty() ? "N" : flags;
}

std::int64_t redirect_of(const Session& session) {
    return session.tracker.is(TrackingOn) ? static_cast<std::int64_t>(session.tracker.redirect.get()) : -1;
}

std::int64_t seconds_since(std::int64_t then_ms, std::int64_t now_ms) {
    return std::max<std::int64_t>(0, now_ms - then_ms) / kMsPerSecond;
}

void append_subscriptions(Line& line, const Session& session) {
    line.field("sub", session.subscribed[0].get());
    line.field("psub", session.subscribed[1].get());
    line.field("ssub", session.subscribed[2].get());
    line.field("multi", session.queued.get());
}

// Replies are built in a buffer that belongs to the reactor (rbs, rbp and obl); a client has only what its
// socket did not take at once.
void append_buffers(Line& line, const Session& session) {
    const std::size_t replies = session.reply_bytes;
    line.field("qbuf", session.query_buffer_bytes.get());
    line.field("qbuf-free", session.query_buffer_free.get());
    line.field("argv-mem", session.argument_bytes.get());
    line.field("multi-mem", session.queued_bytes.get());
    line.field("rbs", 0);
    line.field("rbp", 0);
    line.field("obl", 0);
    line.field("oll", session.reply_pieces.get());
    line.field("omem", replies);
    line.field("tot-mem", session.memory());
    line.field("events", replies > 0 ? "rw" : "r");
}

}  // namespace

std::string client_line(const Session& session, std::int64_t now_ms) {
    std::string text;
    const Session::Texts texts = session.texts();
    const Command* last = session.last_command;
    Line line(text);
    line.field("id", static_cast<std::int64_t>(session.id));
    line.field("addr", session.peer_address);
    line.field("laddr", session.local_address);
    line.field("fd", session.descriptor);
    line.field("name", texts.name);
    line.field("age", seconds_since(session.created_ms, now_ms));
    line.field("idle", seconds_since(session.last_active_ms, now_ms));
    line.field("flags", flags_of(session));
    line.field("db", session.db.get());
    append_subscriptions(line, session);
    append_buffers(line, session);
    line.field("cmd", last ? std::string_view(last->name) : "NULL");
    line.field("user", texts.user);
    line.field("redir", redirect_of(session));
    line.field("resp", static_cast<int>(session.protocol.get()));
    return text;
}

}  // namespace pongo
