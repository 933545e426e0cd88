// The scripts of EVAL that the server knows, for all reactors. Each reactor compiles them for itself.
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "scripting/script.h"

namespace pongo {

class ScriptCache {
  public:
    // `sha` in lower case. Null if it is not known.
    std::shared_ptr<const Script> find(std::string_view sha) const;
    // The one that is there already stays, and is returned.
    std::shared_ptr<const Script> add(std::shared_ptr<const Script> script);
    void flush();

    // Another one after every flush(): whoever has kept something of the cache has to forget it.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
    std::size_t size() const;
    // What the sources take, in bytes, with what is around them.
    std::size_t memory() const;

  private:
    // The names are those in the scripts.
    using Scripts = std::unordered_map<std::string_view, std::shared_ptr<const Script>>;

    mutable std::mutex mutex_;
    Scripts scripts_;
    std::size_t source_bytes_ = 0;
    std::atomic<std::uint64_t> generation_{0};
};

}  // namespace pongo
