// Assertions about our own code. CHECK always runs; DCHECK runs in debug and sanitizer builds.
// Neither is for what a client, a file or a peer may send: that has an error value (see README.md, Errors).
#pragma once

namespace pongo {

[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace pongo

#define CHECK(condition) \
    (static_cast<bool>(condition) ? void() : ::pongo::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(condition) static_cast<void>(sizeof(static_cast<bool>(condition)))
#else
#define DCHECK(condition) CHECK(condition)
#endif
