#include "engine/tracking.h"

#include <algorithm>
#include <memory>

#include "engine/client_registry.h"
#include "engine/session.h"
#include "resp/reply_buffer.h"
#include "resp/reply_writer.h"

namespace pongo {
namespace {

constexpr std::string_view kPushHead = ">2\r\n$10\r\ninvalidate\r\n";
// What a client of RESP2 gets that subscribes to something.
constexpr std::string_view kMessageHead = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
// Of the table's surplus so many keys go at once: more wait for the next read.
constexpr int kMostEvicted = 100;
// A table of which so much is empty is made smaller, lest looking for a key in it takes long.
constexpr std::size_t kEmptyPart = 16;

BlobRef joined(std::string_view head, std::string_view body) {
    BlobRef bytes = BlobRef::copy_of(head, head.size() + body.size());
    bytes.resize(head.size() + body.size());
    body.copy(bytes->data() + head.size(), body.size());
    return bytes;
}

BlobRef notice_of_key(std::string_view key) {
    ReplyBuffer body;
    ReplyWriter writer(body, Protocol::Resp3);
    writer.array(1);
    writer.bulk(key);
    return joined(kPushHead, body.flat());
}

BlobRef notice_of_all(Protocol protocol) {
    ReplyBuffer body;
    ReplyWriter(body, protocol).null();
    return joined(kPushHead, body.flat());
}

// None if there is no key left.
template <typename Wanted>
BlobRef notice_of_changed(const std::map<std::string, std::uint64_t>& changed, Wanted&& wanted) {
    const auto count = std::ranges::count_if(changed, wanted);
    if (count == 0) return {};
    ReplyBuffer body;
    ReplyWriter writer(body, Protocol::Resp3);
    writer.array(static_cast<std::size_t>(count));
    for (const auto& change : changed) {
        if (wanted(change)) writer.bulk(change.first);
    }
    return joined(kPushHead, body.flat());
}

BlobRef as_message(const BlobRef& notice) {
    return joined(kMessageHead, notice->view().substr(kPushHead.size()));
}

// A client that has come to broadcasting hears of no single keys any more.
bool hears_of_keys(const Session& session) {
    return session.tracker.is(TrackingOn) && !session.tracker.is(TrackingBroadcast);
}

}  // namespace

Tracking::Tracking(EffectLog& log, ClientRegistry& clients, const Settings& settings, std::size_t reactors)
    : log_(log), clients_(clients), settings_(settings), locals_(reactors), known_on_(reactors) {
    for (Local& local : locals_) local.outgoing.resize(reactors);
    log_.add_sink(*this, {});
}

Tracking::~Tracking() {
    log_.remove_sink(*this);
}

void Tracking::start(Session& session, std::uint32_t flags, std::uint64_t redirect,
                     std::span<const std::string_view> prefixes) {
    Tracker& tracker = session.tracker;
    if (!tracker.known) {
        tracker.known = true;
        locals_[session.reactor].known.emplace(session.id, &session);
        const std::lock_guard lock(mutex_);
        log_.want(Interest::Touches);
        known_.fetch_add(1, std::memory_order_relaxed);
        ++known_on_[session.reactor];
    }
    if (!tracker.is(TrackingOn)) trackers_.fetch_add(1, std::memory_order_relaxed);
    const std::uint32_t kept = tracker.flags & TrackingCaching;
    tracker.flags = flags | kept | TrackingOn;
    set_redirect(session, redirect);
    if (!tracker.is(TrackingBroadcast)) return;
    if (prefixes.empty()) add_prefix(session, "");
    for (const std::string_view prefix : prefixes) add_prefix(session, prefix);
}

void Tracking::set_redirect(Session& session, std::uint64_t to) {
    // Under the lock of the registry, so nobody else counts at the same time.
    const auto count = [this](std::uint64_t client, int change) {
        clients_.with(client, [change](Session& target) {
            target.tracker.hears_of = target.tracker.hears_of + change;
        });
    };
    if (session.tracker.redirect != 0) count(session.tracker.redirect, -1);
    session.tracker.redirect = to;
    if (to != 0) count(to, 1);
}

void Tracking::stop(Session& session) {
    Tracker& tracker = session.tracker;
    while (!tracker.prefixes.empty()) remove_prefix(session, std::string(*tracker.prefixes.begin()));
    if (!tracker.is(TrackingOn)) return;
    set_redirect(session, 0);
    tracker.flags = 0;
    trackers_.fetch_sub(1, std::memory_order_relaxed);
}

void Tracking::forget(Session& session) {
    if (!session.tracker.known) return;
    stop(session);
    session.tracker.known = false;
    locals_[session.reactor].known.erase(session.id);
    const std::lock_guard lock(mutex_);
    log_.unwant(Interest::Touches);
    --known_on_[session.reactor];
    if (known_.fetch_sub(1, std::memory_order_relaxed) > 1) return;
    table_ = {};
    items_ = 0;
}

void Tracking::add_prefix(Session& session, std::string_view prefix) {
    if (!session.tracker.prefixes.emplace(prefix).second) return;
    session.add_name(prefix);
    locals_[session.reactor].by_prefix[std::string(prefix)].push_back(&session);
    const std::lock_guard lock(mutex_);
    Audience& audience = prefixes_[std::string(prefix)];
    if (audience.total++ == 0) {
        audience.by_reactor.resize(locals_.size());
        ++prefix_lengths_[prefix.size()];
    }
    ++audience.by_reactor[session.reactor];
}

void Tracking::remove_prefix(Session& session, const std::string& prefix) {
    session.tracker.prefixes.erase(prefix);
    session.remove_name(prefix);
    auto& by_prefix = locals_[session.reactor].by_prefix;
    const auto local = by_prefix.find(prefix);
    std::erase(local->second, &session);
    if (local->second.empty()) by_prefix.erase(local);

    const std::lock_guard lock(mutex_);
    const auto shared = prefixes_.find(prefix);
    --shared->second.by_reactor[session.reactor];
    if (--shared->second.total > 0) return;
    prefixes_.erase(shared);
    const auto length = prefix_lengths_.find(prefix.size());
    if (--length->second == 0) prefix_lengths_.erase(length);
}

void Tracking::note_read(Session& session, std::string_view key) {
    {
        const std::lock_guard lock(mutex_);
        Readers& readers = table_[std::string(key)];
        const auto at = std::ranges::lower_bound(readers, session.id, {}, &Reader::id);
        if (at == readers.end() || at->id != session.id) {
            readers.insert(at, {session.id, session.reactor});
            ++items_;
        }
    }
    const auto most = static_cast<std::size_t>(settings_.tracking_table_max_keys.get());
    for (int i = 0; i < kMostEvicted; ++i) {
        const auto surplus = take_surplus(most);
        if (!surplus) return;
        tell_readers({0, session.reactor, session.id}, surplus->first, surplus->second);
    }
}

// Any key, if the table has more than it may; 0 is no limit.
std::optional<std::pair<std::string, Tracking::Readers>> Tracking::take_surplus(std::size_t most) {
    const std::lock_guard lock(mutex_);
    if (most == 0 || table_.size() <= most) return std::nullopt;
    if (table_.bucket_count() / kEmptyPart > table_.size()) table_.rehash(0);
    std::size_t bucket = random_.below(table_.bucket_count());
    while (table_.begin(bucket) == table_.end(bucket)) bucket = (bucket + 1) % table_.bucket_count();
    auto node = table_.extract(table_.begin(bucket)->first);
    items_ -= node.mapped().size();
    return std::pair(std::move(node.key()), std::move(node.mapped()));
}

Tracking::Readers Tracking::take_readers(std::string_view key) {
    const auto found = table_.find(std::string(key));
    if (found == table_.end()) return {};
    Readers readers = std::move(found->second);
    items_ -= readers.size();
    table_.erase(found);
    return readers;
}

void Tracking::accept(const Unit& unit) noexcept {
    if (in_use()) tell(unit);
    Local& local = locals_[unit.origin.reactor];
    local.told_keys = 0;
    local.told_flushes = 0;
}

void Tracking::tell(const Unit& unit) {
    Local& local = locals_[unit.origin.reactor];
    while (local.told_keys < unit.touched.size()) {
        invalidate(unit.origin, unit.touched[local.told_keys++]);
    }
    while (local.told_flushes < unit.flushes) {
        ++local.told_flushes;
        invalidate_all(unit.origin);
    }
}

void Tracking::invalidate(Unit::Origin origin, const TouchedKey& touched) {
    const std::string_view key = touched.key;
    if (touched.by_server) origin.client = 0;
    Local& local = locals_[origin.reactor];
    Readers readers;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [length, count] : prefix_lengths_) {
            if (length > key.size()) break;
            const auto found = prefixes_.find(key.substr(0, length));
            if (found == prefixes_.end()) continue;
            local.changed[found->first].try_emplace(std::string(key), origin.client);
        }
        readers = take_readers(key);
    }
    tell_readers(origin, key, readers);
}

