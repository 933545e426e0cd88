// The append-only file consists of several files in one folder; the manifest, one more file there, says which
// (since Redis 7.0, with `appenddirname` and `appendfilename`). They are read in this order:
//
//   base        at most one: the data set at some time, as a snapshot or as commands;
//   increments  what happened since, in the order of their numbers; to the last one is being appended.
//
// History is what a newer base has made superfluous, until somebody removes it.
//
//   no file ── adopt_base(), replace_base(), add_increment() ──▶ files
//   base, increments ── replace_base() ──▶ history ── drop_history() ──▶ not listed any more
//
// A line is one file: `file appendonly.aof.1.base.rdb seq 1 type b`, in any order of the three, which may be
// followed by more pairs that mean nothing to us. Names that need it are quoted as in the configuration file.
//
// Invariants:
//  1. The numbers of increments ascend. Numbers are positive, those of bases apart from those of increments.
//  2. No new file gets a name that is listed already.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "persistence/file_calls.h"

namespace pongo {

// What a base consists of: a snapshot (aof-use-rdb-preamble), or commands.
enum class BaseFormat : std::uint8_t { Rdb, Commands };

class AppendManifest {
  public:
    struct File {
        std::string name;  // Within the folder.
        std::int64_t seq;

        bool operator==(const File&) const = default;
    };
    struct Error {
        std::size_t line;  // Counted from 1; 0 for the file as a whole.
        std::string_view reason;
    };

    // A longer line, with its end, is an error.
    static constexpr std::size_t kMostLineBytes = 1024;

    // Of the files that begin with `append_filename`, as far as they are new.
    explicit AppendManifest(std::string append_filename) : prefix_(std::move(append_filename)) {}

    // Takes what the text of a manifest says in the place of what it had; after an error it has what it had.
    [[nodiscard]] std::optional<Error> parse(std::string_view text);
    std::string to_text() const;

    const std::optional<File>& base() const { return base_; }
    const std::vector<File>& increments() const { return increments_; }
    // The latest first, more or less: in the order in which Redis lists them.
    const std::vector<File>& history() const { return history_; }
    // Whether there is nothing to be read.
    bool empty() const { return !base_ && increments_.empty(); }

    // What the next ones will be called.
    std::string next_base_name(BaseFormat format) const { return next_base(format).name; }
    std::string next_increment_name() const { return next_increment().name; }

    const File& add_increment();
    // Puts a new base in the place of the old one, which becomes history with all increments whose number is
    // below `first_kept`: the base has what they have.
    const File& replace_base(BaseFormat format, std::int64_t first_kept);
    // Makes a file the base that was the whole of an append-only file, before there were manifests.
    // REQUIRES: empty().
    void adopt_base(std::string name) { base_ = File{std::move(name), 1}; }
    // What another one lists is history here, as far as it is not listed: that one may have been stored or
    // not, so no new file may get the name of one of its files.
    void add_history_of(const AppendManifest& other);
    // Returns what was there: files that may be removed once the manifest is stored.
    std::vector<File> drop_history();

  private:
    File next_base(BaseFormat format) const;
    File next_increment() const;
    File first_unlisted(std::int64_t seq, std::string_view suffix) const;
    bool is_listed(std::string_view name) const;
    // Returns what is wrong with it.
    std::optional<std::string_view> add_line(std::string_view line);

    std::string prefix_;
    std::optional<File> base_;
    std::vector<File> increments_;
    std::vector<File> history_;
};

// The manifest's own name, beside the others.
std::string manifest_name(std::string_view append_filename);

struct ManifestLoad {
    bool found = false;                // Without a manifest nothing is wrong.
    std::optional<std::string> error;  // With path and line; then `into` is as it was.
};
ManifestLoad load_manifest(const std::string& path, AppendManifest& into);

// Returns what failed where, if anything did: then the old one is still there, unless only its folder could
// not be synced.
std::optional<std::string> store_manifest(const std::string& path, const AppendManifest& manifest,
                                          FileCalls& calls = FileCalls::system());

}  // namespace pongo
