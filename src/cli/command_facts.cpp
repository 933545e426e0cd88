#include "cli/command_facts.h"

#include <Poco/String.h>

#include <algorithm>
#include <initializer_list>

namespace pongo::cli {
namespace {

using Name = std::initializer_list<std::string_view>;

/// Whether the command starts with these words.
bool starts_with(const Words& words, const Name& name) {
    return words.size() >= name.size() && std::equal(name.begin(), name.end(), words.begin(), same_word);
}

bool starts_with_any(const Words& words, std::initializer_list<Name> names) {
    return std::ranges::any_of(names, [&](const Name& name) { return starts_with(words, name); });
}

bool has_word(const Words& words, std::string_view wanted) {
    return std::ranges::any_of(words, [&](const std::string& word) { return same_word(word, wanted); });
}

bool names_a_secret_option(const std::string& option) {
    const std::string name = Poco::toLower(option);
    return name.find("pass") != std::string::npos || name.find("auth") != std::string::npos;
}

}  // namespace

Words to_redis_syntax(Words words) {
    constexpr std::size_t kFirstOption = 3;
    if (!starts_with(words, {"SET"}) || words.size() <= kFirstOption) return words;

    const auto options = std::ranges::subrange(words.begin() + kFirstOption, words.end());
    const auto expires = std::ranges::find(options, "--expires");
    if (expires != words.end()) *expires = "PX";
    return words;
}

bool streams(const Words& words) {
    return starts_with_any(words, {{"SUBSCRIBE"}, {"PSUBSCRIBE"}, {"SSUBSCRIBE"}, {"MONITOR"}});
}

std::size_t reply_count(const Words& words) {
    const bool one_per_channel =
        starts_with_any(words, {{"UNSUBSCRIBE"}, {"PUNSUBSCRIBE"}, {"SUNSUBSCRIBE"}});
    return one_per_channel ? std::max<std::size_t>(1, words.size() - 1) : 1;
}

bool replies_with_text(const Words& words) {
    return starts_with_any(words, {{"INFO"},
                                   {"LOLWUT"},
                                   {"CLIENT", "INFO"},
                                   {"CLIENT", "LIST"},
                                   {"CLUSTER", "INFO"},
                                   {"CLUSTER", "NODES"},
                                   {"DEBUG", "HTSTATS"},
                                   {"DEBUG", "HTSTATS-KEY"},
                                   {"LATENCY", "DOCTOR"},
                                   {"LATENCY", "GRAPH"},
                                   {"MEMORY", "DOCTOR"},
                                   {"MEMORY", "MALLOC-STATS"}});
}

bool ends_the_server(const Words& words) {
    return starts_with(words, {"SHUTDOWN"});
}

bool is_secret(const Words& words) {
    if (starts_with_any(words, {{"AUTH"}, {"ACL", "SETUSER"}})) return true;
    if (starts_with(words, {"HELLO"})) return has_word(words, "AUTH");
    if (starts_with(words, {"MIGRATE"})) return has_word(words, "AUTH") || has_word(words, "AUTH2");
    if (starts_with_any(words, {{"CONFIG", "SET"}, {"SENTINEL", "SET"}})) {
        return std::any_of(words.begin() + 2, words.end(), names_a_secret_option);
    }
    return false;
}

}  // namespace pongo::cli