void Tracking::tell_readers(const Unit::Origin& origin, std::string_view key, const Readers& readers) {
    if (readers.empty()) return;
    const BlobRef notice = notice_of_key(key);
    const auto& known = locals_[origin.reactor].known;
    for (const Reader& reader : readers) {
        if (reader.reactor != origin.reactor) {
            collect(origin, reader.reactor, {reader.id, notice, reader.id == origin.client});
        } else if (const auto found = known.find(reader.id); found != known.end()) {
            Session& session = *found->second;
            const bool is_own = session.id == origin.client;
            if (!hears_of_keys(session) || (is_own && session.tracker.is(TrackingNoLoop))) continue;
            tell_here(origin, session, notice);
        }
    }
}

// Also of clients that don't care for single keys, and of those that don't want to hear of their own changes.
void Tracking::invalidate_all(const Unit::Origin& origin) {
    std::vector<std::size_t> known_on;
    {
        const std::lock_guard lock(mutex_);
        table_ = {};
        items_ = 0;
        known_on = known_on_;
    }
    for (std::size_t reactor = 0; reactor < known_on.size(); ++reactor) {
        if (reactor != origin.reactor && known_on[reactor] > 0) collect(origin, reactor, {0, {}});
    }
    for (const auto& [id, session] : locals_[origin.reactor].known) {
        if (session->tracker.is(TrackingOn)) tell_here(origin, *session, {});
    }
}

