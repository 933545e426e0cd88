// Turns a client's bytes into requests: RESP arrays of bulk strings, and inline commands. No sockets, no
// commands. (The protocol: https://redis.io/docs/reference/protocol-spec/)
//
// The caller offers what it has received and not yet consumed. A request that is complete in there is parsed
// in place and copied nowhere. Of an incomplete one the parser keeps the finished arguments itself, so that
// the caller's unconsumed rest stays below one line or one small argument, and nothing is parsed twice. A big
// argument is received into a Blob that grows with what arrives: an announced length costs nothing.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/blob.h"
#include "base/containers.h"
#include "resp/limits.h"

namespace pongo {

// One parsed request. The views are good until the input changes.
struct Request {
    struct Big {
        std::size_t index;
        BlobRef blob;
    };
    std::vector<std::string_view> args;
    std::vector<Big> big;   // Those arguments that have a blob of their own; args[index] views it.
    BlobRef storage;        // What the other views point to, where that is not the input.
    std::size_t bytes = 0;  // On the wire.

    // Makes the request independent of the input.
    void own();
    bool has_blob(std::size_t index) const;
    void clear() {
        clear_and_keep(args, kReusedArguments);
        clear_and_keep(big, kReusedArguments);
        storage = {};
        bytes = 0;
    }
};

class RequestParser {
  public:
    enum class Outcome {
        Ready,     // `request` holds one; call again with the rest of the input.
        NeedMore,  // Nothing complete is left; consumed() of the input is dealt with.
        Failed,    // error() says why; the connection can only be closed.
    };

    // Parses the next request of `input`; `request` is overwritten.
    Outcome next(std::string_view input, const ProtocolLimits& limits, Request& request);

    // How much of the input of the last next() is dealt with and must not be offered again.
    std::size_t consumed() const { return consumed_; }
    // Redis's text, without the leading "-" and the line end.
    const std::string& error() const { return error_; }

    // While a big argument is incomplete: where its next bytes may be received directly, otherwise empty.
    // What was put there is told with big_received().
    std::span<char> big_room();
    void big_received(std::size_t bytes);

    // What the unfinished request holds here, in bytes.
    std::size_t memory() const;
    // How many arguments of it are complete, and the bytes they have (for CLIENT LIST).
    std::size_t pending_arguments() const { return kept_.size(); }
    std::size_t pending_argument_bytes() const { return kept_bytes_.size(); }

  private:
    struct Kept {
        std::size_t offset;  // Into kept_bytes_; of a big one, into big_.
        std::size_t size;
        bool big;
    };
    enum class Step { Done, NeedMore, Failed };

    Outcome parse_inline(std::string_view input, Request& request);
    std::optional<std::int64_t> take_short_line(std::string_view input, char sign);
    Step parse_header(std::string_view input, const ProtocolLimits& limits);
    Step parse_argument(std::string_view input, const ProtocolLimits& limits, Request& request);
    Step parse_bulk_length(std::string_view input, const ProtocolLimits& limits);
    Step read_line(std::string_view input, const char* too_long, std::string_view& line);
    Step continue_big(std::string_view input);
    void keep(Request& request);
    void finish(Request& request);
    Outcome fail(std::string text);

    static constexpr std::int64_t kNone = -1;

    std::int64_t remaining_ = 0;      // Arguments still to come of the request begun; 0 between requests.
    std::int64_t bulk_size_ = kNone;  // Of the argument whose length line was read.
    std::size_t consumed_ = 0;
    std::size_t request_bytes_ = 0;  // Consumed for the request begun, in earlier calls.
    bool big_open_ = false;          // The last of big_ is still incomplete; its size to be is bulk_size_.
    std::vector<Kept> kept_;
    std::string kept_bytes_;
    std::vector<BlobRef> big_;
    std::string error_;
};

// The second argument of the request that `input` begins with, if it stands there as a bulk string of a short
// length: most often the key. Not checked any further; for who would like to have a guess early.
std::string_view probable_key(std::string_view input);

}  // namespace pongo
