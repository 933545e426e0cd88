#include "scripting/script.h"

#include <algorithm>

namespace pongo {
namespace {

std::string_view take_word(std::string_view& line) {
    const std::size_t start = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(start);
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

std::string read_flags(std::string_view names, std::uint32_t& flags) {
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find(','));
        names.remove_prefix(std::min(name.size() + 1, names.size()));
        const std::uint32_t flag = script_flag(name);
        if (flag == 0) return "Unexpected flag in script shebang: " + std::string(name);
        flags |= flag;
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

Shebang read_shebang(std::string_view source) {
    constexpr std::string_view kFlags = "flags=";
    if (!source.starts_with("#!")) return {};
    const std::size_t end = source.find('\n');
    if (end == std::string_view::npos) return {.error = "Invalid script shebang"};
    Shebang shebang{.flags = 0, .size = end};
    std::string_view line = source.substr(0, end);
    const std::string_view engine = take_word(line);
    if (engine != "#!lua") {
        shebang.error = "Unexpected engine in script shebang: " + std::string(engine);
        return shebang;
    }
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
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
