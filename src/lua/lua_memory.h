// The memory of a Lua state: counted, limited, and looked after. Lua 5.1 does not collect garbage when memory
// runs out; so somebody has to do it before, at a point where Lua allows it. This class says when.
//
// Words: the *limit* is never exceeded while it is enforced: an allocation beyond it fails. At the
// *watermark*, half-way between what is in use after a collection and the limit, all garbage should be
// collected. The state is to be *attended to* when the watermark is reached, when much was allocated since
// the last time, or when a block came that is much bigger than those before: instructions that work on it may
// take long.
//
// Thread rule: one thread uses it; used() may be read by any.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "base/published.h"

namespace pongo {

class LuaMemory {
  public:
    explicit LuaMemory(std::size_t limit) : limit_(limit) { look_ahead(); }

    // As lua_Alloc asks for: nullptr if there is no memory.
    void* reallocate(void* block, std::size_t old_size, std::size_t new_size) {
        const std::size_t used = used_;
        if (new_size == 0) {
            std::free(block);
            used_ = used - old_size;
            return nullptr;
        }
        if (new_size > old_size && enforced_ && new_size - old_size > left()) return nullptr;
        void* moved = std::realloc(block, new_size);
        if (moved == nullptr) return nullptr;
        used_ = used - old_size + new_size;
        if (new_size > old_size) allocated_ += new_size - old_size;
        largest_ = std::max(largest_, new_size);
        return moved;
    }

    std::size_t used() const { return used_; }
    std::size_t limit() const { return limit_; }
    std::size_t left() const { return used_ < limit_ ? limit_ - used_ : 0; }
    // An upper bound of the size of every block.
    std::size_t largest() const { return largest_; }

    // Limits nothing while `enforced` is false: where Lua could not tell anybody of the failure.
    void enforce(bool enforced) { enforced_ = enforced; }

    bool wants_attention() const { return allocated_ >= attention_at_ || largest_ > known_largest_; }
    bool wants_collection() const { return used_ >= watermark_; }
    // The state has been attended to.
    void attended();
    // Garbage has been collected, or the use of the state begins anew.
    void look_ahead();

  private:
    // So many bytes are allocated in some milliseconds, whatever for.
    static constexpr std::size_t kBytesUnattended = std::size_t{16} << 20;
    static constexpr std::size_t kLargeBlock = std::size_t{64} << 10;

    const std::size_t limit_;
    Published<std::size_t> used_{0};
    bool enforced_ = false;
    std::size_t allocated_ = 0;  // Ever. What was given back is not taken off.
    std::size_t largest_ = 0;
    std::size_t watermark_ = 0;
    std::size_t attention_at_ = 0;
    std::size_t known_largest_ = 0;
};

}  // namespace pongo
