#include "engine/config_syntax.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/escape.h"
#include "base/numbers.h"

namespace pongo {
namespace {

std::string text_of(std::int64_t number) {
    return std::to_string(number);
}

std::int64_t number_of(std::string_view text) {
    return parse_int64(text).value_or(0);
}

std::string system_error(int error) {
    return std::generic_category().message(error);
}

bool is_path(std::string_view text) {
    return text.find_first_of("/\\") != std::string_view::npos;
}

// client-output-buffer-limit, as "class hard soft seconds" three times.

struct ClassLimit {
    std::string_view canonical;  // in CONFIG GET
    std::string_view name;       // in the configuration file
    OutputBufferLimit Settings::*place;
};
constexpr std::array<ClassLimit, 3> kClasses = {{
    {"normal", "normal", &Settings::output_limit_normal},
    {"slave", "replica", &Settings::output_limit_replica},
    {"pubsub", "pubsub", &Settings::output_limit_pubsub},
}};
constexpr std::size_t kWordsPerClass = 4;

std::optional<std::size_t> class_index(std::string_view word) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        if (equals_ignore_case(word, kClasses[i].canonical) || equals_ignore_case(word, kClasses[i].name))
            return i;
    }
    return std::nullopt;
}

std::vector<std::string> limit_words(std::string_view text) {
    auto words = split_at_spaces(text);
    if (!words.empty()) return words;
    for (const auto& each : kClasses) words.insert(words.end(), {std::string(each.canonical), "0", "0", "0"});
    return words;
}

// notify-keyspace-events. The order is that of CONFIG GET.

struct EventLetter {
    char letter;
    std::uint32_t bit;
};
constexpr EventLetter kEventLetters[] = {
    {'g', key_event::kGeneric},  {'$', key_event::kString},  {'l', key_event::kList},
    {'s', key_event::kSet},      {'h', key_event::kHash},    {'z', key_event::kSortedSet},
    {'x', key_event::kExpired},  {'e', key_event::kEvicted}, {'t', key_event::kStream},
    {'d', key_event::kModule},   {'n', key_event::kNew},     {'K', key_event::kKeyspace},
    {'E', key_event::kKeyevent}, {'m', key_event::kKeyMiss},
};

std::optional<std::uint32_t> key_events_of(std::string_view text) {
    std::uint32_t bits = 0;
    for (const char letter : text) {
        const auto* const found = std::ranges::find(kEventLetters, letter, &EventLetter::letter);
        if (letter == 'A') {
            bits |= key_event::kAll;
        } else if (found == std::end(kEventLetters)) {
            return std::nullopt;
        } else {
            bits |= found->bit;
        }
    }
    return bits;
}

std::string key_event_letters(std::uint32_t bits) {
    std::string letters;
    const bool all = (bits & key_event::kAll) == key_event::kAll;
    if (all) letters = "A";
    for (const auto& [letter, bit] : kEventLetters) {
        const bool implied = all && (bit & key_event::kAll) != 0;
        if ((bits & bit) != 0 && !implied) letters += letter;
    }
    return letters;
}

constexpr std::string_view kTitleVariables[] = {"{title}",    "{listen-addr}", "{server-mode}", "{port}",
                                                "{tls-port}", "{unixsocket}",  "{config-file}"};

}  // namespace

OptionValue read_bind(std::span<const std::string> words, std::string_view) {
    constexpr std::size_t kMostAddresses = 16;
    if (words.size() > kMostAddresses) return refused("Too many bind addresses specified.");
    return accepted(joined_with_spaces(words));
}

OptionValue read_save(std::span<const std::string> words, std::string_view earlier) {
    if (words.empty()) return accepted("");
    const auto invalid = refused("Invalid save parameters");
    if (words.size() % 2 != 0) return invalid;
    std::string text(earlier);
    for (std::size_t i = 0; i < words.size(); i += 2) {
        const auto seconds = parse_int64(words[i]);
        const auto changes = parse_int64(words[i + 1]);
        if (!seconds || *seconds < 1 || !changes || *changes < 0) return invalid;
        if (!text.empty()) text += ' ';
        text += text_of(*seconds) + ' ' + text_of(*changes);
    }
    return accepted(text);
}

