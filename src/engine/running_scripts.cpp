#include "engine/running_scripts.h"

#include <algorithm>
#include <utility>

namespace pongo {
namespace {

using Kind = RunningScript::Kind;

constexpr std::string_view kBusyScript =
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
constexpr std::string_view kBusyFunction =
    "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
constexpr std::string_view kNotBusy = "NOTBUSY No scripts in execution right now.";
constexpr std::string_view kUnkillable =
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait "
    "the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.";

}  // namespace

bool RunningScripts::begin(std::size_t reactor, RunningScript& script, bool must) {
    // Whoever has refused scripts finds this one in its slot, or comes to the slot before it.
    const std::lock_guard lock(slots_[reactor].lock);
    if (refusing_ && !must) return false;
    slots_[reactor].script = &script;
    return true;
}

bool RunningScripts::any() {
    return std::ranges::any_of(slots_, [](Slot& slot) {
        const std::lock_guard lock(slot.lock);
        return slot.script != nullptr;
    });
}

void RunningScripts::end(std::size_t reactor) {
    const std::lock_guard lock(slots_[reactor].lock);
    const RunningScript& script = *std::exchange(slots_[reactor].script, nullptr);
    if (!script.is_busy) return;
    keyspace_.long_holders().fetch_sub(1);
    if (script.kind == Kind::Function) busy_functions_.fetch_sub(1);
}

void RunningScripts::become_busy(RunningScript& script) {
    script.is_busy = true;
    if (script.kind == Kind::Function) busy_functions_.fetch_add(1);
    keyspace_.long_holders().fetch_add(1);
}

std::string_view RunningScripts::busy_error() const {
    return busy_with_eval() ? kBusyScript : kBusyFunction;
}

std::optional<std::string_view> RunningScripts::kill(Kind kind) {
    std::vector<std::unique_lock<SpinLock>> locks;
    std::vector<RunningScript*> scripts;
    const RunningScript* other = nullptr;
    for (Slot& slot : slots_) {
        std::unique_lock lock(slot.lock);
        if (!slot.script) continue;
        if (slot.script->kind == kind) {
            scripts.push_back(slot.script);
        } else if (slot.script->is_busy) {
            other = slot.script;
        }
        locks.push_back(std::move(lock));
    }
    if (scripts.empty() && other) {
        if (other->state == RunningScript::State::Writing) return kUnkillable;
        return other->kind == Kind::Function ? kBusyFunction : kBusyScript;
    }
    if (scripts.empty()) return kNotBusy;
    const auto is_idle = [](const RunningScript* script) { return !script->is_busy; };
    if (std::ranges::all_of(scripts, is_idle)) {
        scripts = {*std::ranges::min_element(scripts, {}, &RunningScript::started_us)};
    } else {
        std::erase_if(scripts, is_idle);
    }
    const auto killed = std::ranges::count_if(scripts, [](RunningScript* script) { return script->kill(); });
    return killed == 0 ? std::optional(kUnkillable) : std::nullopt;
}

}  // namespace pongo
