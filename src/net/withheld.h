// How many of a connection's pending bytes may not be sent yet, as they tell of what is not on disk.
//
// It knows two parts: the one that is to come next, whose position of the log is settled, and all that came
// after it. So whoever gets replies without a pause gets them with each sync of the log, or with every second
// one, and no list grows with them.
//
// Thread rule: its connection's reactor.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pongo {

class Withheld {
  public:
    // So many more bytes, until the log is synced up to there: see LogProgress.
    void add(std::size_t bytes, std::uint64_t until) {
        const bool comes_next = rest_.bytes == 0 && (next_.bytes == 0 || until <= next_.until);
        Part& part = comes_next ? next_ : rest_;
        part.bytes += bytes;
        part.until = std::max(part.until, until);
    }
    // The log has come that far. False if nothing may be sent that might not before.
    bool release(std::uint64_t synced) {
        const std::size_t before = bytes();
        while (next_.bytes > 0 && next_.until <= synced) next_ = std::exchange(rest_, {});
        return bytes() < before;
    }
    std::size_t bytes() const { return next_.bytes + rest_.bytes; }
    bool empty() const { return bytes() == 0; }

  private:
    struct Part {
        std::size_t bytes = 0;
        std::uint64_t until = 0;
    };
    Part next_;
    Part rest_;
};

}  // namespace pongo
