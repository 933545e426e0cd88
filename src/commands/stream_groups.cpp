// Consumer groups: making and removing them and their consumers, and acknowledging.
#include <algorithm>
#include <string>
#include <vector>

#include "commands/stream_handlers.h"
#include "commands/subcommand_error.h"

namespace pongo::streams {
namespace {

constexpr std::string_view kKeyIsMissing =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the "
    "MKSTREAM option to create an empty stream automatically.";

struct GroupOptions {
    std::optional<std::int64_t> entries_read = {};
    bool mkstream = false;
};

GroupOptions read_group_options(Call& call, bool creates) {
    GroupOptions options;
    for (Args args(call, 5); args.more();) {
        if (creates && args.accept("MKSTREAM")) {
            options.mkstream = true;
        } else if (args.accept("ENTRIESREAD", 1)) {
            const std::int64_t read = args.integer();
            if (!call.failed() && read < -1) {
                call.fail("ERR value for ENTRIESREAD must be positive or -1");
            }
            options.entries_read = read == -1 ? std::nullopt : std::optional(read);
        } else {
            fail_subcommand(call);
        }
    }
    return options;
}

// The group that XGROUP is about: the call fails without the key, and without the group where it is needed.
GroupEntry find_named_group(Call& call, bool needs_group) {
    GroupEntry found{call.find_for_write<Stream>(call.arg(2)), nullptr};
    if (call.failed()) return found;
    if (!found.entry) {
        call.fail(kKeyIsMissing);
        return found;
    }
    found.group = found.entry.value()->group(call.arg(3));
    if (!found.group && needs_group) {
        call.fail("NOGROUP No such consumer group '" + std::string(until_nul(call.arg(3))) +
                  "' for key name '" + std::string(until_nul(call.arg(2))) + "'");
    }
    return found;
}

}  // namespace

void xgroup_create(Call& call) {
    const GroupOptions options = read_group_options(call, true);
    if (call.failed()) return;
    auto entry = call.find_for_write<Stream>(call.arg(2));
    if (call.failed()) return;
    if (!entry && !options.mkstream) return call.fail(kKeyIsMissing);
    const StreamId last = entry ? entry.value()->log.last_id() : StreamId();
    const StreamId id = call.arg(4) == "$" ? last : read_id(call, call.arg(4));
    if (call.failed()) return;

    const bool is_new = !entry;
    if (is_new) call.keys().put(entry, Stream::empty(), std::nullopt);
    if (!entry.value()->add_group(call.arg(3), id, options.entries_read)) {
        return call.fail("BUSYGROUP Consumer Group name already exists");
    }
    if (is_new) {
        entry.changed("xgroup-create", EventClass::Stream);
    } else {
        note_unseen_change(call, entry, "xgroup-create");
    }
    call.reply().ok();
}

void xgroup_setid(Call& call) {
    const GroupOptions options = read_group_options(call, false);
    if (call.failed()) return;
    auto [entry, group] = find_named_group(call, true);
    if (call.failed()) return;
    const StreamId id =
        call.arg(4) == "$" ? entry.value()->log.last_id() : read_id_or_edge(call, call.arg(4));
    if (call.failed()) return;

    group->last_id = id;
    group->entries_read = options.entries_read;
    note_unseen_change(call, entry, "xgroup-setid");
    call.reply().ok();
}

void xgroup_destroy(Call& call) {
    auto [entry, group] = find_named_group(call, false);
    if (call.failed()) return;
    if (!group) return call.reply().integer(0);
    StreamValue::Groups& groups = entry.value()->groups;
    groups.erase(groups.find(call.arg(3)));
    entry.changed("xgroup-destroy", EventClass::Stream);
    call.reply().integer(1);
}

void xgroup_createconsumer(Call& call) {
    auto [entry, group] = find_named_group(call, true);
    if (call.failed()) return;
    const bool is_new = !group->consumer(call.arg(4));
    if (is_new) {
        group->add_consumer(call.arg(4), call.now_ms());
        note_unseen_change(call, entry, "xgroup-createconsumer");
    }
    call.reply().integer(is_new);
}

void xgroup_delconsumer(Call& call) {
    auto [entry, group] = find_named_group(call, true);
    if (call.failed()) return;
    StreamConsumer* const consumer = group->consumer(call.arg(4));
    if (!consumer) return call.reply().integer(0);
    call.reply().integer(static_cast<std::int64_t>(consumer->pending.size()));
    group->erase_consumer(*consumer);
    note_unseen_change(call, entry, "xgroup-delconsumer");
}

void xack(Call& call) {
    const auto stream = call.find<Stream>(call.arg(1));
    if (call.failed()) return;
    StreamGroup* const group = stream ? (*stream)->group(call.arg(2)) : nullptr;
    if (!group) return call.reply().integer(0);
    std::vector<StreamId> ids;
    for (const std::string_view text : call.args().subspan(3)) ids.push_back(read_id(call, text));
    if (call.failed()) return;

    const auto acknowledged = std::ranges::count_if(ids, [&](StreamId id) { return group->acknowledge(id); });
    note_unseen_change(call, static_cast<std::uint64_t>(acknowledged));
    call.reply().integer(acknowledged);
}

}  // namespace pongo::streams
