#include "lua/lua_memory.h"

namespace pongo {

void LuaMemory::attended() {
    const std::size_t room = watermark_ > used_ ? watermark_ - used_ : 1;
    attention_at_ = allocated_ + std::min(room, kBytesUnattended);
    known_largest_ = std::max(2 * largest_, kLargeBlock);
}

void LuaMemory::look_ahead() {
    largest_ = std::min<std::size_t>(largest_, used_);
    // Close to the limit, collecting again and again would only delay the end.
    watermark_ = used_ + std::max(left() / 2, limit_ / 32);
    attended();
}

}  // namespace pongo
