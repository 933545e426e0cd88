// What FUNCTION DUMP returns and FUNCTION RESTORE takes: the sources of libraries, each behind a byte that
// says what it is, sealed as what DUMP returns.
//
// Thread rule: pure.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/blob.h"
#include "persistence/compression.h"

namespace pongo {

BlobRef functions_payload(std::span<const std::string_view> sources, Compression compression);

// Calls visit(source) for each of them, until it returns an error. Returns what is wrong, as Redis says it,
// without a code; empty if all is well.
std::string read_functions_payload(std::string_view payload,
                                   const std::function<std::string(std::string_view)>& visit);

}  // namespace pongo
