// The name that a client gives its connection: by CLIENT SETNAME or HELLO.
#pragma once

#include <string>
#include <string_view>

#include "engine/call.h"

namespace pongo {

// Such a text stands as one word in CLIENT LIST: printable ASCII without spaces.
inline bool is_plain_word(std::string_view text) {
    for (const char c : text) {
        if (c < '!' || c > '~') return false;
    }
    return true;
}

// An empty name takes the name away. Fails the call if the name is not a plain word.
inline void set_client_name(Call& call, std::string_view name) {
    if (!is_plain_word(name)) {
        return call.fail("ERR Client names cannot contain spaces, newlines or special characters.");
    }
    call.session().change_texts([&](Session::Texts& texts) { texts.name = name; });
}

}  // namespace pongo
