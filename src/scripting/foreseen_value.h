// What is known of a value before the script runs: see key_proof.h.
// Thread rule: plain data.
#pragma once

#include <cstdint>

namespace pongo {

struct ForeseenValue {
    enum class Kind : std::uint8_t {
        Harmless,      // None of what must not escape, nor anything that leads to it.
        Key,           // An element of KEYS, or nil.
        String,        // A constant of the function, of that index.
        Number,        // Likewise.
        Unpack,        // The function unpack.
        Iterate,       // The functions ipairs and pairs,
        KeysIterator,  // and the function that they return, for KEYS.
        Closure,       // The nested function of that index.
        // From the register of that index on there are values, of which only the script knows how many:
        OpenKeys,      // they are elements of KEYS,
        OpenHarmless,  // or harmless.
        // These must not escape:
        Keys,     // The table.
        Redis,    // The table.
        Call,     // redis.call or redis.pcall.
        Tainted,  // It may be one or another.
    };

    Kind kind = Kind::Harmless;
    std::uint32_t index = 0;

    bool operator==(const ForeseenValue&) const = default;

    bool is(Kind other) const { return kind == other; }
    bool must_not_escape() const { return kind >= Kind::Keys; }
    bool is_open() const { return kind == Kind::OpenKeys || kind == Kind::OpenHarmless; }
};

// What is known where it may be the one or the other.
inline ForeseenValue either(ForeseenValue a, ForeseenValue b) {
    if (a == b) return a;
    const bool tainted = a.must_not_escape() || b.must_not_escape();
    return {tainted ? ForeseenValue::Kind::Tainted : ForeseenValue::Kind::Harmless};
}

// What another function knows of it.
inline ForeseenValue outside(ForeseenValue value) {
    using Kind = ForeseenValue::Kind;
    const bool keeps_meaning = value.must_not_escape() || value.is(Kind::Key) || value.is(Kind::Unpack) ||
                               value.is(Kind::Iterate) || value.is(Kind::KeysIterator);
    return keeps_meaning ? value : ForeseenValue{};
}

}  // namespace pongo
