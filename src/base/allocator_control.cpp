#include "base/allocator_control.h"

#include <cerrno>

#ifdef PONGO_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#endif

namespace pongo {

#ifdef PONGO_JEMALLOC

std::string allocator_report() {
    std::string report;
    malloc_stats_print([](void* text, const char* part) { *static_cast<std::string*>(text) += part; },
                       &report, nullptr);
    return report;
}

int allocator_control(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                      std::size_t new_size) {
    return mallctl(name, old_value, old_size, new_value, new_size);
}

#else

std::string allocator_report() {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* stream = open_memstream(&text, &size);
    if (!stream) return {};
    malloc_info(0, stream);
    std::fclose(stream);
    std::string report(text, size);
    std::free(text);
    return report;
}

int allocator_control(const char*, void*, std::size_t*, void*, std::size_t) {
    return ENOENT;
}

#endif

}  // namespace pongo
