#include "scripting/function_scripts.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "lua/lua_libraries.h"
#include "lua/lua_loading.h"
#include "scripting/conversions.h"
#include "scripting/function_registration.h"
#include "scripting/key_proof.h"

namespace pongo {
namespace {

constexpr std::int64_t kMostLoadingUs = 500 * kUsPerMs;

// Who asks for a library to be loaded does not wait for ever, nor does anybody else.
class LoadingWatch final : public ScriptWatch {
  public:
    explicit LoadingWatch(RunningScripts& scripts) : scripts_(scripts) {}
    std::optional<std::string> reason_to_end() override {
        if (scripts_.ending()) return "ERR the server is shutting down";
        if (monotonic_us() - started_us_ < kMostLoadingUs) return std::nullopt;
        return "ERR FUNCTION LOAD timeout";
    }

  private:
    RunningScripts& scripts_;
    const std::int64_t started_us_ = monotonic_us();
};

// A library that was loaded before has shown that it comes to its end.
class UntilShutdown final : public ScriptWatch {
  public:
    explicit UntilShutdown(RunningScripts& scripts) : scripts_(scripts) {}
    std::optional<std::string> reason_to_end() override {
        if (!scripts_.ending()) return std::nullopt;
        return "ERR the server is shutting down";
    }

  private:
    RunningScripts& scripts_;
};

bool has_upvalues(lua_State* lua, int function) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
    const bool has_one = lua_getupvalue(lua, -1, 1) != nullptr;
    lua_pop(lua, has_one ? 2 : 1);
    return has_one;
}

}  // namespace

FunctionScripts::FunctionScripts(Engine& engine, FunctionLibraries& libraries, SharedJsonOptions& json,
                                 std::size_t reactor)
    : engine_(engine), libraries_(libraries), host_(engine, reactor, RunningScript::Kind::Function, json) {
    const auto error = host_.LuaState::run(nullptr, [this](lua_State* lua) { prepare_environment(lua); });
    CHECK(!error);
}

void FunctionScripts::prepare_environment(lua_State* lua) {
    lua_settop(lua, 0);
    lua_newtable(lua);
    open_redis_of_libraries(lua);
    lua_pushlightuserdata(lua, this);
    lua_pushcclosure(lua, register_function, 1);
    lua_setfield(lua, -2, "register_function");
    push_protected_globals(lua, -1);
    lua_setfield(lua, 1, "redis");
    lua_settop(lua, 1);

    push_protected_globals(lua, 1);
    lua_getmetatable(lua, -1);
    loading_metatable_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_getmetatable(lua, LUA_GLOBALSINDEX);
    lua_pushvalue(lua, -1);
    ordinary_metatable_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_setmetatable(lua, -2);
    environment_ = luaL_ref(lua, LUA_REGISTRYINDEX);
}

// Raises no errors.
void FunctionScripts::use_globals_of_loading(bool loading) {
    lua_State* const lua = host_.lua();
    lua_rawgeti(lua, LUA_REGISTRYINDEX, environment_);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, loading ? loading_metatable_ : ordinary_metatable_);
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}

int FunctionScripts::register_function(lua_State* lua) {
    auto& self = *static_cast<FunctionScripts*>(lua_touserdata(lua, lua_upvalueindex(1)));
    const char* error = "redis.register_function can only be called on FUNCTION LOAD command";
    if (self.loading_) {
        // The callback stays on top of the stack.
        error = read_registration(lua, self.loading_->library);
        if (!error) {
            self.loading_->callbacks.push_back(luaL_ref(lua, LUA_REGISTRYINDEX));
            return 0;
        }
    }
    push_error(lua, error);
    return lua_error(lua);
}

FunctionLibraries::Library FunctionScripts::load(std::string_view source,
                                                 const FunctionLibraries::Snapshot* others,
                                                 std::string& error) {
    auto library = std::make_shared<FunctionLibrary>();
    LibraryHeader header = read_library_header(source);
    error = std::move(header.error);
    if (!error.empty()) return nullptr;
    library->name = std::move(header.name);
    library->source = source;
    library->code_at = header.size;
    if (others) error = FunctionLibraries::collision_with(*others, *library);
    if (!error.empty()) return nullptr;

    Loading loading{*library};
    LoadingWatch watch(engine_.running_scripts());
    error = run_library(loading, watch);
    if (error.empty() && library->functions.empty()) error = "No functions registered";
    if (!error.empty()) {
        release(loading.callbacks);
        return nullptr;
    }
    for (std::size_t i = 0; i < library->functions.size(); ++i) {
        Function& function = library->functions[i];
        const int callback = loading.callbacks[i];
        function.keeps_to_keys =
            keeps_to_keys(host_.lua(), callback, ScriptCall::Passing::kParameters, engine_.commands());
        // What it keeps to itself is not taken back when it is broken off.
        if (!function.keeps_to_keys && has_upvalues(host_.lua(), callback)) {
            function.habits.note_need_of_all_shards();
        }
    }
    keep(library, std::move(loading.callbacks));
    return library;
}

