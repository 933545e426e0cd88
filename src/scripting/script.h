// A script or a function, and what is known of it beside its code.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pongo {

// What the first line of a script (#!lua flags=...) or the registration of a function says of it.
enum ScriptFlag : std::uint32_t {
    NoWrites = 1 << 0,
    AllowOom = 1 << 1,
    AllowStale = 1 << 2,
    NoCluster = 1 << 3,
    AllowCrossSlotKeys = 1 << 4,
    // Not to be written: it says nothing of itself, and is treated as scripts were before there were flags.
    Unflagged = 1 << 5,
};

// The flag of this name, 0 if there is none; and the names of all, in Redis's order.
std::uint32_t script_flag(std::string_view name);
struct NamedScriptFlag {
    std::string_view name;
    ScriptFlag flag;
};
extern const NamedScriptFlag kScriptFlags[5];

// A command's flags (CommandFlag) when it runs a script with these: one that says that it only reads doesn't
// write; another one that says anything does, and needs memory unless it says otherwise.
std::uint32_t flags_with_script(std::uint32_t command_flags, std::uint32_t script_flags);

// What has been seen of a script in its runs. Thread rule: any thread.
class ScriptHabits {
  public:
    // Whether a run of it needed the locks of all shards: the next one may as well begin with them.
    bool needs_all_shards() const { return needs_all_shards_.load(std::memory_order_relaxed); }
    void note_need_of_all_shards() {
        // Not written again and again: other reactors read it.
        if (!needs_all_shards()) needs_all_shards_.store(true, std::memory_order_relaxed);
    }

  private:
    std::atomic<bool> needs_all_shards_{false};
};

// A script of EVAL. Constant, but for its habits.
struct Script {
    std::string source;
    std::string sha;             // 40 lower-case digits.
    std::uint32_t flags = 0;     // ScriptFlag
    std::size_t code_at = 0;     // Where in the source the code begins.
    bool keeps_to_keys = false;  // Proven: see key_proof.h.
    mutable ScriptHabits habits = {};
};

// What the first line of a script says.
struct Shebang {
    std::uint32_t flags = Unflagged;
    std::size_t size = 0;  // In front of the code.
    std::string error = {};
};
Shebang read_shebang(std::string_view source);

}  // namespace pongo
