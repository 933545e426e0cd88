// Whether long strings are compressed when they are written: the option rdbcompression.
#pragma once

namespace pongo {

enum class Compression : bool { Off, On };

}  // namespace pongo
