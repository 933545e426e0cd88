// A value that no key holds (yet): one that is read from somewhere, or computed, before it is put in its
// place as a whole.
//
// Thread rule: one thread at a time.
#pragma once

#include <string>

#include "values/value_holder.h"

namespace pongo {

class DetachedValue : public ValueHolder {
  public:
    DetachedValue() = default;
    ~DetachedValue() override { drop(); }
    DetachedValue(const DetachedValue&) = delete;
    DetachedValue& operator=(const DetachedValue&) = delete;

    Payload payload() const override;
    void replace(const Payload& payload) override;
    std::string_view view() const override;
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) override;

    // Gives the value away, in a form that an entry can hold: whoever stores the payload takes over its
    // object. Its inline bytes are good until this changes.
    Payload release();

  private:
    void drop();

    Payload payload_;  // But for inline bytes: those are
    std::string bytes_;
};

}  // namespace pongo