// Returns what went wrong.
std::string FunctionScripts::run_library(Loading& loading, ScriptWatch& watch) {
    std::string error;
    loading_ = &loading;
    use_globals_of_loading(true);
    const auto failure =
        host_.LuaState::run(&watch, [&](lua_State* lua) { run_code(lua, loading.library, error); });
    use_globals_of_loading(false);
    loading_ = nullptr;
    if (failure) error = "Error registering functions: " + failure->message;
    return error;
}

void FunctionScripts::run_code(lua_State* lua, const FunctionLibrary& library, std::string& error) {
    const std::string_view code = std::string_view(library.source).substr(library.code_at);
    if (!load_text(lua, code, "@user_function")) {
        error = std::string("Error compiling function: ") + lua_tostring(lua, -1);
        return;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, environment_);
    lua_setfenv(lua, -2);
    lua_call(lua, 0, 0);
}

void FunctionScripts::keep(FunctionLibraries::Library library, std::vector<int>&& callbacks) {
    const FunctionLibrary* const key = library.get();
    loaded_.emplace(key, Loaded{std::move(library), std::move(callbacks)});
}

void FunctionScripts::release(const std::vector<int>& callbacks) {
    for (const int callback : callbacks) host_.release(callback);
}

const FunctionScripts::Callable* FunctionScripts::find(std::string_view name) {
    if (libraries_.generation() != generation_) catch_up();
    const auto found = callables_.find(name);
    return found == callables_.end() ? nullptr : &found->second;
}

void FunctionScripts::catch_up() {
    const auto snapshot = libraries_.snapshot();
    const auto is_published = [&](const FunctionLibrary& library) {
        const auto found = snapshot->by_name.find(library.name);
        return found != snapshot->by_name.end() && found->second.get() == &library;
    };
    callables_.clear();
    for (auto at = loaded_.begin(); at != loaded_.end();) {
        if (is_published(*at->second.library)) {
            ++at;
        } else {
            release(at->second.callbacks);
            at = loaded_.erase(at);
        }
    }
    for (const auto& [name, library] : snapshot->by_name) {
        if (!loaded_.contains(library.get())) load_published(library);
        const std::vector<int>& callbacks = loaded_.at(library.get()).callbacks;
        for (std::size_t i = 0; i < callbacks.size(); ++i) {
            const Function& function = library->functions[i];
            callables_.emplace(function.name, Callable{&function, callbacks[i]});
        }
    }
    generation_ = snapshot->generation;
}

// It registers here what it registered where it was loaded first. One that does not (because there is no
// memory, or because it depends on the addresses of tables) has no functions on this reactor.
void FunctionScripts::load_published(const FunctionLibraries::Library& library) {
    FunctionLibrary again{.name = library->name, .source = library->source, .code_at = library->code_at};
    Loading loading{again};
    UntilShutdown watch(engine_.running_scripts());
    std::string error = run_library(loading, watch);
    const auto same_name = [](const Function& a, const Function& b) { return a.name == b.name; };
    if (error.empty() && !std::ranges::equal(again.functions, library->functions, same_name)) {
        error = "it registers other functions than before";
    }
    if (!error.empty()) {
        log_warning("The library ", library->name, " could not be loaded once more: ", error);
        release(loading.callbacks);
        loading.callbacks.clear();
    }
    keep(library, std::move(loading.callbacks));
}

void FunctionScripts::run(Call& call, const Callable& callable, std::span<const std::string_view> keys,
                          std::span<const std::string_view> arguments, bool read_only) {
    const Function& function = *callable.function;
    host_.run(call, {.kind = RunningScript::Kind::Function,
                     .name = function.name,
                     .script = {.function = callable.callback,
                                .keys = keys,
                                .arguments = arguments,
                                .passing = ScriptCall::Passing::kParameters},
                     .flags = function.flags,
                     .read_only = read_only,
                     .keeps_to_keys = function.keeps_to_keys,
                     .habits = function.habits});
}

}  // namespace pongo
