#include "scripting/script.h"

#include <span>

#include "base/escape.h"
#include "engine/command.h"

namespace pongo {
namespace {

std::string read_flags(std::string_view names, std::uint32_t& flags) {
    for (bool more = !names.empty(); more;) {
        const std::size_t end = names.find(',');
        const std::string_view name = names.substr(0, end);
        const std::uint32_t flag = script_flag(name);
        if (flag == 0) return "Unexpected flag in script shebang: " + std::string(name);
        flags |= flag;
        more = end != std::string_view::npos;
        if (more) names.remove_prefix(end + 1);
    }
    return {};
}

}  // namespace

const NamedScriptFlag kScriptFlags[5] = {
    {"no-writes", NoWrites},
    {"allow-oom", AllowOom},
    {"allow-stale", AllowStale},
    {"no-cluster", NoCluster},
    {"allow-cross-slot-keys", AllowCrossSlotKeys},
};

std::uint32_t script_flag(std::string_view name) {
    for (const NamedScriptFlag& each : kScriptFlags) {
        if (each.name == name) return each.flag;
    }
    return 0;
}

std::uint32_t flags_with_script(std::uint32_t command_flags, std::uint32_t script_flags) {
    if ((script_flags & Unflagged) != 0) return command_flags;
    std::uint32_t flags = command_flags & ~(Write | MayReplicate | DenyOom);
    if ((script_flags & NoWrites) != 0) return flags;
    if ((script_flags & AllowOom) == 0) flags |= DenyOom;
    return flags | Write;
}

Shebang read_shebang(std::string_view source) {
    constexpr std::string_view kFlags = "flags=";
    if (!source.starts_with("#!")) return {};
    const std::size_t end = source.find('\n');
    if (end == std::string_view::npos) return {.error = "Invalid script shebang"};
    Shebang shebang{.flags = 0, .size = end};
    const auto words = split_arguments(source.substr(0, end));
    if (!words || words->empty()) {
        shebang.error = "Invalid engine in script shebang";
        return shebang;
    }
    if (words->front() != "#!lua") {
        shebang.error = "Unexpected engine in script shebang: " + words->front();
        return shebang;
    }
    for (const std::string_view word : std::span(*words).subspan(1)) {
        if (!word.starts_with(kFlags)) {
            shebang.error = "Unknown lua shebang option: " + std::string(word);
        } else {
            shebang.error = read_flags(word.substr(kFlags.size()), shebang.flags);
        }
        if (!shebang.error.empty()) return shebang;
    }
    return shebang;
}

}  // namespace pongo
