#include "engine/monitors.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/clock.h"
#include "base/escape.h"
#include "engine/session.h"

namespace pongo {

Monitors::Monitors(const Settings& settings, std::size_t reactors)
    : settings_(settings), locals_(reactors), by_reactor_(reactors) {}

void Monitors::add(Session& session) {
    if (session.monitors) return;
    session.monitors = true;
    locals_[session.reactor].monitors.push_back(&session);
    by_reactor_[session.reactor].fetch_add(1);
    total_.fetch_add(1);
}

void Monitors::remove(Session& session) {
    if (!session.monitors) return;
    session.monitors = false;
    std::erase(locals_[session.reactor].monitors, &session);
    by_reactor_[session.reactor].fetch_sub(1);
    total_.fetch_sub(1);
}

std::string Monitors::line_of(const Session& session, std::span<const std::string_view> args) const {
    const std::int64_t now_us = unix_us();
    std::array<char, 64> head;
    const int size = std::snprintf(head.data(), head.size(), "+%lld.%06lld [%d ",
                                   static_cast<long long>(now_us / kUsPerSecond),
                                   static_cast<long long>(now_us % kUsPerSecond), session.db.get());
    std::string line(head.data(), static_cast<std::size_t>(size));
    line += session.over_unix_socket ? "unix:" + settings_.unixsocket.get() : session.peer_address;
    line += ']';
    for (const std::string_view arg : args) line.append(" ").append(quoted(arg));
    return line + "\r\n";
}

void Monitors::show(const Session& session, std::span<const std::string_view> args, ReplyBuffer& replies) {
    Local& local = locals_[session.reactor];
    const std::string line = line_of(session, args);
    const BlobRef bytes = BlobRef::copy_of(line);
    for (Session* const monitor : local.monitors) {
        if (!monitor->wants_reply()) continue;  // A line counts as one.
        if (monitor == &session) {
            if (!session.closing) replies.append(line);
        } else {
            monitor->link->push(bytes);
        }
    }
    if (total_.load(std::memory_order_relaxed) > local.monitors.size()) local.lines += line;
}

void Monitors::send(std::size_t reactor) {
    Local& local = locals_[reactor];
    if (local.lines.empty()) return;
    const BlobRef lines = BlobRef::copy_of(local.lines);
    local.lines = {};
    for (std::size_t to = 0; to < by_reactor_.size(); ++to) {
        if (to == reactor || by_reactor_[to] == 0) continue;
        deliveries_->deliver(
            reactor, to, [this, to, lines](Executor&) { give(to, lines); }, Deliveries::Wake::Now,
            lines->size());
    }
}

void Monitors::give(std::size_t reactor, const BlobRef& lines) {
    for (Session* const monitor : locals_[reactor].monitors) {
        if (monitor->wants_reply()) monitor->link->push(lines);
    }
}

}  // namespace pongo
