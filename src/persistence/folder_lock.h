// Keeps two servers from having their files in the same folder: each would write over what the other has.
//
// A file there, `pongo.lock`, is locked by flock(2) as long as the server runs, and holds its process id. The
// lock ends with the process, however that ends; the file stays. In a folder where no file can be made
// nothing is written over, so there nobody is kept away.
//
// Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>

namespace pongo {

class FolderLock {
  public:
    FolderLock() = default;
    ~FolderLock() { release(); }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    // Takes the lock of the current folder, and lets go of the one it had. Returns why it can't: then it has
    // the one it had.
    std::optional<std::string> take();
    void release();
    bool is_held() const { return file_ >= 0; }

  private:
    int file_ = -1;
};

}  // namespace pongo
