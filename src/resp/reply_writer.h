// Writes replies in the protocol that the client speaks: RESP2, or RESP3 after HELLO 3. Types that RESP2 does
// not have are written as Redis writes them there (maps as flat arrays, doubles as bulk strings, booleans as
// integers). Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/blob.h"
#include "resp/reply_buffer.h"

namespace pongo {

enum class Protocol : std::uint8_t { Resp2 = 2, Resp3 = 3 };

class ReplyWriter {
  public:
    // The place of an aggregate whose length is known only after its elements are written.
    struct Deferred {
        ReplyBuffer::Mark mark;
        char resp2_type;
        char resp3_type;
        bool pairs;
    };

    ReplyWriter(ReplyBuffer& buffer, Protocol protocol) : buffer_(&buffer), protocol_(protocol) {}

    Protocol protocol() const { return protocol_; }
    void set_protocol(Protocol protocol) { protocol_ = protocol; }
    ReplyBuffer& buffer() { return *buffer_; }
    // Whether there is more than the client may have, so that it gets nothing.
    bool overflowed() const { return buffer_->overflowed(); }

    void ok() { buffer_->append("+OK\r\n"); }
    void simple(std::string_view text) { line('+', text); }
    // `text` begins with its code ("ERR ...") and has no line end.
    void error(std::string_view text);
    void integer(std::int64_t value) { number_line(':', value); }
    void boolean(bool value);
    void real(double value);
    // The same with up to 17 decimals and no exponent.
    void fixed_real(double value);
    void big_number(std::string_view digits);
    void bulk(std::string_view bytes) {
        char* to = buffer_->room(bytes.size() + kHeaderRoom);
        char* at = write_header(to, '$', static_cast<std::int64_t>(bytes.size()));
        at += bytes.copy(at, bytes.size());
        *at++ = '\r';
        *at++ = '\n';
        buffer_->advance(static_cast<std::size_t>(at - to));
    }
    void bulk(BlobRef blob) {
        const std::size_t size = blob->size();
        bulk(std::move(blob), 0, size);
    }
    void bulk(BlobRef blob, std::size_t offset, std::size_t size);
    void bulk_integer(std::int64_t value);
    void verbatim(std::string_view text, std::string_view format = "txt");
    void null() { buffer_->append(protocol_ == Protocol::Resp3 ? "_\r\n" : "$-1\r\n"); }
    void null_array() { buffer_->append(protocol_ == Protocol::Resp3 ? "_\r\n" : "*-1\r\n"); }

    void array(std::size_t elements) { number_line('*', static_cast<std::int64_t>(elements)); }
    void map(std::size_t pairs) { aggregate('%', pairs, true); }
    void set(std::size_t elements) { aggregate('~', elements, false); }
    void push(std::size_t elements) { aggregate('>', elements, false); }
    void attribute(std::size_t pairs) { number_line('|', static_cast<std::int64_t>(pairs)); }

    Deferred begin_array() { return {buffer_->mark(), '*', '*', false}; }
    Deferred begin_map() { return {buffer_->mark(), '*', '%', true}; }
    Deferred begin_set() { return {buffer_->mark(), '*', '~', false}; }
    // `count` are elements, or pairs of a map.
    void finish(const Deferred& deferred, std::size_t count);

    // Bytes that are a reply already.
    void raw(std::string_view bytes) { buffer_->append(bytes); }

  private:
    static constexpr std::size_t kHeaderRoom = 32;

    void real(std::string_view text);

    static char* write_header(char* to, char type, std::int64_t value);
    void line(char type, std::string_view text);
    void number_line(char type, std::int64_t value) {
        char* to = buffer_->room(kHeaderRoom);
        buffer_->advance(static_cast<std::size_t>(write_header(to, type, value) - to));
    }
    void aggregate(char resp3_type, std::size_t count, bool pairs);

    ReplyBuffer* buffer_;
    Protocol protocol_;
};

}  // namespace pongo
