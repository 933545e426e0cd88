#include "server/listeners.h"

#include <Poco/Exception.h>
#include <Poco/StringTokenizer.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace pongo {
namespace {

using Poco::Net::ServerSocket;
using Poco::Net::SocketAddress;

SocketAddress wildcard_or(const std::string& host, Poco::UInt16 port) {
    if (host == "*") return {SocketAddress::IPv4, "0.0.0.0", port};
    if (host == "::*") return {SocketAddress::IPv6, "::", port};
    return {host, port};
}

ServerSocket listen_on(const SocketAddress& address, int backlog) {
    ServerSocket socket;
    // Without SO_REUSEPORT: a second server on the port must fail instead of taking half of the clients.
    if (address.family() == Poco::Net::AddressFamily::IPv6) {
        socket.bind6(address, true, false, true);
    } else {
        socket.bind(address, true, false);
    }
    socket.listen(backlog);
    socket.setBlocking(false);
    ::fcntl(socket.impl()->sockfd(), F_SETFD, FD_CLOEXEC);
    return socket;
}

// Whether this machine just does not have such addresses: no error for a `bind` that says "-" in front.
bool is_absent(const Poco::Exception& error) {
    return error.code() == EADDRNOTAVAIL || error.code() == EAFNOSUPPORT || error.code() == ENOPROTOOPT ||
           error.code() == EPROTONOSUPPORT;
}

std::string reason_of(const Poco::Exception& error) {
    return error.code() != 0 ? std::strerror(error.code()) : error.displayText();
}

}  // namespace

std::optional<std::string> Listeners::open(const Settings& settings, const Listeners* before) {
    auto error = open_tcp(settings, before);
    if (!error) error = open_unix(settings, before);
    if (error) sockets_.clear();
    return error;
}

bool Listeners::share(const SocketAddress& address, const Listeners* before) {
    if (!before) return false;
    for (const ServerSocket& socket : before->sockets_) {
        if (socket.address() != address) continue;
        sockets_.push_back(socket);
        return true;
    }
    return false;
}

std::optional<std::string> Listeners::open_tcp(const Settings& settings, const Listeners* before) {
    const auto port = static_cast<Poco::UInt16>(settings.port);
    if (port == 0) return std::nullopt;
    const Poco::StringTokenizer hosts(settings.bind.get(), " ", Poco::StringTokenizer::TOK_IGNORE_EMPTY);
    for (std::string host : hosts) {
        const bool optional = host.front() == '-';
        if (optional) host.erase(0, 1);
        try {
            const SocketAddress address = wildcard_or(host, port);
            if (share(address, before)) continue;
            sockets_.push_back(listen_on(address, static_cast<int>(settings.tcp_backlog)));
        } catch (const Poco::Exception& error) {
            log_warning("Warning: Could not create server TCP listening socket ", host, ":", port,
                        ": bind: ", reason_of(error));
            if (optional && is_absent(error)) continue;
            return "Failed listening on port " + std::to_string(port) + " (TCP), aborting.";
        }
    }
    return std::nullopt;
}

std::optional<std::string> Listeners::open_unix(const Settings& settings, const Listeners* before) {
    const std::string path = settings.unixsocket.get();
    if (path.empty()) return std::nullopt;
    if (constexpr std::size_t kMost = sizeof(sockaddr_un::sun_path); path.size() >= kMost) {
        return "Failed opening Unix socket: unix socket path too long (" + std::to_string(path.size()) +
               "), must be under " + std::to_string(kMost);
    }
    const SocketAddress address(SocketAddress::UNIX_LOCAL, path);
    if (share(address, before)) return std::nullopt;
    ::unlink(path.c_str());  // Left behind by a server that was killed.
    try {
        ServerSocket socket;
        socket.bind(address, false, false);
        if (settings.unixsocketperm != 0) {
            ::chmod(path.c_str(), static_cast<mode_t>(settings.unixsocketperm.get()));
        }
        socket.listen(static_cast<int>(settings.tcp_backlog));
        socket.setBlocking(false);
        sockets_.push_back(socket);
    } catch (const Poco::Exception& error) {
        return "Failed opening Unix socket: bind: " + reason_of(error);
    }
    return std::nullopt;
}

void Listeners::pause() {
    for (ServerSocket& socket : sockets_) ::shutdown(socket.impl()->sockfd(), SHUT_RDWR);
}

void Listeners::go_on(const Settings& settings) {
    for (ServerSocket& socket : sockets_) {
        ::listen(socket.impl()->sockfd(), static_cast<int>(settings.tcp_backlog));
    }
}

void Listeners::close() {
    for (ServerSocket& socket : sockets_) {
        const SocketAddress address = socket.address();
        socket.close();
        if (address.family() == Poco::Net::AddressFamily::UNIX_LOCAL) ::unlink(address.toString().c_str());
    }
    sockets_.clear();
}

}  // namespace pongo
