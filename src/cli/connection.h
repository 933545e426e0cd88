#pragma once

#include <Poco/Net/StreamSocket.h>
#include <Poco/Redis/RedisStream.h>
#include <Poco/Types.h>

#include <string>

#include "cli/reply.h"
#include "cli/words.h"

namespace pongo::cli {

class InterruptWatch;

/// Where a server listens: a path of a Unix socket or, if that is empty, a host and a port.
struct Endpoint {
    std::string host = "127.0.0.1";
    Poco::UInt16 port = 6379;
    std::string socket_path;

    /// `host:port` or the path, as messages show it.
    std::string name() const;
};

/// A connection to a server, open from construction to destruction. For one thread.
///
/// Commands are serialised by Poco::Redis::Array and replies come through Poco::Redis::RedisInputStream, but
/// Poco::Redis::Client itself (1.11) is not used, because it
/// - cannot tell an empty array from a null array,
/// - knows RESP2 only and throws in the middle of a RESP3 reply, after which it is out of step,
/// - reports a closed connection as an invalid reply type,
/// - hides its socket, so that one can neither wait for a reply and Ctrl-C at once nor see whether an idle
///   connection is still alive.
class Connection {
  public:
    /// Connects; tries every address that the host has. Throws CliError.
    explicit Connection(const Endpoint& endpoint);

    /// Throws ConnectionLost.
    void send(const Words& words);

    /// Waits for a reply. Throws what read_reply() throws and, when there is a watch, Interrupted: then a
    /// part of the reply may have been lost and the connection is of no more use.
    Reply receive(const InterruptWatch* watch);

    /// Whether the server has closed this idle connection. Does not wait.
    bool is_closed_by_server() const;

  private:
    Poco::Net::StreamSocket socket_;
    Poco::Redis::RedisInputStream input_;
};

}  // namespace pongo::cli
