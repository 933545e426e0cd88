// DEBUG's words about the process: crashing it, stopping it, and looking into it.
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/allocator_control.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "commands/debug_handlers.h"
#include "commands/subcommand_error.h"
#include "engine/args.h"

namespace pongo {
namespace {

// As lenient as C: what is no number is 0.
double leading_number(std::string_view text) {
    return std::strtod(std::string(text).c_str(), nullptr);
}

bool leading_flag(std::string_view text) {
    return static_cast<int>(leading_number(text)) != 0;
}

// The kernel's lists of mappings, added up by what is mapped.
struct Mapping {
    std::size_t size_kb = 0;
    std::size_t resident_kb = 0;
};

std::map<std::string, Mapping> mappings_by_name() {
    std::map<std::string, Mapping> mappings;
    std::ifstream file("/proc/self/smaps");
    std::string name;
    for (std::string line; std::getline(file, line);) {
        const std::string word = line.substr(0, line.find(' '));
        if (word.empty() || word.back() != ':') {
            constexpr std::size_t kNameColumn = 73;
            name = line.size() > kNameColumn ? line.substr(kNameColumn) : "(anonymous)";
        } else if (word == "Size:") {
            mappings[name].size_kb += std::strtoull(line.c_str() + word.size(), nullptr, 10);
        } else if (word == "Rss:") {
            mappings[name].resident_kb += std::strtoull(line.c_str() + word.size(), nullptr, 10);
        }
    }
    return mappings;
}

template <typename T>
bool control_allocator(Call& call, T& old_value, T* new_value) {
    std::size_t size = sizeof(old_value);
    const std::string name(call.arg(2));
    const int error =
        allocator_control(name.c_str(), &old_value, &size, new_value, new_value ? sizeof(*new_value) : 0);
    if (error != 0) call.fail(std::string("ERR ") + std::strerror(error));
    return error == 0;
}

}  // namespace

void debug_assert(Call&) {
    const bool asked_to_fail = true;
    CHECK(!asked_to_fail);
}

void debug_client_eviction(Call& call) {
    const std::int64_t limit = call.settings().maxmemory_clients;
    if (limit == 0) return call.fail("ERR maxmemory-clients is disabled.");
    call.reply().verbatim("maxmemory-clients: " + std::to_string(limit) +
                          "\nclients: " + std::to_string(call.engine().clients().count()) + "\n");
}

void debug_jmap(Call& call) {
    std::vector<std::pair<std::string, Mapping>> sorted;
    for (auto& each : mappings_by_name()) sorted.push_back(each);
    std::ranges::sort(sorted, std::greater<>{}, [](const auto& each) { return each.second.resident_kb; });
    std::string text = "resident_kb size_kb mapping\n";
    for (const auto& [name, mapping] : sorted) {
        text +=
            std::to_string(mapping.resident_kb) + " " + std::to_string(mapping.size_kb) + " " + name + "\n";
    }
    call.reply().verbatim(text);
}

void debug_leak(Call& call) {
    [[maybe_unused]] const auto* lost = new std::string(call.arg(2));
    call.reply().ok();
}

void debug_log(Call& call) {
    log_warning("DEBUG LOG: ", call.arg(2));
    call.reply().ok();
}

void debug_mallctl(Call& call) {
    std::int64_t old_value = 0;
    std::int64_t new_value = 0;
    if (call.argc() == 4) new_value = Args(call, 3).integer();
    if (call.failed() || !control_allocator(call, old_value, call.argc() == 4 ? &new_value : nullptr)) return;
    call.reply().integer(old_value);
}

void debug_mallctl_str(Call& call) {
    const char* old_value = nullptr;
    const std::string text(call.argc() == 4 ? call.arg(3) : "");
    const char* new_value = text.c_str();
    if (!control_allocator(call, old_value, call.argc() == 4 ? &new_value : nullptr)) return;
    old_value ? call.reply().bulk(old_value) : call.reply().null();
}

void debug_oom(Call&) {
    log_warning("Out of memory (because DEBUG OOM was asked for)");
    std::abort();
}

void debug_panic(Call&) {
    log_warning("Panic (because DEBUG PANIC was asked for)");
    std::abort();
}

void debug_pause_cron(Call& call) {
    call.engine().clock_paused = leading_flag(call.arg(2));
    call.reply().ok();
}

// Clients have no reply buffers of their own that could be tuned.
void debug_replybuffer(Call& call) {
    Args args(call, 2);
    if (args.accept("PEAK-RESET-TIME")) {
        if (!args.accept("NEVER") && !args.accept("RESET")) args.integer();
    } else if (!args.accept("RESIZING")) {
        return fail_subcommand(call);
    }
    call.reply().ok();
}

void debug_segfault(Call&) {
    ::raise(SIGSEGV);
}

void debug_set_active_expire(Call& call) {
    call.engine().active_expire = leading_flag(call.arg(2));
    call.reply().ok();
}

// All shards are locked: other clients wait as soon as they ask for a key.
void debug_sleep(Call& call) {
    const double seconds = std::max(0.0, leading_number(call.arg(2)));
    timespec left{};
    left.tv_sec = static_cast<time_t>(seconds);
    left.tv_nsec = static_cast<long>((seconds - static_cast<double>(left.tv_sec)) * kNsPerSecond);
    while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    call.reply().ok();
}

void debug_structsize(Call& call) {
    call.reply().bulk(
        "bits:" + std::to_string(sizeof(void*) * 8) + " entry:" + std::to_string(sizeof(Entry)) +
        " bucket:" + std::to_string(sizeof(Bucket)) + " blob:" + std::to_string(sizeof(Blob)) +
        " shard:" + std::to_string(sizeof(Shard)) + " session:" + std::to_string(sizeof(Session)) +
        " request:" + std::to_string(sizeof(Request)));
}

}  // namespace pongo
