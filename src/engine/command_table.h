// All commands, found by name. Built once at start from the families' rows, and renamed as the configuration
// wishes; constant afterwards.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/command.h"

namespace pongo {

// A row, with what can be worked out from it once.
struct Command {
    const CommandSpec* spec = nullptr;
    const Command* parent = nullptr;  // Of a subcommand.
    std::string name;                 // Lower case, as COMMAND answers it: "get", "client|list".
    std::size_t index = 0;            // Dense, over commands and subcommands: for per-command statistics.
    std::uint32_t flags = 0;          // The row's, and those that follow from its keys.
    std::uint32_t categories = 0;     // The row's, and those that follow from its flags.
    // The argument that is its only key; 0 if it has none, or if finding them takes more.
    int single_key = 0;
    std::vector<const Command*> subcommands;  // In the order of their rows.

    bool is(CommandFlag flag) const { return (flags & flag) != 0; }
    // By its own word, in any case.
    const Command* subcommand(std::string_view word) const;
    // Whether it is a container that was found for a request of this many words, which names no subcommand.
    bool lacks_subcommand(std::size_t words) const { return !subcommands.empty() && words > 1; }
};

class CommandTable {
  public:
    explicit CommandTable(std::span<const std::span<const CommandSpec>> families);

    // From now on the command is found as `to` only; an empty `to` takes it away. It goes on telling its own
    // name. The error is Redis's text.
    [[nodiscard]] std::optional<std::string> rename(std::string_view from, std::string_view to);

    // By name in any case; nullptr if there is none. Of containers, the container.
    const Command* find(std::string_view name) const;
    // With the subcommand, where args[0] is a container and args[1] one of its words.
    const Command* find(std::span<const std::string_view> args) const;
    // "name" or "container|subcommand", as in COMMAND INFO and ACL rules.
    const Command* find_full_name(std::string_view name) const;

    // Commands without their subcommands, sorted by name.
    const std::vector<const Command*>& commands() const { return sorted_; }
    // How many Command::index there are.
    std::size_t count_with_subcommands() const { return all_.size(); }
    const Command& at(std::size_t index) const { return all_[index]; }

  private:
    struct Slot {
        char name[24] = {};  // Lower case.
        std::uint8_t size = 0;
        const Command* command = nullptr;
    };
    static constexpr std::size_t kSlots = 1024;

    Command& add(const CommandSpec& spec, const Command* parent);
    void index_by_name();
    const Command* find_long(std::string_view name) const;

    std::deque<Command> all_;  // Addresses must last.
    std::vector<const Command*> sorted_;
    // The names by which commands are found, in lower case.
    std::map<std::string, const Command*, std::less<>> names_;
    std::size_t longest_name_ = 0;
    std::unique_ptr<Slot[]> slots_;  // The names again, those that fit.
};

// The names as COMMAND INFO shows them; bit i of a mask is name i, empty names are not shown.
std::span<const std::string_view> command_flag_names();
std::span<const std::string_view> category_names();
std::span<const std::string_view> key_flag_names();
std::string_view name_of(Group group);

// Finds the keys in `args` (with the command's name first) by its specifications; calls visit(index of the
// argument, spec). False if they cannot be found: the count of keys is not a number, or says more than there
// are.
template <typename Visit>
bool for_each_key(const CommandSpec& spec, std::span<const std::string_view> args, Visit&& visit);

namespace detail {
struct KeyRange {
    int first;  // Below 1: nothing to find here.
    int last;
    int step;
    bool valid;
};
KeyRange key_range(const KeySpec& spec, std::span<const std::string_view> args);
}  // namespace detail

template <typename Visit>
bool for_each_key(const CommandSpec& spec, std::span<const std::string_view> args, Visit&& visit) {
    for (const KeySpec& key : spec.keys) {
        const detail::KeyRange range = detail::key_range(key, args);
        if (!range.valid) return false;
        if (range.first < 1) continue;
        for (int i = range.first; i <= range.last; i += range.step) visit(static_cast<std::size_t>(i), key);
    }
    if (const std::size_t last = spec.find_last_key ? spec.find_last_key(args) : 0; last > 0) {
        visit(last, spec.keys.specs[spec.keys.count - 1]);
    }
    return true;
}

}  // namespace pongo
