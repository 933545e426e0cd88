// Whether long strings are compressed when they are written: the option rdbcompression.
#pragma once

namespace pongo {

enum class Compression : unsigned char {
    Off,
    On,     // To the same bytes as Redis.
    Quick,  // To others of the same format, several times as fast for short ones: for files.
};

}  // namespace pongo
