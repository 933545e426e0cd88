// The libraries of functions that the server knows, for all reactors. Each reactor loads them for itself.
//
// Words: a *library* is Lua source that registers functions when it is run; a *function* is what FCALL runs.
//
// Invariants:
//  1. A snapshot never changes; whoever has one may keep it, and what is in it, for as long as it likes.
//  2. The names of libraries differ. So do the names of functions of different libraries, whatever their
//     case.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/escape.h"
#include "scripting/script.h"

namespace pongo {

// Constant once it is in a library, but for its habits.
struct Function {
    std::string name;
    std::optional<std::string> description;
    std::uint32_t flags = 0;     // ScriptFlag
    bool keeps_to_keys = false;  // Proven: see key_proof.h.
    mutable ScriptHabits habits = {};
};

struct FunctionLibrary {
    std::string name;
    std::string source;       // With its first line.
    std::size_t code_at = 0;  // Where in the source the code begins.
    std::deque<Function> functions = {};

    // What it takes, in bytes.
    std::size_t memory() const;
};

// As FCALL looks for names.
struct HashOfAnyCase {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const;
};
struct EqualInAnyCase {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return equals_ignore_case(a, b); }
};
template <typename T>
using ByFunctionName = std::unordered_map<std::string_view, T, HashOfAnyCase, EqualInAnyCase>;

// What a library says of itself in its first line, as `#!lua name=mylib`.
struct LibraryHeader {
    std::string name = {};
    std::size_t size = 0;  // In front of the code.
    std::string error = {};
};
LibraryHeader read_library_header(std::string_view source);

// Of libraries and functions: letters, digits and underscores.
bool is_function_name(std::string_view name);
inline constexpr std::string_view kBadFunctionName =
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one character "
    "long";

class FunctionLibraries {
  public:
    using Library = std::shared_ptr<const FunctionLibrary>;
    struct Snapshot {
        std::uint64_t generation = 0;
        std::map<std::string_view, Library> by_name = {};
        ByFunctionName<const FunctionLibrary*> functions = {};

        std::size_t memory() const;
    };

    std::shared_ptr<const Snapshot> snapshot() const;
    // Another one after every change.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    enum class Collision : std::uint8_t { Abort, Replace };
    // Redis's error if it can't be, without a code.
    std::string add(Library library, Collision collision);
    // False if there is none.
    bool remove(std::string_view name);
    void clear();

    enum class Restore : std::uint8_t { Flush, Append, Replace };
    // All of them, or an error and none of them. REQUIRES: they don't collide with each other.
    std::string restore(std::span<const Library> libraries, Restore policy);

    // Why the second of them can't be there together with the first; empty if they can.
    static std::string collision_with(const Snapshot& others, const FunctionLibrary& library);
    static void put(Snapshot& snapshot, Library library);
    static void take(Snapshot& snapshot, std::string_view name);

  private:
    // A copy of what is there, to be changed. REQUIRES: the mutex is locked.
    Snapshot copy() const;
    void publish(Snapshot&& next);

    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> current_ = std::make_shared<Snapshot>();
    std::atomic<std::uint64_t> generation_{0};
};

}  // namespace pongo
