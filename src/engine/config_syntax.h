// The options with a syntax of their own, and the checks of single ones. All pure but check_directory, which
// asks the file system; any thread. Error texts are Redis's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config_option.h"

namespace pongo {

// Readers for Words: see there.
OptionValue read_bind(std::span<const std::string> words, std::string_view);
OptionValue read_save(std::span<const std::string> words, std::string_view earlier);
OptionValue read_output_limits(std::span<const std::string> words, std::string_view earlier);
OptionValue read_oom_score_values(std::span<const std::string> words, std::string_view);
OptionValue read_percentiles(std::span<const std::string> words, std::string_view);
OptionValue read_replicaof(std::span<const std::string> words, std::string_view);

std::vector<std::string> save_lines(std::string_view text);
std::vector<std::string> output_limit_lines(std::string_view text);
std::vector<std::string> replicaof_lines(std::string_view text);

std::string shown_key_events(std::string_view text);

void store_output_limits(Settings& settings, std::string_view text);
void store_key_events(Settings& settings, std::string_view text);

// Checks: see Option::check.
std::string check_directory(std::string& text);     // also makes it absolute
std::string check_hz(std::string& text);            // moves it into 1..500
std::string check_backlog_size(std::string& text);  // raises it to 16 kB
std::string check_dbfilename(std::string& text);
std::string check_appendfilename(std::string& text);
std::string check_appenddirname(std::string& text);
std::string check_hostname(std::string& text);
std::string check_title_template(std::string& text);
std::string check_shutdown_options(std::string& text);
std::string check_key_events(std::string& text);

}  // namespace pongo
