#include "scripting/eval_scripts.h"

#include <utility>

#include "base/escape.h"
#include "base/sha1.h"
#include "engine/engine.h"
#include "scripting/key_proof.h"

namespace pongo {

EvalScripts::EvalScripts(Engine& engine, ScriptCache& cache, SharedJsonOptions& json, std::size_t reactor)
    : commands_(engine.commands()), host_(engine, reactor, RunningScript::Kind::Eval, json), cache_(cache) {}

const EvalScripts::Compiled* EvalScripts::add(std::string_view source, std::string& error) {
    forget_flushed();
    if (const auto found = by_source_.find(source); found != by_source_.end()) return found->second;
    const std::string sha = sha1_hex(source);
    if (auto known = cache_.find(sha)) return add_known(std::move(known), error);

    Shebang shebang = read_shebang(source);
    if (!shebang.error.empty()) {
        error = "ERR " + shebang.error;
        return nullptr;
    }
    auto script = std::make_shared<Script>();
    script->source = source;
    script->sha = sha;
    script->flags = shebang.flags;
    script->code_at = shebang.size;
    const auto function = compile(*script, error);
    if (!function) return nullptr;
    script->keeps_to_keys = keeps_to_keys(host_.lua(), *function, ScriptCall::Passing::kGlobals, commands_);
    return keep(std::move(script), *function);
}

const EvalScripts::Compiled* EvalScripts::find(std::string_view sha) {
    forget_flushed();
    if (const auto found = by_sha_.find(sha); found != by_sha_.end()) return &found->second;
    const std::string lower = to_lower(sha);
    if (const auto found = by_sha_.find(lower); found != by_sha_.end()) return &found->second;
    std::string error;
    auto known = cache_.find(lower);
    return known ? add_known(std::move(known), error) : nullptr;
}

void EvalScripts::forget_flushed() {
    const std::uint64_t generation = cache_.generation();
    if (generation == generation_) return;
    generation_ = generation;
    forget_compiled();
}

void EvalScripts::forget_compiled() {
    by_source_.clear();
    for (const auto& [sha, compiled] : by_sha_) host_.release(compiled.function);
    by_sha_.clear();
    host_.tidy_up();
}

// What was compiled must leave room for scripts to run. It can be compiled again.
void EvalScripts::make_room() {
    const std::size_t most = host_.memory_limit() / 2;
    if (host_.memory_used() > most) host_.tidy_up();
    if (host_.memory_used() > most) forget_compiled();
}

const EvalScripts::Compiled* EvalScripts::add_known(std::shared_ptr<const Script> script,
                                                    std::string& error) {
    const auto function = compile(*script, error);
    return function ? keep(std::move(script), *function) : nullptr;
}

std::optional<int> EvalScripts::compile(const Script& script, std::string& error) {
    const std::string_view code = std::string_view(script.source).substr(script.code_at);
    make_room();
    const auto function = host_.compile(code, "@user_script", error);
    if (!function) error = "ERR Error compiling script (new function): " + error;
    return function;
}

const EvalScripts::Compiled* EvalScripts::keep(std::shared_ptr<const Script> script, int function) {
    script = cache_.add(std::move(script));
    const std::string_view sha = script->sha;
    const std::string_view source = script->source;
    const Compiled& compiled = by_sha_.emplace(sha, Compiled{std::move(script), function}).first->second;
    by_source_.emplace(source, &compiled);
    return &compiled;
}

void EvalScripts::run(Call& call, const Compiled& compiled, std::span<const std::string_view> keys,
                      std::span<const std::string_view> arguments, bool read_only) {
    const Script& script = *compiled.script;
    host_.run(call, {.kind = RunningScript::Kind::Eval,
                     .name = script.sha,
                     .script = {.function = compiled.function, .keys = keys, .arguments = arguments},
                     .flags = script.flags,
                     .read_only = read_only,
                     .keeps_to_keys = script.keeps_to_keys,
                     .habits = script.habits});
}

}  // namespace pongo
