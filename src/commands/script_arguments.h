// What EVAL and FCALL and their kin have in common: their arguments, where the keys stand among them, and how
// MONITOR shows them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/numbers.h"
#include "engine/call.h"
#include "engine/executor.h"

namespace pongo {

inline constexpr std::string_view kWorstNote =
    "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE";
inline constexpr std::string_view kWorstReadNote =
    "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS";

constexpr KeySpec keys_of_script(int flags, std::string_view notes = {}) {
    KeySpec spec = counted_keys(2, flags);
    spec.notes = notes;
    return spec;
}

struct ScriptArguments {
    std::span<const std::string_view> keys;
    std::span<const std::string_view> others;
};

// From `numkeys key... arg...` behind the second argument; nothing if that is a failure.
inline std::optional<ScriptArguments> script_arguments(Call& call,
                                                       std::string_view not_a_number = errors::kNotInteger) {
    constexpr std::size_t kFirstKey = 3;
    const auto count = parse_int64(call.arg(2));
    if (!count) {
        call.fail(not_a_number);
    } else if (*count > static_cast<std::int64_t>(call.argc() - kFirstKey)) {
        call.fail("ERR Number of keys can't be greater than number of args");
    } else if (*count < 0) {
        call.fail("ERR Number of keys can't be negative");
    }
    if (call.failed()) return std::nullopt;
    const auto keys = static_cast<std::size_t>(*count);
    return ScriptArguments{call.args().subspan(kFirstKey, keys), call.args().subspan(kFirstKey + keys)};
}

// Before its own commands are shown.
inline void show_script_to_monitors(Call& call) {
    Monitors& monitors = call.engine().monitors();
    if (monitors.any()) monitors.show(call.session(), call.args(), call.executor().pushes());
}

}  // namespace pongo
