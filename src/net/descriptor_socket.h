// A descriptor that somebody else made (accept4, eventfd), as a socket that POCO's reactor can watch. The
// socket owns it.
#pragma once

#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

namespace pongo {

class DescriptorSocket : public Poco::Net::StreamSocket {
  public:
    explicit DescriptorSocket(int descriptor)
        : Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(descriptor)) {}

    int descriptor() const { return impl()->sockfd(); }
};

}  // namespace pongo
