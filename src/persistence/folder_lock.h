// Keeps two servers from having their files in the same folder: each would write over what the other has.
//
// A file there, `pongo.lock`, is locked by flock(2) as long as the server runs, and holds its process id. The
// lock ends with the process, however that ends; the file stays. In a folder where no file can be made
// nothing is written over, so there nobody is kept away.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pongo {

class FolderLock {
  public:
    FolderLock() = default;
    ~FolderLock() { release(); }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    // What becomes of the locks of other folders that it has: there may be files of ours that are in use.
    enum class Former : std::uint8_t { LetGo, Kept };
    // Takes the lock of the current folder. Returns why it can't: then it has what it had.
    std::optional<std::string> take(Former former = Former::LetGo);
    void release();
    // Whether it has others beside the one that it took last.
    bool holds_former() const { return files_.size() > (is_held_ ? 1 : 0); }
    void let_go_of_former();
    // Whether it has that of the folder for which it was last asked.
    bool is_held() const { return is_held_; }

  private:
    void add(int file, Former former);

    std::vector<int> files_;  // The last is that of the current folder, if that is held.
    bool is_held_ = false;
};

}  // namespace pongo
