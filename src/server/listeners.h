// The sockets on which the server waits for clients: every address of `bind`, and the unix socket.
//
// Thread rule: one thread at a time.
#pragma once

#include <Poco/Net/ServerSocket.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/settings.h"

namespace pongo {

class Listeners {
  public:
    // An error (one line for the log) leaves nothing open. Sockets that are open already on the same address
    // may be given: they are shared instead of being opened anew.
    std::optional<std::string> open(const Settings& settings, const Listeners* before = nullptr);
    void close();
    // Stops listening without closing, so that others may have the addresses, and starts again.
    void pause();
    void go_on(const Settings& settings);

    const std::vector<Poco::Net::ServerSocket>& sockets() const { return sockets_; }

  private:
    std::optional<std::string> open_tcp(const Settings& settings, const Listeners* before);
    std::optional<std::string> open_unix(const Settings& settings, const Listeners* before);
    // Whether `before` has it.
    bool share(const Poco::Net::SocketAddress& address, const Listeners* before);

    std::vector<Poco::Net::ServerSocket> sockets_;
};

}  // namespace pongo
