// The functions as one reactor has them: every library is run once, and what it registers is kept.
//
//  1. FUNCTION LOAD runs a library here, with a limit of time. Then it is published, and other reactors run
//     it before their next FCALL.
//  2. While a library is run, its globals are nothing but a small table `redis` with register_function() in
//     it. Functions keep the environment in which they were made; so there is a single one, which reads from
//     that table while something is loaded, and from the ordinary globals at other times.
//
// Thread rule: the reactor's, but for memory_used().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scripting/function_libraries.h"
#include "scripting/script_host.h"

namespace pongo {

class FunctionScripts {
  public:
    FunctionScripts(Engine& engine, FunctionLibraries& libraries, SharedJsonOptions& json,
                    std::size_t reactor);
    FunctionScripts(const FunctionScripts&) = delete;
    FunctionScripts& operator=(const FunctionScripts&) = delete;

    // The library of the source, with all that it registers: nobody but this reactor knows it until it is
    // published. Null if it can't
    // be, for `error`, which has no code; also if its name is among those of `others`, when there are any.
    FunctionLibraries::Library load(std::string_view source, const FunctionLibraries::Snapshot* others,
                                    std::string& error);

    // Takes over what has been published, and forgets all the rest. To be called after load().
    void catch_up();

    struct Callable {
        const Function* function;
        int callback;
    };
    // Null if there is none. Good until the next catch_up() or find().
    const Callable* find(std::string_view name);

    void run(Call& call, const Callable& callable, std::span<const std::string_view> keys,
             std::span<const std::string_view> arguments, bool read_only);

    std::size_t memory_used() const { return host_.memory_used(); }

  private:
    // What a library that is being run has registered.
    struct Loading {
        FunctionLibrary& library;
        std::vector<int> callbacks = {};  // By function.
    };
    struct Loaded {
        FunctionLibraries::Library library;
        std::vector<int> callbacks;
    };

    static int register_function(lua_State* lua);
    void prepare_environment(lua_State* lua);
    std::string run_library(Loading& loading, ScriptWatch& watch);
    void run_code(lua_State* lua, const FunctionLibrary& library, std::string& error);
    void use_globals_of_loading(bool loading);
    void keep(FunctionLibraries::Library library, std::vector<int>&& callbacks);
    void release(const std::vector<int>& callbacks);
    void load_published(const FunctionLibraries::Library& library);

    Engine& engine_;
    FunctionLibraries& libraries_;
    ScriptHost host_;
    std::uint64_t generation_ = 0;
    std::unordered_map<const FunctionLibrary*, Loaded> loaded_;
    ByFunctionName<Callable> callables_;  // Of the libraries that are published.
    Loading* loading_ = nullptr;
    // In the registry of the state:
    int environment_ = 0;
    int loading_metatable_ = 0;
    int ordinary_metatable_ = 0;
};

}  // namespace pongo
