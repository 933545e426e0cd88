// Accepts clients on one listening socket and hands each to the least loaded reactor, on whose thread its
// Connection is constructed.
//
// POCO's own onAccept takes one client per event, and throws when descriptors run out; this one takes all
// that are waiting with accept4. A spare descriptor lets it tell even then that there is no room.
//
// Thread rule: constructed anywhere; on the thread of the reactor it is registered with from then on.
#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAcceptor.h>

#include <memory>
#include <string_view>
#include <vector>

#include "net/connection.h"

namespace pongo {

class Engine;

class Acceptor : public Poco::Net::SocketAcceptor<Connection> {
  public:
    Acceptor(Poco::Net::ServerSocket& socket, Engine& engine,
             const std::vector<std::unique_ptr<Reactor>>& reactors);
    ~Acceptor() override;

    void registerAcceptor(Poco::Net::SocketReactor& reactor) override;
    void unregisterAcceptor() override;

  private:
    void on_ready(Poco::Net::ReadableNotification* notification);
    bool accept_one();
    std::size_t clients() const;
    void shed_one();
    void turn_away(int descriptor, std::string_view error);
    bool is_protected_from(int descriptor) const;
    void hand_over(int descriptor);

    Engine& engine_;
    const std::vector<std::unique_ptr<Reactor>>& reactors_;
    Reactor* registered_with_ = nullptr;
    int spare_descriptor_;
};

}  // namespace pongo