// Locks are held: what may have to wake another reactor is put off.
void Tracking::tell_here(const Unit::Origin& origin, Session& session, const BlobRef& notice) {
    if (session.tracker.redirect != 0) {
        collect(origin, origin.reactor, {session.id, notice});
    } else if (session.id == origin.running) {
        locals_[origin.reactor].own.push_back(notice);
    } else {
        give(session, notice);
    }
}

void Tracking::collect(const Unit::Origin& origin, std::size_t reactor, Notice notice) {
    Local& local = locals_[origin.reactor];
    local.outgoing[reactor].push_back(std::move(notice));
    local.has_collected = true;
}

void Tracking::give_own(Session& session) {
    for (const BlobRef& notice : std::exchange(locals_[session.reactor].own, {})) give(session, notice);
}

std::size_t Tracking::bytes_of(const std::vector<Notice>& notices) {
    std::size_t bytes = notices.size() * sizeof(Notice);
    for (const Notice& notice : notices) bytes += notice.bytes ? notice.bytes->size() : 0;
    return bytes;
}

bool Tracking::send(std::size_t reactor) {
    constexpr auto kLater = Deliveries::Wake::Later;
    Local& local = locals_[reactor];
    if (!local.has_collected) return false;
    local.has_collected = false;
    for (std::size_t to = 0; to < local.outgoing.size(); ++to) {
        if (local.outgoing[to].empty()) continue;
        const auto notices = std::make_shared<std::vector<Notice>>(std::exchange(local.outgoing[to], {}));
        if (to == reactor) {
            give_all(reactor, *notices, kLater);
        } else {
            deliveries_->deliver(
                reactor, to,
                [this, to, notices](Executor&) { give_all(to, *notices, Deliveries::Wake::Now); }, kLater,
                bytes_of(*notices));
        }
    }
    return true;
}

void Tracking::send_broadcasts(std::size_t reactor) {
    Local& local = locals_[reactor];
    if (local.changed.empty()) return;
    for (auto& [prefix, changed] : std::exchange(local.changed, {})) {
        send_changed(reactor, prefix, std::move(changed));
    }
}

