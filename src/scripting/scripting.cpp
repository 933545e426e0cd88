#include "scripting/scripting.h"

namespace pongo {

Scripting::Scripting(Engine& engine)
    : engine_(engine), reactors_(static_cast<std::size_t>(engine.settings().reactors)) {
    engine.set_scripting(*this);
}

EvalScripts& Scripting::eval_scripts(std::size_t reactor) {
    PerReactor& own = reactors_[reactor];
    if (!own.eval_owner) {
        own.eval_owner = std::make_unique<EvalScripts>(engine_, cache_, eval_json_, reactor);
        own.eval = own.eval_owner.get();
    }
    return *own.eval_owner;
}

FunctionScripts& Scripting::function_scripts(std::size_t reactor) {
    PerReactor& own = reactors_[reactor];
    if (!own.functions_owner) {
        own.functions_owner = std::make_unique<FunctionScripts>(engine_, libraries_, function_json_, reactor);
        own.functions = own.functions_owner.get();
    }
    return *own.functions_owner;
}

std::size_t Scripting::function_memory() const {
    std::size_t total = 0;
    for (const PerReactor& each : reactors_) {
        if (const FunctionScripts* const scripts = each.functions.load()) total += scripts->memory_used();
    }
    return total;
}

std::string Scripting::add_library(std::string_view source, FunctionLibraries::Collision collision) {
    FunctionScripts scripts(engine_, libraries_, function_json_, 0);
    std::string error;
    const auto others = libraries_.snapshot();
    const bool replaces = collision == FunctionLibraries::Collision::Replace;
    const auto library = scripts.load(source, replaces ? nullptr : others.get(), error);
    return library ? libraries_.add(library, collision) : error;
}

std::size_t Scripting::eval_memory() const {
    std::size_t total = 0;
    for (const PerReactor& each : reactors_) {
        if (const EvalScripts* const scripts = each.eval.load()) total += scripts->memory_used();
    }
    return total;
}

}  // namespace pongo
