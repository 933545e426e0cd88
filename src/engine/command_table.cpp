#include "engine/command_table.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/escape.h"
#include "base/numbers.h"

namespace pongo {
namespace {

constexpr std::size_t kMaxName = sizeof("georadiusbymember_ro....") - 1;
static_assert(kMaxName == 24);

constexpr std::string_view kCommandFlagNames[] = {
    "write",
    "readonly",
    "denyoom",
    "module",
    "admin",
    "pubsub",
    "noscript",
    "blocking",
    "loading",
    "stale",
    "skip_monitor",
    "skip_slowlog",
    "asking",
    "fast",
    "no_auth",
    "no_mandatory_keys",
    "no_async_loading",
    "no_multi",
    "movablekeys",
    "allow_busy",
};
constexpr std::string_view kCategoryNames[] = {
    "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
    "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
    "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting",
};
constexpr std::string_view kKeyFlagNames[] = {
    "RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete", "variable_flags",
};
constexpr std::string_view kGroupNames[] = {
    "generic", "string",       "list",       "set",    "sorted-set", "hash",
    "pubsub",  "transactions", "connection", "server", "scripting",  "hyperloglog",
    "cluster", "sentinel",     "geo",        "stream", "bitmap",
};

// The name in lower case, padded with zeros, and its length; 0 if it is too long.
std::size_t fold(std::string_view name, char (&folded)[kMaxName]) {
    if (name.size() > kMaxName) return 0;
    std::memset(folded, 0, kMaxName);
    for (std::size_t i = 0; i < name.size(); ++i) folded[i] = ascii_lower(name[i]);
    return name.size();
}

std::uint64_t hash_of(const char (&folded)[kMaxName]) {
    std::uint64_t words[3];
    std::memcpy(words, folded, kMaxName);
    const std::uint64_t mixed =
        (words[0] ^ words[1] * 0x9e3779b97f4a7c15 ^ words[2] * 0xc2b2ae3d27d4eb4f) * 0x9e3779b97f4a7c15;
    return mixed >> 48;
}

std::uint32_t implied_categories(std::uint32_t flags, std::uint32_t categories) {
    if ((flags & Write) != 0) categories |= CatWrite;
    // Scripts read and write what they like: the flag says nothing about data there.
    if ((flags & ReadOnly) != 0 && (categories & CatScripting) == 0) categories |= CatRead;
    if ((flags & Admin) != 0) categories |= CatAdmin | CatDangerous;
    if ((flags & PubSub) != 0) categories |= CatPubSub;
    if ((flags & Blocking) != 0) categories |= CatBlocking;
    return categories | ((flags & Fast) != 0 ? CatFast : CatSlow);
}

int single_key_of(const CommandSpec& spec) {
    if (spec.keys.count != 1) return 0;
    const KeySpec& key = spec.keys.specs[0];
    const bool single =
        key.begin == KeySpec::Begin::Index && key.find == KeySpec::Find::Range && key.last == 0;
    return single ? key.index : 0;
}

bool needs_parsing(const KeySpec& key) {
    return key.begin != KeySpec::Begin::Index || key.find != KeySpec::Find::Range;
}

}  // namespace

const Command* Command::subcommand(std::string_view word) const {
    for (const Command* each : subcommands) {
        if (equals_ignore_case(each->spec->name, word)) return each;
    }
    return nullptr;
}

CommandTable::CommandTable(std::span<const std::span<const CommandSpec>> families) {
    for (const auto& family : families) {
        for (const CommandSpec& spec : family) {
            Command& command = add(spec, nullptr);
            for (const CommandSpec& sub : spec.subcommands)
                command.subcommands.push_back(&add(sub, &command));
            CHECK(names_.emplace(command.name, &command).second);
            sorted_.push_back(&command);
        }
    }
    std::sort(sorted_.begin(), sorted_.end(),
              [](const Command* a, const Command* b) { return a->name < b->name; });
    index_by_name();
}

std::optional<std::string> CommandTable::rename(std::string_view from, std::string_view to) {
    const auto found = names_.find(to_lower(from));
    if (found == names_.end()) return "No such command in rename-command";
    const Command* const command = found->second;
    names_.erase(found);
    if (to.empty()) {
        std::erase(sorted_, command);
    } else if (!names_.emplace(to_lower(to), command).second) {
        return "Target command name already exists";
    }
    index_by_name();
    return std::nullopt;
}

Command& CommandTable::add(const CommandSpec& spec, const Command* parent) {
    CHECK(spec.handler || !spec.subcommands.empty());
    Command& command = all_.emplace_back();
    command.spec = &spec;
    command.parent = parent;
    command.name = (parent ? parent->name + "|" : std::string()) + to_lower(spec.name);
    command.index = all_.size() - 1;
    command.flags = spec.flags;
    if (std::any_of(spec.keys.begin(), spec.keys.end(), needs_parsing)) command.flags |= MovableKeys;
    command.categories = implied_categories(spec.flags, spec.categories);
    command.single_key = single_key_of(spec);
    return command;
}

void CommandTable::index_by_name() {
    slots_ = std::make_unique<Slot[]>(kSlots);
    longest_name_ = 0;
    for (const auto& [name, command] : names_) {
        longest_name_ = std::max(longest_name_, name.size());
        char folded[kMaxName];
        const std::size_t size = fold(name, folded);
        if (size == 0) continue;
        std::size_t at = hash_of(folded) % kSlots;
        while (slots_[at].command) at = (at + 1) % kSlots;
        std::memcpy(slots_[at].name, folded, kMaxName);
        slots_[at].size = static_cast<std::uint8_t>(size);
        slots_[at].command = command;
    }
}

const Command* CommandTable::find(std::string_view name) const {
    char folded[kMaxName];
    const std::size_t size = fold(name, folded);
    if (size == 0) return find_long(name);
    for (std::size_t at = hash_of(folded) % kSlots; slots_[at].command; at = (at + 1) % kSlots) {
        if (slots_[at].size == size && std::memcmp(slots_[at].name, folded, kMaxName) == 0)
            return slots_[at].command;
    }
    return nullptr;
}

// Only renaming gives a command so long a name.
const Command* CommandTable::find_long(std::string_view name) const {
    if (name.size() > longest_name_) return nullptr;
    const auto found = names_.find(to_lower(name));
    return found == names_.end() ? nullptr : found->second;
}

const Command* CommandTable::find(std::span<const std::string_view> args) const {
    const Command* command = find(args[0]);
    if (!command || command->subcommands.empty() || args.size() < 2) return command;
    const Command* sub = command->subcommand(args[1]);
    return sub ? sub : command;
}

const Command* CommandTable::find_full_name(std::string_view name) const {
    const auto bar = name.find('|');
    const Command* command = find(name.substr(0, bar));
    return bar == name.npos || !command ? command : command->subcommand(name.substr(bar + 1));
}

std::span<const std::string_view> command_flag_names() {
    return kCommandFlagNames;
}
std::span<const std::string_view> category_names() {
    return kCategoryNames;
}
std::span<const std::string_view> key_flag_names() {
    return kKeyFlagNames;
}
std::string_view name_of(Group group) {
    return kGroupNames[static_cast<std::size_t>(group)];
}

namespace detail {
namespace {

constexpr KeyRange kNothing{0, 0, 1, true};
constexpr KeyRange kInvalid{0, 0, 1, false};

// The argument at which the keys begin; 0 if the keyword is not there.
int beginning(const KeySpec& spec, std::span<const std::string_view> args) {
    const int argc = static_cast<int>(args.size());
    if (spec.begin == KeySpec::Begin::Index) return spec.index;
    if (spec.begin != KeySpec::Begin::Keyword) return 0;
    const bool backwards = spec.index < 0;
    const int start = backwards ? argc + spec.index : spec.index;
    for (int i = start; i > 0 && i < argc; i += backwards ? -1 : 1) {
        if (equals_ignore_case(args[static_cast<std::size_t>(i)], spec.keyword)) return i + 1;
    }
    return 0;
}

}  // namespace

KeyRange key_range(const KeySpec& spec, std::span<const std::string_view> args) {
    const int argc = static_cast<int>(args.size());
    const int first = beginning(spec, args);
    if (first < 1 || first >= argc) return kNothing;
    if (spec.find == KeySpec::Find::Range) {
        int last = spec.last < 0 ? argc + spec.last : first + spec.last;
        if (spec.last == -1 && spec.limit > 1) last = first + (argc - first) / spec.limit - 1;
        return {first, std::min(last, argc - 1), spec.step, true};
    }
    if (spec.find != KeySpec::Find::Count) return kNothing;
    const int count_at = first + spec.count_index;
    if (count_at >= argc) return kInvalid;
    const auto count = parse_int64(args[static_cast<std::size_t>(count_at)]);
    const int begin = first + spec.first_index;
    if (!count || *count < 0 || *count > (argc - begin + spec.step - 1) / spec.step) return kInvalid;
    if (*count == 0) return kNothing;
    return {begin, begin + (static_cast<int>(*count) - 1) * spec.step, spec.step, true};
}

}  // namespace detail
}  // namespace pongo
