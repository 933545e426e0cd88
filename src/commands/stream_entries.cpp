// Streams as logs: what adds entries, takes them away, and reads ranges of them.
#include <algorithm>
#include <string>
#include <vector>

#include "commands/stream_handlers.h"

namespace pongo::streams {
namespace {

constexpr std::string_view kTwoStrategies =
    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";

// What XADD is told about the id of the new entry.
struct IdArgument {
    std::optional<StreamId> id = {};  // Nothing for "*".
    bool any_seq = false;             // "ms-*"
};

IdArgument read_new_id(Call& call, std::string_view text) {
    if (text == "*") return {};
    constexpr std::string_view kAnySeq = "-*";
    const std::string_view shown = until_nul(text);
    if (shown.ends_with(kAnySeq) && shown.find('-') == shown.size() - kAnySeq.size()) {
        return {read_id(call, shown.substr(0, shown.size() - kAnySeq.size())), true};
    }
    return {read_id(call, text), false};
}

// Nothing if there is no such id above the last one.
std::optional<StreamId> choose_id(const IdArgument& wanted, StreamId last, std::int64_t now_ms) {
    if (!wanted.id) {
        const auto now = static_cast<std::uint64_t>(now_ms);
        return now > last.ms ? StreamId{now, 0} : last.following();
    }
    if (!wanted.any_seq) return *wanted.id > last ? wanted.id : std::nullopt;
    if (wanted.id->ms != last.ms) return wanted.id->ms > last.ms ? wanted.id : std::nullopt;
    return last.seq == UINT64_MAX ? std::nullopt : std::optional(StreamId{last.ms, last.seq + 1});
}

// "~ value", "= value" or "value": where the value is.
std::size_t read_exactness(Call& call, std::size_t at, StreamTrim& trim) {
    trim.whole_blocks = false;
    if (at + 1 >= call.argc()) return at;
    trim.whole_blocks = call.arg(at) == "~";
    return trim.whole_blocks || call.arg(at) == "=" ? at + 1 : at;
}

std::int64_t read_positive(Call& call, std::size_t at, std::string_view error) {
    const std::int64_t value = Args(call, at).integer();
    if (!call.failed() && value < 0) call.fail(error);
    return value;
}

// How many entries trimming may take away, where it is only to take whole blocks and nobody says more.
std::uint64_t usual_limit(const Settings& settings) {
    constexpr std::int64_t kBlocks = 100;
    constexpr std::int64_t kWithoutBlocks = 10'000;
    constexpr std::int64_t kMost = 1'000'000;
    const std::int64_t entries = settings.stream_node_max_entries;
    if (entries <= 0) return kWithoutBlocks;
    return static_cast<std::uint64_t>(std::min(std::min(entries, kMost) * kBlocks, kMost));
}

// What can be said only when all options are known.
void check_trim_options(Call& call, TrimOptions& options, std::optional<std::int64_t> limit, bool is_xadd) {
    if (limit.value_or(0) != 0 && !options.trim) {
        call.fail("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    }
    if (!is_xadd && !options.trim) {
        call.fail("ERR syntax error, XTRIM must be called with a trimming strategy");
    }
    const bool whole_blocks = options.trim && options.trim->whole_blocks;
    if (limit && !whole_blocks) {
        call.fail("ERR syntax error, LIMIT cannot be used without the special ~ option");
    }
    if (!call.failed() && whole_blocks) {
        options.trim->limit = limit ? static_cast<std::uint64_t>(*limit) : usual_limit(call.settings());
    }
}

void xrange_generic(Call& call, std::size_t start_at, std::size_t end_at) {
    const StreamId start = read_range_start(call, call.arg(start_at));
    const StreamId end = read_range_end(call, call.arg(end_at));
    std::optional<std::int64_t> count;
    for (Args args(call, 4); args.more();) {
        if (args.accept("COUNT", 1)) {
            count = std::max<std::int64_t>(args.integer(), 0);
        } else {
            args.reject();
        }
    }
    if (call.failed()) return;
    const auto stream = call.find<Stream>(call.arg(1));
    if (call.failed()) return;
    if (!stream) return call.reply().array(0);
    if (count == 0) return call.reply().null_array();
    if (start > end) return call.reply().array(0);
    const bool down = start_at > end_at;
    reply_with_range(call.reply(), (*stream)->log, down ? end : start, down ? start : end,
                     static_cast<std::uint64_t>(count.value_or(0)));
}

}  // namespace

TrimOptions read_trim_options(Call& call, std::size_t& at, bool is_xadd) {
    TrimOptions options;
    std::optional<std::int64_t> limit;
    for (; at < call.argc() && !call.failed(); ++at) {
        const std::string_view option = call.arg(at);
        const bool more = at + 1 < call.argc();
        const bool max_length = equals_ignore_case(option, "MAXLEN");
        if (is_xadd && option == "*") break;
        if (more && (max_length || equals_ignore_case(option, "MINID"))) {
            if (options.trim) call.fail(kTwoStrategies);
            options.trim.emplace();
            at = options.value_at = read_exactness(call, at + 1, *options.trim);
            if (max_length) {
                options.trim->max_length = static_cast<std::uint64_t>(
                    read_positive(call, at, "ERR The MAXLEN argument must be >= 0."));
            } else if (!call.failed()) {
                options.trim->min_id = read_id(call, call.arg(at));
            }
        } else if (more && equals_ignore_case(option, "LIMIT")) {
            options.limit_at = at;
            limit = read_positive(call, ++at, "ERR The LIMIT argument must be >= 0.");
        } else if (is_xadd && equals_ignore_case(option, "NOMKSTREAM")) {
            options.no_mkstream = true;
        } else if (is_xadd) {
            read_new_id(call, option);
            break;
        } else {
            call.fail_syntax();
        }
    }
    if (!call.failed()) check_trim_options(call, options, limit, is_xadd);
    return options;
}

std::uint64_t trim(Call& call, WriteEntry& entry, const TrimOptions& options,
                   std::vector<std::string>& told) {
    StreamLog& log = Stream(entry->payload())->log;
    const std::uint64_t gone = log.trim(*options.trim);
    if (gone > 0) entry.changed("xtrim", EventClass::Stream, gone);
    if (options.trim->whole_blocks && call.propagating()) {
        told[options.value_at - 1] = "=";
        told[options.value_at] =
            options.trim->max_length ? std::to_string(log.size()) : log.first_stored_id().text();
        if (options.limit_at != 0) {
            const auto word = told.begin() + static_cast<std::ptrdiff_t>(options.limit_at);
            told.erase(word, word + 2);
        }
    }
    return gone;
}

void xadd(Call& call) {
    std::size_t id_at = 2;
    const TrimOptions options = read_trim_options(call, id_at, true);
    if (call.failed()) return;
    const auto fields = call.args().subspan(std::min(id_at + 1, call.argc()));
    if (fields.size() < 2 || fields.size() % 2 != 0) return call.fail_arity();
    const IdArgument wanted = read_new_id(call, call.arg(id_at));
    if (wanted.id && !wanted.any_seq && wanted.id->is_zero()) {
        return call.fail("ERR The ID specified in XADD must be greater than 0-0");
    }

    auto entry = call.find_for_write<Stream>(call.arg(1));
    if (call.failed()) return;
    if (!entry && options.no_mkstream) return call.reply().null();
    const StreamId last = entry ? entry.value()->log.last_id() : StreamId();
    if (last == kHighestStreamId) {
        return call.fail("ERR The stream has exhausted the last possible ID, unable to add more items");
    }
    const auto id = choose_id(wanted, last, call.now_ms());
    if (!id) {
        return call.fail("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    }
    std::uint64_t bytes = 0;
    for (const std::string_view text : fields) bytes += text.size();
    if (bytes > StreamLog::kMostEntryBytes) return call.fail("ERR Elements are too large to be stored");

    if (!entry) call.keys().put(entry, Stream::empty(), std::nullopt);
    entry.value()->log.append(*id, fields, stream_limits_of(call.settings()));
    entry.changed("xadd", EventClass::Stream);
    reply_with(call.reply(), *id);
    std::vector<std::string> told;
    if (call.propagating()) {
        told.assign(call.args().begin(), call.args().end());
        told[id_at] = id->text();
    }
    if (options.trim) trim(call, entry, options, told);
    if (!call.propagating()) return;
    call.propagate_as(std::vector<std::string_view>(told.begin(), told.end()));
}

void xlen(Call& call) {
    const auto stream = call.find<Stream>(call.arg(1));
    if (!call.failed()) call.reply().integer(stream ? static_cast<std::int64_t>((*stream)->log.size()) : 0);
}

void xrange(Call& call) {
    xrange_generic(call, 2, 3);
}

void xrevrange(Call& call) {
    xrange_generic(call, 3, 2);
}

void xdel(Call& call) {
    auto entry = call.find_for_write<Stream>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().integer(0);
    std::vector<StreamId> ids;
    for (const std::string_view text : call.args().subspan(2)) ids.push_back(read_id(call, text));
    if (call.failed()) return;

    StreamLog& log = entry.value()->log;
    const auto erased = std::ranges::count_if(ids, [&](StreamId id) { return log.erase(id); });
    if (erased > 0) entry.changed("xdel", EventClass::Stream, static_cast<std::uint64_t>(erased));
    call.reply().integer(erased);
}

void xtrim(Call& call) {
    std::size_t at = 2;
    const TrimOptions options = read_trim_options(call, at, false);
    if (call.failed()) return;
    auto entry = call.find_for_write<Stream>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().integer(0);

    std::vector<std::string> told;
    if (call.propagating()) told.assign(call.args().begin(), call.args().end());
    const std::uint64_t gone = trim(call, entry, options, told);
    if (gone > 0 && call.propagating()) {
        call.propagate_as(std::vector<std::string_view>(told.begin(), told.end()));
    }
    call.reply().integer(static_cast<std::int64_t>(gone));
}

void xsetid(Call& call) {
    const StreamId id = read_id(call, call.arg(2));
    std::optional<std::int64_t> entries_added;
    StreamId max_deleted;
    for (Args args(call, 3); args.more();) {
        if (args.accept("ENTRIESADDED", 1)) {
            entries_added = args.integer();
            if (*entries_added < 0) call.fail("ERR entries_added must be positive");
        } else if (args.accept("MAXDELETEDID", 1)) {
            max_deleted = read_id(call, args.next());
            if (!call.failed() && id < max_deleted) {
                call.fail("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
            }
        } else {
            args.reject();
        }
    }
    if (call.failed()) return;
    auto entry = call.find_for_write<Stream>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.fail(errors::kNoSuchKey);

    StreamLog& log = entry.value()->log;
    if (log.size() > 0 && id < log.last_live_id()) {
        return call.fail("ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if (log.size() > 0 && entries_added && log.size() > static_cast<std::uint64_t>(*entries_added)) {
        return call.fail(
            "ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
    log.set_last_id(id);
    if (entries_added) log.set_entries_added(static_cast<std::uint64_t>(*entries_added));
    if (!max_deleted.is_zero()) log.set_max_deleted_id(max_deleted);
    note_unseen_change(call, entry, "xsetid");
    call.reply().ok();
}

}  // namespace pongo::streams
