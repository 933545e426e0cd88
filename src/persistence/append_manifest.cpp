#include "persistence/append_manifest.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "persistence/mapped_file.h"
#include "persistence/output_file.h"

namespace pongo {
namespace {

constexpr std::string_view kRdbBaseSuffix = ".base.rdb";
constexpr std::string_view kCommandsBaseSuffix = ".base.aof";
constexpr std::string_view kIncrementSuffix = ".incr.aof";
constexpr std::string_view kManifestSuffix = ".manifest";

constexpr char kBase = 'b';
constexpr char kHistory = 'h';
constexpr char kIncrement = 'i';

// There is always one more.
constexpr std::int64_t kHighestSeq = std::numeric_limits<std::int64_t>::max() / 2;

// Redis quotes the same ones, but for those with an apostrophe: it then cannot read its own line.
bool needs_quotes(std::string_view name) {
    return name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
               return c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '\'';
           });
}

void append_line(std::string& text, const AppendManifest::File& file, char type) {
    text += "file ";
    text += needs_quotes(file.name) ? quoted(file.name) : file.name;
    text += " seq " + std::to_string(file.seq) + " type ";
    text += type;
    text += '\n';
}

// What stands in a line.
struct Listed {
    std::optional<AppendManifest::File> file = {};
    std::optional<std::string_view> error = {};
    char type = '\0';
};

// Digits, and whatever follows them. Nothing if that is no number which a file can have.
std::optional<std::int64_t> seq_of(std::string_view text) {
    std::int64_t seq = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), seq);
    if (result.ec != std::errc{} || seq < 1 || seq > kHighestSeq) return std::nullopt;
    return seq;
}

Listed read_words(const std::vector<std::string>& words) {
    constexpr std::size_t kFewest = 6;
    if (words.size() < kFewest || words.size() % 2 != 0) return {.error = "not pairs of names and values"};
    const std::string* name = nullptr;
    std::optional<std::int64_t> seq;
    char type = '\0';
    for (std::size_t i = 0; i < words.size(); i += 2) {
        const std::string& value = words[i + 1];
        if (equals_ignore_case(words[i], "file")) {
            name = &value;
        } else if (equals_ignore_case(words[i], "seq")) {
            seq = seq_of(value);
            if (!seq) return {.error = "'seq' is not a number of a file"};
        } else if (equals_ignore_case(words[i], "type")) {
            type = value.empty() ? '\0' : value.front();
        }
    }
    if (!name || !seq || type == '\0') return {.error = "'file', 'seq' or 'type' is missing"};
    if (name->find_first_of("/\\") != std::string::npos) return {.error = "a path instead of a file's name"};
    return {.file = AppendManifest::File{*name, *seq}, .type = type};
}

}  // namespace

std::optional<AppendManifest::Error> AppendManifest::parse(std::string_view text) {
    if (text.empty()) return Error{0, "the manifest is empty"};
    AppendManifest read(prefix_);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        const bool ends = size < text.size();
        const std::string_view line = text.substr(0, size);
        text.remove_prefix(ends ? size + 1 : size);
        if (size + 1 > kMostLineBytes) return Error{number, "the line is too long"};
        if (line.starts_with('#')) continue;
        if (!ends) return Error{number, "the line has no end"};
        if (const auto reason = read.add_line(line)) return Error{number, *reason};
    }
    *this = std::move(read);
    return std::nullopt;
}

std::optional<std::string_view> AppendManifest::add_line(std::string_view line) {
    if (line.find('\0') != std::string_view::npos) return "there is a NUL in the line";
    const auto words = split_arguments(line);
    if (!words) return "unbalanced quotes";
    Listed listed = read_words(*words);
    if (listed.error) return listed.error;
    switch (listed.type) {
        case kBase:
            if (base_) return "a second base";
            base_ = std::move(listed.file);
            return std::nullopt;
        case kHistory:
            history_.push_back(std::move(*listed.file));
            return std::nullopt;
        case kIncrement:
            if (!increments_.empty() && listed.file->seq <= increments_.back().seq)
                return "the numbers of increments do not ascend";
            increments_.push_back(std::move(*listed.file));
            return std::nullopt;
        default:
            return "an unknown type of file";
    }
}

std::string AppendManifest::to_text() const {
    std::string text;
    if (base_) append_line(text, *base_, kBase);
    for (const File& file : history_) append_line(text, file, kHistory);
    for (const File& file : increments_) append_line(text, file, kIncrement);
    return text;
}

const AppendManifest::File& AppendManifest::add_increment() {
    return increments_.emplace_back(next_increment());
}

const AppendManifest::File& AppendManifest::replace_base(BaseFormat format, std::int64_t first_kept) {
    File base = next_base(format);
    const auto kept = std::find_if(increments_.begin(), increments_.end(),
                                   [&](const File& file) { return file.seq >= first_kept; });
    std::vector<File> history(std::make_move_iterator(increments_.begin()), std::make_move_iterator(kept));
    increments_.erase(increments_.begin(), kept);
    if (base_) history.push_back(std::move(*base_));
    std::move(history_.begin(), history_.end(), std::back_inserter(history));
    history_ = std::move(history);
    return base_.emplace(std::move(base));
}

void AppendManifest::add_history_of(const AppendManifest& other) {
    const auto add = [this](const File& file) {
        if (!is_listed(file.name)) history_.push_back(file);
    };
    if (other.base_) add(*other.base_);
    for (const File& file : other.increments_) add(file);
}

std::vector<AppendManifest::File> AppendManifest::drop_history() {
    return std::exchange(history_, {});
}

AppendManifest::File AppendManifest::next_base(BaseFormat format) const {
    return first_unlisted(base_ ? base_->seq + 1 : 1,
                          format == BaseFormat::Rdb ? kRdbBaseSuffix : kCommandsBaseSuffix);
}

AppendManifest::File AppendManifest::next_increment() const {
    return first_unlisted(increments_.empty() ? 1 : increments_.back().seq + 1, kIncrementSuffix);
}

AppendManifest::File AppendManifest::first_unlisted(std::int64_t seq, std::string_view suffix) const {
    for (;; ++seq) {
        std::string name = prefix_ + "." + std::to_string(seq);
        name += suffix;
        if (!is_listed(name)) return {std::move(name), seq};
    }
}

bool AppendManifest::is_listed(std::string_view name) const {
    const auto has_name = [&](const File& file) { return file.name == name; };
    return (base_ && has_name(*base_)) || std::any_of(increments_.begin(), increments_.end(), has_name) ||
           std::any_of(history_.begin(), history_.end(), has_name);
}

std::string manifest_name(std::string_view append_filename) {
    std::string name(append_filename);
    name += kManifestSuffix;
    return name;
}

ManifestLoad load_manifest(const std::string& path, AppendManifest& into) {
    std::error_code unknown;
    if (std::filesystem::status(path, unknown).type() == std::filesystem::file_type::not_found) return {};
    MappedFile file;
    if (auto error = file.open(path)) return {.found = true, .error = std::move(error)};
    const auto error = into.parse(file.view());
    if (!error) return {.found = true, .error = {}};
    std::string text = "reading " + path;
    if (error->line > 0) text += ", line " + std::to_string(error->line);
    text += ": ";
    text += error->reason;
    return {.found = true, .error = std::move(text)};
}

std::optional<std::string> store_manifest(const std::string& path, const AppendManifest& manifest,
                                          FileCalls& calls) {
    OutputFile file(path, IncrementalSync::Off, calls);
    file.append(manifest.to_text());
    return file.finish();
}

}  // namespace pongo
