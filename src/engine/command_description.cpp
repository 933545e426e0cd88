#include "engine/command_description.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "engine/command_syntax.h"

namespace pongo {
namespace {

// The members of an aggregate are counted while they are written.
class MapWriter {
  public:
    explicit MapWriter(ReplyWriter& reply) : reply_(reply), deferred_(reply.begin_map()) {}
    ~MapWriter() { reply_.finish(deferred_, count_); }
    MapWriter(const MapWriter&) = delete;
    MapWriter& operator=(const MapWriter&) = delete;

    // The value is what is written to this next.
    ReplyWriter& field(std::string_view name) {
        ++count_;
        reply_.bulk(name);
        return reply_;
    }
    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) field(name).bulk(value);
    }

  private:
    ReplyWriter& reply_;
    ReplyWriter::Deferred deferred_;
    std::size_t count_ = 0;
};

void write_words(ReplyWriter& reply, const std::vector<std::string_view>& words) {
    reply.set(words.size());
    for (const std::string_view word : words) reply.simple(word);
}

// Those bits that have a name.
void write_names(ReplyWriter& reply, std::uint32_t bits, std::span<const std::string_view> names) {
    std::vector<std::string_view> set;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((bits >> i & 1) != 0) set.push_back(names[i]);
    }
    write_words(reply, set);
}

void write_categories(ReplyWriter& reply, std::uint32_t categories) {
    reply.set(static_cast<std::size_t>(std::popcount(categories)));
    const auto names = category_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((categories >> i & 1) != 0) reply.simple("@" + std::string(names[i]));
    }
}

// Where the keys are, for clients that know of one range only: Redis's old three numbers.
struct OneRange {
    int first = 0;
    int last = 0;
    int step = 0;
};

bool is_range(const KeySpec& spec) {
    return spec.begin == KeySpec::Begin::Index && spec.find == KeySpec::Find::Range;
}
int last_of(const KeySpec& spec) {
    return spec.last < 0 ? spec.last : spec.index + spec.last;
}

OneRange one_range(const KeySpecs& specs) {
    if (specs.count == 1 && is_range(specs.specs[0])) {
        const KeySpec& only = specs.specs[0];
        return {only.index, last_of(only), only.step};
    }
    // Several are one range as long as each begins right behind the one before it.
    OneRange range;
    for (const KeySpec& spec : specs) {
        const bool adjoins = range.first == 0 || range.last == spec.index - 1;
        if (!is_range(spec) || spec.step != 1 || !adjoins) continue;
        if (range.first == 0) range.first = spec.index;
        range.last = last_of(spec);
        range.step = 1;
    }
    return range;
}

void write_tips(ReplyWriter& reply, std::string_view tips) {
    const ReplyWriter::Deferred set = reply.begin_set();
    std::size_t count = 0;
    while (!tips.empty()) {
        const auto end = std::min(tips.find(' '), tips.size());
        reply.bulk(tips.substr(0, end));
        tips.remove_prefix(std::min(end + 1, tips.size()));
        ++count;
    }
    reply.finish(set, count);
}

void write_begin_search(MapWriter map, const KeySpec& spec) {
    switch (spec.begin) {
        case KeySpec::Begin::Index: {
            map.text("type", "index");
            MapWriter(map.field("spec")).field("index").integer(spec.index);
            break;
        }
        case KeySpec::Begin::Keyword: {
            map.text("type", "keyword");
            MapWriter details(map.field("spec"));
            details.text("keyword", spec.keyword);
            details.field("startfrom").integer(spec.index);
            break;
        }
        default:
            map.text("type", "unknown");
            map.field("spec").map(0);
    }
}

void write_find_keys(MapWriter map, const KeySpec& spec) {
    switch (spec.find) {
        case KeySpec::Find::Range: {
            map.text("type", "range");
            MapWriter details(map.field("spec"));
            details.field("lastkey").integer(spec.last);
            details.field("keystep").integer(spec.step);
            details.field("limit").integer(spec.limit);
            break;
        }
        case KeySpec::Find::Count: {
            map.text("type", "keynum");
            MapWriter details(map.field("spec"));
            details.field("keynumidx").integer(spec.count_index);
            details.field("firstkey").integer(spec.first_index);
            details.field("keystep").integer(spec.step);
            break;
        }
        default:
            map.text("type", "unknown");
            map.field("spec").map(0);
    }
}

