// A place for one value outside of any keyspace.
#pragma once

#include <string>

#include "values/value_holder.h"

namespace pongo {

class ValueInMemory : public ValueHolder {
  public:
    explicit ValueInMemory(const Payload& payload) { replace(payload); }
    ~ValueInMemory() override { drop(); }
    ValueInMemory(const ValueInMemory&) = delete;
    ValueInMemory& operator=(const ValueInMemory&) = delete;

    Payload payload() const override {
        Payload now = payload_;
        if (now.storage == Storage::Inline) now.bytes = bytes_;
        return now;
    }
    void replace(const Payload& payload) override {
        std::string bytes(payload.bytes);  // They may be those that are dropped.
        drop();
        payload_ = payload;
        bytes_ = std::move(bytes);
    }
    std::string_view view() const override { return bytes_; }
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) override {
        bytes_.replace(offset, erased, inserted, '\0');
        return bytes_.data();
    }

  private:
    void drop() {
        if (payload_.storage == Storage::Heap) release_heap(payload_);
    }

    Payload payload_;
    std::string bytes_;
};

}  // namespace pongo
