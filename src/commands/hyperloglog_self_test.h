#pragma once

#include <string>

namespace pongo {

// What PFSELFTEST does: whether HyperLogLogs count here as they should. Tells what is wrong; empty if nothing
// is. Takes some hundredths of a second.
std::string test_hyperloglogs();

}  // namespace pongo
