// The sockets on which the server waits for clients: every address of `bind`, and the unix socket.
//
// Thread rule: constructed and asked on the main thread.
#pragma once

#include <Poco/Net/ServerSocket.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/settings.h"

namespace pongo {

class Listeners {
  public:
    // An error (one line for the log) leaves nothing open.
    std::optional<std::string> open(const Settings& settings);
    // Removes the unix socket's file as well.
    void close();

    std::vector<Poco::Net::ServerSocket>& sockets() { return sockets_; }

  private:
    std::optional<std::string> open_tcp(const Settings& settings);
    std::optional<std::string> open_unix(const Settings& settings);

    std::vector<Poco::Net::ServerSocket> sockets_;
    std::string unix_path_;
};

}  // namespace pongo
