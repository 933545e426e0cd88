// The handlers of the string commands. Their rows stand in strings.cpp, which says what each of them does.
#pragma once

#include "engine/call.h"
#include "values/string.h"

namespace pongo::strings {

// string_set.cpp: what gives keys a value.
void set(Call& call);
void setex(Call& call);
void psetex(Call& call);
void setnx(Call& call);
void getset(Call& call);
void mset(Call& call);
void msetnx(Call& call);

// string_counters.cpp
void incr(Call& call);
void decr(Call& call);
void incrby(Call& call);
void decrby(Call& call);
void incrbyfloat(Call& call);

// string_ranges.cpp: parts of a value.
void append(Call& call);
void getrange(Call& call);
void setrange(Call& call);
void strlen(Call& call);

// string_lcs.cpp
void lcs(Call& call);

// Replies with the value; a big one is sent from where it lives.
inline void reply_with(Call& call, const String& value) {
    if (BlobRef blob = value.shared()) {
        call.reply().bulk(std::move(blob));
    } else {
        call.reply().bulk(value.view());
    }
}

// Replies with the value of the key, or null. False if the call has failed.
inline bool reply_with_value_of(Call& call, std::string_view key) {
    const auto value = call.find<String>(key);
    if (value) {
        reply_with(call, *value);
    } else if (!call.failed()) {
        call.reply().null();
    }
    return !call.failed();
}

}  // namespace pongo::strings
