#include "net/acceptor.h"

#include <Poco/Observer.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/log.h"
#include "engine/engine.h"
#include "net/reactor.h"
#include "resp/errors.h"

namespace pongo {
namespace {

using AcceptObserver = Poco::Observer<Acceptor, Poco::Net::ReadableNotification>;

// In one go, so that clients that are connected already are not forgotten over a storm of new ones.
constexpr int kMaxAcceptsPerEvent = 1000;

constexpr std::string_view kProtectedMode =
    "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for "
    "the default "
    "user. In this mode connections are only accepted from the loopback interface. If you want to connect "
    "from external "
    "computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending "
    "the command "
    "'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host "
    "the server is "
    "running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG "
    "REWRITE to make "
    "this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis "
    "configuration "
    "file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started "
    "the server "
    "manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an "
    "authentication password "
    "for the default user. NOTE: You only need to do one of the above things in order for the server to "
    "start accepting "
    "connections from the outside.";

int open_spare() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

Acceptor::Acceptor(Poco::Net::ServerSocket& socket, Engine& engine,
                   const std::vector<std::unique_ptr<Reactor>>& reactors)
    : Poco::Net::SocketAcceptor<Connection>(socket),
      engine_(engine),
      reactors_(reactors),
      spare_descriptor_(open_spare()) {}

Acceptor::~Acceptor() {
    ::close(spare_descriptor_);
}

void Acceptor::registerAcceptor(Poco::Net::SocketReactor& reactor) {
    registered_with_ = static_cast<Reactor*>(&reactor);
    registered_with_->watch(socket(), AcceptObserver(*this, &Acceptor::on_ready));
}

void Acceptor::unregisterAcceptor() {
    if (registered_with_) registered_with_->unwatch(socket(), AcceptObserver(*this, &Acceptor::on_ready));
    registered_with_ = nullptr;
}

void Acceptor::on_ready(Poco::Net::ReadableNotification* notification) {
    notification->release();
    for (int i = 0; i < kMaxAcceptsPerEvent && accept_one(); ++i) {
    }
}

// False when nobody is waiting any more.
bool Acceptor::accept_one() {
    const int descriptor =
        ::accept4(socket().impl()->sockfd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            shed_one();
            return false;
        }
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (clients() >= static_cast<std::size_t>(engine_.settings().maxclients)) {
        engine_.rejected_connections.fetch_add(1, std::memory_order_relaxed);
        turn_away(descriptor, errors::kMaxClients);
        return true;
    }
    if (is_protected_from(descriptor)) {
        engine_.rejected_connections.fetch_add(1, std::memory_order_relaxed);
        turn_away(descriptor, kProtectedMode);
        return true;
    }
    hand_over(descriptor);
    return true;
}

// The bare descriptor crosses the threads: POCO's socket objects are made and dropped on one.
void Acceptor::hand_over(int descriptor) {
    const auto by_load = [](const auto& a, const auto& b) { return a->load() < b->load(); };
    Reactor& reactor = **std::min_element(reactors_.begin(), reactors_.end(), by_load);
    reactor.count_client();
    reactor.post([&reactor, descriptor] {
        const DescriptorSocket client(descriptor);
        try {
            new Connection(client, reactor);  // The reactor owns it.
        } catch (const std::exception& error) {
            // The client was gone before we looked.
            log_verbose("Error accepting a client connection: ", error.what());
            reactor.uncount_client();
        }
    });
}

// Those on their way to their reactor included.
std::size_t Acceptor::clients() const {
    std::size_t count = 0;
    for (const auto& reactor : reactors_) count += reactor->load();
    return count;
}

// No descriptors left: the spare one serves to tell a waiting client so.
void Acceptor::shed_one() {
    ::close(spare_descriptor_);
    const int descriptor =
        ::accept4(socket().impl()->sockfd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
        engine_.rejected_connections.fetch_add(1, std::memory_order_relaxed);
        turn_away(descriptor, errors::kMaxClients);
    }
    spare_descriptor_ = open_spare();
    log_warning("Error accepting a client connection: ", std::strerror(EMFILE));
}

void Acceptor::turn_away(int descriptor, std::string_view error) {
    const std::string reply = "-" + std::string(error) + "\r\n";
    [[maybe_unused]] const auto sent =
        ::send(descriptor, reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(descriptor);
}

bool Acceptor::is_protected_from(int descriptor) const {
    const Settings& settings = engine_.settings();
    if (!settings.protected_mode || !settings.requirepass.empty()) return false;
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
    if (peer.ss_family == AF_UNIX) return false;
    return !Poco::Net::SocketAddress(reinterpret_cast<const sockaddr*>(&peer), size).host().isLoopback();
}

}  // namespace pongo
