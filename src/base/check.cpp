#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pongo {

void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
    std::abort();  // The crash report adds the stack.
}

}  // namespace pongo