OptionValue read_output_limits(std::span<const std::string> words, std::string_view earlier) {
    if (words.size() % kWordsPerClass != 0) {
        return refused("Wrong number of arguments in buffer limit configuration.");
    }
    auto limits = limit_words(earlier);
    for (std::size_t i = 0; i < words.size(); i += kWordsPerClass) {
        const auto index = class_index(words[i]);
        if (!index) return refused("Invalid client class specified in buffer limit configuration.");
        const auto hard = parse_memory_size(words[i + 1]);
        const auto soft = parse_memory_size(words[i + 2]);
        const auto seconds = parse_int64(words[i + 3]);
        if (!hard || !soft || !seconds || *seconds < 0) {
            return refused("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
        }
        const auto limit = limits.begin() + static_cast<std::ptrdiff_t>(*index * kWordsPerClass);
        limit[1] = text_of(*hard);
        limit[2] = text_of(*soft);
        limit[3] = text_of(*seconds);
    }
    return accepted(joined_with_spaces(limits));
}

OptionValue read_oom_score_values(std::span<const std::string> words, std::string_view) {
    if (words.size() != 3) return refused("wrong number of arguments");
    for (const auto& word : words) {
        const auto value = parse_int64(word);
        if (!value || *value < -2000 || *value > 2000) {
            return refused("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
        }
    }
    return accepted(joined_with_spaces(words));
}

OptionValue read_percentiles(std::span<const std::string> words, std::string_view) {
    std::string text;
    for (const auto& word : words) {
        const auto percentile = parse_double(word);
        if (!percentile) return refused("Invalid latency-tracking-info-percentiles parameters");
        if (*percentile < 0 || *percentile > 100) {
            return refused("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
        }
        char digits[16];
        snprintf(digits, sizeof digits, "%.6f", *percentile);
        std::string_view trimmed = digits;
        while (trimmed.ends_with('0')) trimmed.remove_suffix(1);
        if (trimmed.ends_with('.')) trimmed.remove_suffix(1);
        if (!text.empty()) text += ' ';
        text += trimmed;
    }
    return accepted(text);
}

OptionValue read_replicaof(std::span<const std::string> words, std::string_view) {
    if (words.size() != 2) return refused("wrong number of arguments");
    if (equals_ignore_case(words[0], "no") && equals_ignore_case(words[1], "one")) return accepted("");
    const auto port = parse_int64(words[1]);
    if (!port || *port < 0 || *port > 65535) return refused("Invalid master port");
    return accepted(joined_with_spaces(words));
}

std::vector<std::string> save_lines(std::string_view text) {
    if (text.empty()) return {"\"\""};
    const auto words = split_at_spaces(text);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) lines.push_back(words[i] + ' ' + words[i + 1]);
    return lines;
}

std::vector<std::string> output_limit_lines(std::string_view text) {
    const auto words = limit_words(text);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        const auto* const limit = &words[i * kWordsPerClass];
        lines.push_back(std::string(kClasses[i].name) + ' ' + with_largest_unit(limit[1]) + ' ' +
                        with_largest_unit(limit[2]) + ' ' + limit[3]);
    }
    return lines;
}

std::vector<std::string> replicaof_lines(std::string_view text) {
    if (text.empty()) return {};
    return {std::string(text)};
}

void store_output_limits(Settings& settings, std::string_view text) {
    const auto words = limit_words(text);
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        auto& limit = settings.*kClasses[i].place;
        limit.hard_bytes = number_of(words[i * kWordsPerClass + 1]);
        limit.soft_bytes = number_of(words[i * kWordsPerClass + 2]);
        limit.soft_seconds = number_of(words[i * kWordsPerClass + 3]);
    }
}

void store_key_events(Settings& settings, std::string_view text) {
    settings.notify_keyspace_events = key_events_of(text).value_or(0);
}

// Redis leaves n out together with A's letters, though A does not stand for it.
std::string shown_key_events(std::string_view text) {
    std::string shown(text);
    if (shown.starts_with('A')) std::erase(shown, 'n');
    return shown;
}

std::string check_directory(std::string& text) {
    if (text.empty()) return system_error(ENOENT);
    std::error_code error;
    const auto absolute = std::filesystem::canonical(text, error);
    if (error) return error.message();
    if (!std::filesystem::is_directory(absolute, error)) return system_error(ENOTDIR);
    if (access(absolute.c_str(), X_OK) != 0) return system_error(errno);
    text = absolute;
    return {};
}

std::string check_hz(std::string& text) {
    text = text_of(std::clamp<std::int64_t>(number_of(text), 1, 500));
    return {};
}

std::string check_backlog_size(std::string& text) {
    constexpr std::int64_t kSmallest = 16 * 1024;
    text = text_of(std::max(number_of(text), kSmallest));
    return {};
}

std::string check_dbfilename(std::string& text) {
    return is_path(text) ? "dbfilename can't be a path, just a filename" : "";
}

std::string check_appendfilename(std::string& text) {
    if (text.empty()) return "appendfilename can't be empty";
    return is_path(text) ? "appendfilename can't be a path, just a filename" : "";
}

std::string check_appenddirname(std::string& text) {
    if (text.empty()) return "appenddirname can't be empty";
    return is_path(text) ? "appenddirname can't be a path, just a dirname" : "";
}

std::string check_hostname(std::string& text) {
    if (text.size() >= 256) return "Hostnames must be less than 256 characters";
    const auto allowed = [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    if (std::ranges::all_of(text, allowed)) return {};
    return "Hostnames may only contain alphanumeric characters, hyphens or dots";
}

std::string check_title_template(std::string& text) {
    const std::string invalid = "template format is invalid or contains unknown variables";
    if (text.find_first_not_of(' ') == std::string::npos) return invalid;
    std::string_view rest = text;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        rest.remove_prefix(open);
        if (rest.starts_with("{{")) {  // a brace that is meant as one
            rest.remove_prefix(2);
            continue;
        }
        const auto close = rest.find('}');
        if (close == std::string_view::npos) return invalid;
        const auto variable = rest.substr(0, close + 1);
        if (std::ranges::find(kTitleVariables, variable) == std::end(kTitleVariables)) return invalid;
        rest.remove_prefix(close + 1);
    }
    return {};
}

std::string check_shutdown_options(std::string& text) {
    const auto words = split_at_spaces(text);
    const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
    return has("save") && has("nosave") ? "shutdown options SAVE and NOSAVE can't be used simultaneously"
                                        : "";
}

std::string check_key_events(std::string& text) {
    const auto bits = key_events_of(text);
    if (!bits) return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    text = key_event_letters(*bits);
    return {};
}

}  // namespace pongo
