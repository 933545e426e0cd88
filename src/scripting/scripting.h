// Scripts and functions: what the server knows of them, and what each reactor has for itself.
// Thread rule: on a reactor's thread its own part; what they share on any.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/engine.h"
#include "scripting/eval_scripts.h"
#include "scripting/script_cache.h"

namespace pongo {

class Scripting {
  public:
    explicit Scripting(Engine& engine);

    ScriptCache& cache() { return cache_; }
    // Made when they are asked for first: most servers run no scripts.
    EvalScripts& eval_scripts(std::size_t reactor);

    // Of the Lua states for EVAL, in bytes.
    std::size_t eval_memory() const;

  private:
    Engine& engine_;
    ScriptCache cache_;
    struct PerReactor {
        std::atomic<EvalScripts*> eval{nullptr};
        std::unique_ptr<EvalScripts> eval_owner;
    };
    std::vector<PerReactor> reactors_;
};

}  // namespace pongo
