// Writes commands as clients send them, and as append-only files and replicas' streams hold them: each an
// array of bulk strings. (The protocol: https://redis.io/docs/reference/protocol-spec/)
//
//   CommandWriter writer(out);
//   writer.begin(3);
//   writer.arg("SET"), writer.arg(key), writer.arg(1);
//
// What is small is gathered, so that the place where it goes is told of it once; that place has everything
// when the writer is gone, or flush() was called.
//
// Thread rule: one thread at a time.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/numbers.h"

namespace pongo {

// `Out` has append(std::string_view): a std::string, a ByteSink. It outlives the writer.
template <typename Out>
class CommandWriter {
  public:
    explicit CommandWriter(Out& out) : out_(out) {}
    ~CommandWriter() { flush(); }
    CommandWriter(const CommandWriter&) = delete;
    CommandWriter& operator=(const CommandWriter&) = delete;

    // Of a command with so many arguments, which are to follow; its name is the first.
    void begin(std::uint64_t args) {
        reserve(kHeaderRoom);
        use_up_to(header(free(), '*', args));
    }
    void arg(std::string_view bytes) {
        if (bytes.size() <= kSmallArg) {
            reserve(bytes.size() + kHeaderRoom);
            return use_up_to(line_end(copy(header(free(), '$', bytes.size()), bytes)));
        }
        reserve(kHeaderRoom);
        use_up_to(header(free(), '$', bytes.size()));
        flush();
        out_.append(bytes);
        use_up_to(line_end(free()));
    }
    void arg(const char* text) { arg(std::string_view(text)); }
    template <std::integral Integer>
    void arg(Integer value) {
        char digits[kMaxInt64Digits];
        arg(std::string_view(digits, format_int64(static_cast<std::int64_t>(value), digits)));
    }
    // In the digits that ZADD reads as the same number.
    void arg(double value) {
        char digits[kMaxDoubleText];
        arg(std::string_view(digits, format_double(value, digits)));
    }
    // Whole commands, or what may stand between them. REQUIRES: no longer than kMaxRaw.
    static constexpr std::size_t kMaxRaw = 64;
    void raw(std::string_view bytes) {
        reserve(bytes.size());
        use_up_to(copy(free(), bytes));
    }

    void flush() {
        if (used_ > 0) out_.append(std::string_view(buffer_.data(), used_));
        used_ = 0;
    }

  private:
    static constexpr std::size_t kBufferBytes = 1024;
    // What begins an argument, and what ends it.
    static constexpr std::size_t kHeaderRoom = 1 + kMaxInt64Digits + 4;
    static constexpr std::size_t kSmallArg = 256;
    static_assert(kSmallArg + kHeaderRoom <= kBufferBytes && kMaxRaw <= kBufferBytes);

    void reserve(std::size_t bytes) {
        if (bytes > buffer_.size() - used_) flush();
    }
    // These write at a place in the buffer, and return where they end.
    static char* copy(char* at, std::string_view bytes) { return at + bytes.copy(at, bytes.size()); }
    static char* line_end(char* at) {
        *at++ = '\r';
        *at++ = '\n';
        return at;
    }
    static char* header(char* at, char type, std::uint64_t number) {
        *at++ = type;
        if (number < 10) {
            *at++ = static_cast<char>('0' + number);
        } else {
            at += format_int64(static_cast<std::int64_t>(number), at);
        }
        return line_end(at);
    }
    char* free() { return buffer_.data() + used_; }
    void use_up_to(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.data()); }

    Out& out_;
    std::size_t used_ = 0;
    std::array<char, kBufferBytes> buffer_;  // Up to used_.
};

}  // namespace pongo