void write_key_specs(ReplyWriter& reply, const KeySpecs& specs) {
    reply.set(specs.count);
    for (const KeySpec& spec : specs) {
        MapWriter map(reply);
        map.text("notes", spec.notes);
        write_key_flags(map.field("flags"), spec.flags);
        write_begin_search(MapWriter(map.field("begin_search")), spec);
        write_find_keys(MapWriter(map.field("find_keys")), spec);
    }
}

void write_arguments(ReplyWriter& reply, const std::vector<Argument>& arguments);

void write_argument(ReplyWriter& reply, const Argument& argument) {
    MapWriter map(reply);
    map.text("name", argument.name);
    map.text("type", name_of(argument.type));
    if (argument.key_spec) map.field("key_spec_index").integer(*argument.key_spec);
    if (argument.token) map.field("token").bulk(*argument.token);
    map.text("since", argument.since);
    map.text("deprecated_since", argument.deprecated_since);
    std::vector<std::string_view> flags;
    if (argument.optional) flags.push_back("optional");
    if (argument.multiple) flags.push_back("multiple");
    if (argument.multiple_token) flags.push_back("multiple_token");
    if (!flags.empty()) write_words(map.field("flags"), flags);
    if (!argument.parts.empty()) write_arguments(map.field("arguments"), argument.parts);
}

void write_arguments(ReplyWriter& reply, const std::vector<Argument>& arguments) {
    reply.array(arguments.size());
    for (const Argument& argument : arguments) write_argument(reply, argument);
}

void write_history(ReplyWriter& reply, std::span<const Change> history) {
    reply.set(history.size());
    for (const Change& change : history) {
        reply.array(2);
        reply.bulk(change.since);
        reply.bulk(change.what);
    }
}

void write_doc_flags(MapWriter& map, const CommandSpec& spec) {
    std::vector<std::string_view> flags;
    if (!spec.deprecated_since.empty()) flags.push_back("deprecated");
    if ((spec.flags & SystemCommand) != 0) flags.push_back("syscmd");
    if (!flags.empty()) write_words(map.field("doc_flags"), flags);
}

}  // namespace

void write_key_flags(ReplyWriter& reply, std::uint16_t flags) {
    write_names(reply, flags, key_flag_names());
}

void write_command_info(ReplyWriter& reply, const Command& command) {
    const CommandSpec& spec = *command.spec;
    const OneRange range = one_range(spec.keys);
    reply.array(10);
    reply.bulk(command.name);
    reply.integer(spec.arity.value);
    write_names(reply, command.flags, command_flag_names());
    reply.integer(range.first);
    reply.integer(range.last);
    reply.integer(range.step);
    write_categories(reply, command.categories);
    write_tips(reply, spec.tips);
    write_key_specs(reply, spec.keys);
    if (command.subcommands.empty()) return reply.set(0);
    reply.array(command.subcommands.size());
    for (const Command* each : command.subcommands) write_command_info(reply, *each);
}

void write_command_docs(ReplyWriter& reply, const Command& command) {
    const CommandSpec& spec = *command.spec;
    reply.bulk(command.name);
    MapWriter map(reply);
    map.text("summary", spec.summary);
    map.text("since", spec.since);
    map.text("group", name_of(spec.group));
    map.text("complexity", spec.cost);
    write_doc_flags(map, spec);
    map.text("deprecated_since", spec.deprecated_since);
    map.text("replaced_by", spec.replaced_by);
    if (!spec.history.empty()) write_history(map.field("history"), spec.history);
    if (!spec.syntax.empty()) {
        const auto arguments = parse_syntax(spec.syntax);
        CHECK(arguments);  // A test goes through the whole table.
        write_arguments(map.field("arguments"), *arguments);
    }
    if (command.subcommands.empty()) return;
    map.field("subcommands").map(command.subcommands.size());
    for (const Command* each : command.subcommands) write_command_docs(reply, *each);
}

}  // namespace pongo
