#include "cli/connection.h"

#include <Poco/Net/DNS.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Redis/Array.h>
#include <Poco/Types.h>
#include <sys/socket.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "cli/cli_error.h"
#include "cli/interrupt_watch.h"

namespace pongo::cli {
namespace {

using Poco::Net::IPAddress;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

/// POCO's messages name the exception's class; the operating system's name the cause.
std::string cause(const Poco::Exception& error) {
    if (dynamic_cast<const Poco::Net::DNSException*>(&error)) return "Name or service not known";
    if (error.code() > 0) return std::generic_category().message(error.code());
    return error.displayText();
}

std::vector<SocketAddress> addresses_of(const Endpoint& endpoint) {
    if (!endpoint.socket_path.empty()) return {{SocketAddress::UNIX_LOCAL, endpoint.socket_path}};

    IPAddress literal;
    if (IPAddress::tryParse(endpoint.host, literal)) return {{literal, endpoint.port}};

    std::vector<SocketAddress> addresses;
    const auto entry = Poco::Net::DNS::hostByName(endpoint.host);
    for (const IPAddress& address : entry.addresses()) {
        addresses.emplace_back(address, endpoint.port);
    }
    if (addresses.empty()) throw Poco::Net::NoAddressFoundException(endpoint.host);
    return addresses;
}

StreamSocket connect_to_any(const std::vector<SocketAddress>& addresses) {
    for (auto address = addresses.begin();; ++address) {
        try {
            StreamSocket socket(*address);
            if (address->family() != SocketAddress::UNIX_LOCAL) socket.setNoDelay(true);
            return socket;
        } catch (const Poco::Exception&) {
            if (address + 1 == addresses.end()) throw;
        }
    }
}

StreamSocket connect_to(const Endpoint& endpoint) {
    try {
        return connect_to_any(addresses_of(endpoint));
    } catch (const Poco::Exception& error) {
        throw CliError("Could not connect to Redis at " + endpoint.name() + ": " + cause(error));
    }
}

}  // namespace

std::string Endpoint::name() const {
    return socket_path.empty() ? host + ":" + std::to_string(port) : socket_path;
}

Connection::Connection(const Endpoint& endpoint) : socket_(connect_to(endpoint)), input_(socket_) {
    // Otherwise the stream would swallow POCO's exceptions and with them the cause.
    input_.exceptions(std::ios::badbit);
}

void Connection::send(const Words& words) {
    Poco::Redis::Array command;
    command.add(words);
    const std::string bytes = command.toString();

    // POCO counts bytes in an int.
    constexpr std::size_t kStep = 1 << 20;
    try {
        for (std::size_t at = 0; at < bytes.size(); at += kStep) {
            const auto step = static_cast<int>(std::min(kStep, bytes.size() - at));
            socket_.sendBytes(bytes.data() + at, step, MSG_NOSIGNAL);
        }
    } catch (const Poco::Exception& error) {
        throw ConnectionLost("Error: " + cause(error));
    }
}

Reply Connection::receive(const InterruptWatch* watch) {
    try {
        if (watch && input_.rdbuf()->in_avail() == 0) watch->wait_for(socket_.impl()->sockfd());
        return read_reply(input_);
    } catch (const Poco::Exception& error) {
        throw ConnectionLost("Error: " + cause(error));
    }
}

bool Connection::is_closed_by_server() const {
    char byte = 0;
    const auto count = ::recv(socket_.impl()->sockfd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace pongo::cli
