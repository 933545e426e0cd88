// Reads a command's arguments from left to right. The first thing wrong fails the call with Redis's error;
// from then on every read gives a harmless value, so a handler checks call.failed() once, after reading.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/escape.h"
#include "base/numbers.h"
#include "engine/call.h"

namespace pongo {

class Args {
  public:
    Args(Call& call, std::size_t first) : call_(call), next_(first) {}

    bool more() const { return !call_.failed() && next_ < call_.argc(); }
    std::size_t left() const { return call_.argc() - next_; }
    std::size_t position() const { return next_; }

    // The next argument; a syntax error if there is none.
    std::string_view next() {
        if (next_ < call_.argc()) return call_.arg(next_++);
        call_.fail_syntax();
        return {};
    }
    // The next `count`; a syntax error if there are fewer.
    std::span<const std::string_view> take(std::size_t count) {
        if (call_.failed() || count > left()) {
            call_.fail_syntax();
            return {};
        }
        next_ += count;
        return call_.args().subspan(next_ - count, count);
    }
    std::string_view peek() const { return call_.arg(next_); }
    // Takes the next argument if it is this word, in any case.
    bool accept(std::string_view word) {
        if (!more() || !equals_ignore_case(call_.arg(next_), word)) return false;
        ++next_;
        return true;
    }
    // The same, if at least `operands` arguments follow it.
    bool accept(std::string_view word, std::size_t operands) {
        return more() && left() > operands && accept(word);
    }

    std::int64_t integer(std::string_view error = errors::kNotInteger) {
        const std::string_view text = next();
        if (call_.failed()) return 0;
        if (const auto value = parse_int64(text)) return *value;
        call_.fail(error);
        return 0;
    }
    std::int64_t integer_between(std::int64_t low, std::int64_t high, std::string_view error) {
        const std::int64_t value = integer();
        if (call_.failed() || (value >= low && value <= high)) return value;
        call_.fail(error);
        return low;
    }
    // One error for what is too small and for what is no integer.
    std::int64_t at_least(std::int64_t low, std::string_view error) {
        const std::int64_t value = integer(error);
        if (call_.failed() || value >= low) return value;
        call_.fail(error);
        return low;
    }
    // Says that the rest cannot be understood.
    void reject() { call_.fail_syntax(); }

  private:
    Call& call_;
    std::size_t next_;
};

}  // namespace pongo
