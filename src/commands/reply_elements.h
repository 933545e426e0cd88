// Replies with parts of collections.
#pragma once

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

}  // namespace pongo
