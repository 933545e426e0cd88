// The scripts of EVAL as one reactor has them: compiled once, found by their source or by its hash.
// Thread rule: the reactor's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "scripting/script_cache.h"
#include "scripting/script_host.h"

namespace pongo {

class EvalScripts {
  public:
    EvalScripts(Engine& engine, ScriptCache& cache, SharedJsonOptions& json, std::size_t reactor);

    struct Compiled {
        std::shared_ptr<const Script> script;
        int function = 0;
    };
    // Makes the script known to all if it is not yet. Null if it can't be compiled, for `error`.
    const Compiled* add(std::string_view source, std::string& error);
    // Null if nobody knows it.
    const Compiled* find(std::string_view sha);

    void run(Call& call, const Compiled& compiled, std::span<const std::string_view> keys,
             std::span<const std::string_view> arguments, bool read_only);

    std::size_t memory_used() const { return host_.memory_used(); }

  private:
    void forget_flushed();
    void forget_compiled();
    void make_room();
    // Null if it can't be compiled, for `error`.
    const Compiled* add_known(std::shared_ptr<const Script> script, std::string& error);
    // The function.
    std::optional<int> compile(const Script& script, std::string& error);
    const Compiled* keep(std::shared_ptr<const Script> script, int function);

    const CommandTable& commands_;
    ScriptHost host_;
    ScriptCache& cache_;
    std::uint64_t generation_ = 0;
    std::unordered_map<std::string_view, Compiled> by_sha_;            // The names are in the scripts,
    std::unordered_map<std::string_view, const Compiled*> by_source_;  // and so are the sources.
};

}  // namespace pongo
