#pragma once

#include <Poco/Redis/RedisStream.h>

#include <string>
#include <vector>

namespace pongo::cli {

/// A reply of the server, in RESP2 or RESP3.
struct Reply {
    enum class Kind {
        Status,
        Error,
        Integer,
        Double,
        BigNumber,
        Boolean,
        Bulk,
        Verbatim,
        Nil,
        Array,
        Map,
        Set,
        Push,
    };

    Kind kind = Kind::Nil;
    std::string text;             ///< What came over the wire for a scalar; "t" or "f" for a Boolean.
    std::vector<Reply> elements;  ///< Of an aggregate; in a Map, keys and values take turns.

    bool is_error() const { return kind == Kind::Error; }
};

/// Reads one reply. Any bytes are allowed in strings. A RESP3 attribute is read and dropped. RESP3's streamed
/// strings and aggregates (of unknown length), which no server sends, are not supported.
/// Throws ConnectionLost when the server closes the connection, CliError when it breaks the protocol.
Reply read_reply(Poco::Redis::RedisInputStream& input);

}  // namespace pongo::cli
