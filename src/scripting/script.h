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

// Whether a script keeps to the keys that it declares, as far as has been seen. Thread rule: any thread.
class ScriptHabits {
  public:
    enum class Keys : std::uint8_t { Unknown, Declared, Beyond };
    Keys keys() const { return keys_.load(std::memory_order_relaxed); }
    // How a run of it went, which came to its end.
    void note(bool reached_beyond) {
        if (reached_beyond) {
            if (keys() != Keys::Beyond) keys_ = Keys::Beyond;
        } else if (keys() == Keys::Unknown) {
            Keys unknown = Keys::Unknown;
            keys_.compare_exchange_strong(unknown, Keys::Declared);
        }
    }

  private:
    std::atomic<Keys> keys_{Keys::Unknown};
};

// A script of EVAL. Constant, but for its habits.
struct Script {
    std::string source;
    std::string sha;          // 40 lower-case digits.
    std::uint32_t flags = 0;  // ScriptFlag
    std::size_t code_at = 0;  // Where in the source the code begins.
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
