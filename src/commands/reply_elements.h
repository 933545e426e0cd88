// Replies with parts of collections.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "resp/reply_writer.h"
#include "structures/listpack.h"

namespace pongo {

inline void reply_with(ReplyWriter& reply, const Listpack::Element& element) {
    element.is_integer ? reply.bulk_integer(element.integer) : reply.bulk(element.bytes);
}
inline void reply_with(ReplyWriter& reply, const std::optional<Listpack::Element>& element) {
    element ? reply_with(reply, *element) : reply.null();
}

// Calls draw(n) until it has drawn `count` times in all, for commands that repeat what they have as often as
// they are asked to. Ends early when the replies exceed what the client may have.
template <typename Draw>
void draw_repeatedly(const ReplyWriter& reply, std::uint64_t count, Draw&& draw) {
    constexpr std::uint64_t kAtATime = 1024;
    while (count > 0 && !reply.overflowed()) {
        const std::uint64_t drawn = std::min(count, kAtATime);
        draw(drawn);
        count -= drawn;
    }
}

}  // namespace pongo