void Tracking::send_changed(std::size_t reactor, const std::string& prefix, Changed&& changes) {
    std::vector<std::uint32_t> by_reactor;
    {
        const std::lock_guard lock(mutex_);
        const auto found = prefixes_.find(prefix);
        if (found == prefixes_.end()) return;
        by_reactor = found->second.by_reactor;
    }
    const auto changed = std::make_shared<const Changed>(std::move(changes));
    const BlobRef notice = notice_of_changed(*changed, [](const auto&) { return true; });
    for (std::size_t to = 0; to < by_reactor.size(); ++to) {
        if (by_reactor[to] == 0) continue;
        if (to == reactor) {
            give_prefix(to, prefix, notice, *changed);
        } else {
            deliveries_->deliver(
                reactor, to,
                [this, to, prefix, notice, changed](Executor&) { give_prefix(to, prefix, notice, *changed); },
                Deliveries::Wake::Now, 2 * notice->size());
        }
    }
}

void Tracking::give_prefix(std::size_t reactor, const std::string& prefix, const BlobRef& notice,
                           const Changed& changed) {
    const auto& by_prefix = locals_[reactor].by_prefix;
    const auto found = by_prefix.find(prefix);
    if (found == by_prefix.end()) return;
    for (Session* const session : found->second) {
        if (!session->tracker.is(TrackingNoLoop)) {
            give(*session, notice);
            continue;
        }
        const auto is_others = [&](const auto& change) { return change.second != session->id; };
        if (const BlobRef others = notice_of_changed(changed, is_others)) give(*session, others);
    }
}

void Tracking::give_all(std::size_t reactor, const std::vector<Notice>& notices, Deliveries::Wake wake) {
    const auto& known = locals_[reactor].known;
    for (const Notice& notice : notices) {
        if (notice.client == 0) {
            for (const auto& [id, session] : known) {
                if (session->tracker.is(TrackingOn)) give(*session, {}, wake);
            }
        } else if (const auto found = known.find(notice.client); found != known.end()) {
            Session& session = *found->second;
            const bool wants = notice.bytes ? hears_of_keys(session) : session.tracker.is(TrackingOn);
            if (notice.is_own && session.tracker.is(TrackingNoLoop)) continue;
            if (wants) give(session, notice.bytes, wake);
        }
    }
}

void Tracking::give(Session& session, const BlobRef& bytes, Deliveries::Wake wake) {
    const BlobRef notice = bytes ? bytes : notice_of_all(session.protocol);
    const std::uint64_t redirect = session.tracker.redirect;
    if (redirect == 0) {
        if (session.protocol == Protocol::Resp3) session.link->push(notice);
        return;
    }
    std::size_t reactor = 0;
    if (clients_.with(redirect, [&](const Session& target) { reactor = target.reactor; })) {
        if (reactor == session.reactor) return give_redirected(redirect, notice);
        return deliveries_->deliver(
            session.reactor, reactor,
            [this, redirect, notice](Executor&) { give_redirected(redirect, notice); }, wake, notice->size());
    }
    session.tracker.set(TrackingBrokenRedirect);
    if (session.protocol != Protocol::Resp3) return;
    ReplyBuffer told;
    ReplyWriter push(told, Protocol::Resp3);
    push.push(2);
    push.bulk("tracking-redir-broken");
    push.integer(static_cast<std::int64_t>(redirect));
    session.link->push(joined(told.flat(), {}));
}

void Tracking::give_redirected(std::uint64_t client, const BlobRef& notice) {
    clients_.with(client, [&](Session& target) {
        if (target.protocol == Protocol::Resp3) {
            target.link->push(notice);
        } else if (target.subscribes()) {
            target.link->push(as_message(notice));
        }
    });
}

std::size_t Tracking::keys() const {
    const std::lock_guard lock(mutex_);
    return table_.size();
}

std::size_t Tracking::items() const {
    const std::lock_guard lock(mutex_);
    return items_;
}

std::size_t Tracking::prefixes() const {
    const std::lock_guard lock(mutex_);
    return prefixes_.size();
}

}  // namespace pongo
