// Streams: entries with ids that ascend, and the groups of consumers that read them. A stream stays when its
// last entry goes.
//
// Thread rule: under the lock of the key's shard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "values/heap_value.h"
#include "values/payload.h"
#include "values/stream_group.h"
#include "values/stream_log.h"

namespace pongo {

class StreamValue : public HeapValue {
  public:
    // In the order of their names.
    using Groups = std::map<std::string, std::unique_ptr<StreamGroup>, std::less<>>;

    StreamLog log;
    Groups groups;

    // nullptr if there is none of that name.
    StreamGroup* group(std::string_view name) const;
    // nullptr if there is one of that name already.
    StreamGroup* add_group(std::string_view name, StreamId last_id, std::optional<std::int64_t> entries_read);
    // How many entries the group has not read yet; nothing if nobody can tell.
    std::optional<std::int64_t> lag(const StreamGroup& group) const;

    std::unique_ptr<HeapValue> copy() const override;
    bool empty() const override { return false; }
    std::size_t memory() const override;
    std::size_t allocations() const override;
};

// A stream where it is kept: whoever may change the entry may change the value.
class Stream {
  public:
    static constexpr Type kType = Type::Stream;

    explicit Stream(const Payload& payload) : value_(static_cast<StreamValue*>(&heap_value(payload))) {}
    static Payload empty() {
        return heap_payload(Type::Stream, Encoding::Stream, std::make_unique<StreamValue>());
    }

    StreamValue& operator*() const { return *value_; }
    StreamValue* operator->() const { return value_; }

  private:
    StreamValue* value_;
};

}  // namespace pongo
