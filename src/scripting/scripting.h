// Scripts and functions: what the server knows of them, and what each reactor has for itself.
// Thread rule: on a reactor's thread its own part; what they share on any.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/engine.h"
#include "scripting/eval_scripts.h"
#include "scripting/function_libraries.h"
#include "scripting/function_scripts.h"
#include "scripting/script_cache.h"

namespace pongo {

class Scripting {
  public:
    explicit Scripting(Engine& engine);

    ScriptCache& cache() { return cache_; }
    FunctionLibraries& libraries() { return libraries_; }
    // Made when they are asked for first: most servers run no scripts.
    EvalScripts& eval_scripts(std::size_t reactor);
    FunctionScripts& function_scripts(std::size_t reactor);

    // Adds a library that stands in a file. Returns what is wrong with it, or nothing. No reactor need run;
    // on any thread.
    std::string add_library(std::string_view source, FunctionLibraries::Collision collision);

    // Of the Lua states for EVAL and for functions, in bytes.
    std::size_t eval_memory() const;
    std::size_t function_memory() const;

  private:
    Engine& engine_;
    ScriptCache cache_;
    FunctionLibraries libraries_;
    SharedJsonOptions eval_json_;
    SharedJsonOptions function_json_;
    struct PerReactor {
        std::unique_ptr<EvalScripts> eval_owner;
        std::unique_ptr<FunctionScripts> functions_owner;
        // The same, once they are made, for other threads.
        std::atomic<EvalScripts*> eval{nullptr};
        std::atomic<FunctionScripts*> functions{nullptr};
    };
    std::vector<PerReactor> reactors_;
};

}  // namespace pongo
