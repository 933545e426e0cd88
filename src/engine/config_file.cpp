#include "engine/config_file.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/escape.h"
#include "base/version.h"

namespace pongo {
namespace {

using Error = std::optional<std::string>;

constexpr int kMostNestedIncludes = 32;

std::string system_error(int error) {
    return std::generic_category().message(error);
}

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

class DirectiveReader {
  public:
    DirectiveReader(const std::string& directory, const DirectiveHandler& handler)
        : directory_(directory), handler_(handler) {}

    Error read(std::string_view text) {
        int number = 0;
        while (!text.empty()) {
            const auto end = text.find('\n');
            const std::string_view line = trimmed(text.substr(0, end));
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            ++number;
            if (line.empty() || line.front() == '#') continue;
            if (auto error = read_line(line, number)) return error;
        }
        return std::nullopt;
    }

  private:
    static Error at_line(std::string_view line, int number, std::string_view message) {
        return fatal_config_error("Reading the configuration file, at line " + std::to_string(number) +
                                  "\n>>> '" + std::string(line) + "'\n" + std::string(message));
    }

    Error read_line(std::string_view line, int number) {
        auto words = split_arguments(line);
        if (!words) return at_line(line, number, "Unbalanced quotes in configuration line");
        if (words->empty()) return std::nullopt;
        Directive directive{.name = to_lower(words->front()), .words = {}};
        directive.words.assign(words->begin() + 1, words->end());
        if (directive.name == "include" && directive.words.size() == 1) {
            if (nesting_ == kMostNestedIncludes) return at_line(line, number, "include nested too deeply");
            return include(directive.words.front());
        }
        if (const auto message = handler_(directive)) return at_line(line, number, *message);
        return std::nullopt;
    }

    Error include(const std::string& name) {
        const std::string path = name.starts_with('/') ? name : directory_ + '/' + name;
        if (name.find_first_of("*?[") == std::string::npos) return include_file(path, name);
        glob_t found{};
        const int outcome = glob(path.c_str(), 0, nullptr, &found);
        std::vector<std::string> paths;
        if (outcome == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
        globfree(&found);
        for (const auto& each : paths) {
            if (auto error = include_file(each, each)) return error;
        }
        return std::nullopt;
    }

    Error include_file(const std::string& path, const std::string& name) {
        const FileText file = read_config_file(path, name);
        if (file.error) return file.error;
        ++nesting_;
        auto error = read(file.text);
        --nesting_;
        return error;
    }

    const std::string& directory_;
    const DirectiveHandler& handler_;
    int nesting_ = 0;
};

// Redis reads line by line and takes each only up to a NUL: the next line goes on where it was.
std::string without_nul(std::string text) {
    for (auto nul = text.find('\0'); nul != text.npos; nul = text.find('\0', nul)) {
        const auto end = text.find('\n', nul);
        text.erase(nul, end == text.npos ? end : end + 1 - nul);
    }
    return text;
}

bool is_option(std::string_view argument) {
    return argument.starts_with("--");
}

// An option's name may bring its value in the same argument: "--port 6380".
bool brings_value(std::string_view argument) {
    const auto words = split_arguments(argument);
    return !words || words->size() != 1;
}

}  // namespace

std::optional<std::string> read_directives(std::string_view text, const std::string& directory,
                                           const DirectiveHandler& handler) {
    return DirectiveReader(directory, handler).read(text);
}

std::string fatal_config_error(std::string_view message) {
    return "\n*** FATAL CONFIG FILE ERROR (Redis " + std::string(kRedisVersion) + ") ***\n" +
           std::string(message) + "\n";
}

FileText read_config_file(const std::string& path, const std::string& name) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    if (file.is_open() && !file.bad()) return {.text = without_nul(text.str()), .error = {}};
    const int error = errno;
    return {.text = {},
            .error = "Fatal error, can't open config file '" + name + "': " + system_error(error),
            .missing = error == ENOENT};
}

CommandLine read_command_line(std::span<const std::string> arguments) {
    CommandLine line;
    std::size_t next = 0;
    if (!arguments.empty() && !arguments[0].starts_with('-')) line.file = arguments[next++];
    if (next < arguments.size() && arguments[next] == "-") {
        line.standard_input = true;
        ++next;
    }
    // What follows a name is its value even if it looks like a name, so that a password may start with "--".
    bool name_expected = true;
    for (; next < arguments.size(); ++next) {
        const std::string& argument = arguments[next];
        if (!name_expected || !is_option(argument)) {
            line.options += quoted(argument) + ' ';
            name_expected = true;
            continue;
        }
        if (!line.options.empty()) line.options += '\n';
        line.options += argument.substr(2) + ' ';
        name_expected = brings_value(argument);
        // "--save" alone means to save never.
        const bool last = next + 1 == arguments.size();
        if (equals_ignore_case(argument, "--save") && (last || is_option(arguments[next + 1]))) {
            line.options += "\"\"";
            name_expected = true;
        }
    }
    return line;
}

std::optional<std::string> replace_file(const std::string& name, std::string_view text) {
    // A symbolic link stays one: the file that it names is replaced.
    std::error_code unresolved;
    const auto resolved = std::filesystem::canonical(name, unresolved);
    const std::string path = unresolved ? name : resolved.string();
    std::string temporary = path + "." + std::to_string(getpid()) + "-XXXXXX";
    const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return system_error(errno);
    const auto give_up = [&] {
        const int error = errno;
        ::close(descriptor);
        unlink(temporary.c_str());
        return system_error(error);
    };
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return give_up();
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    struct stat old {};
    const mode_t mode = stat(path.c_str(), &old) == 0 ? old.st_mode & 07777 : 0644;
    if (fchmod(descriptor, mode) != 0 || fsync(descriptor) != 0) return give_up();
    if (rename(temporary.c_str(), path.c_str()) != 0) return give_up();
    ::close(descriptor);
    // The new name is durable only with its directory.
    const int directory =
        ::open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return system_error(errno);
    const int outcome = fsync(directory);
    const int error = errno;
    ::close(directory);
    if (outcome != 0) return system_error(error);
    return std::nullopt;
}

}  // namespace pongo
