#include "persistence/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace pongo {

std::optional<std::string> sync_folder(const std::string& path) {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int error = folder < 0 || ::fsync(folder) != 0 ? errno : 0;
    if (folder >= 0) ::close(folder);
    return error == 0 ? std::nullopt : std::optional(failure_of("syncing the folder", path, error));
}

}  // namespace pongo
