// Whether files end with the checksum of their bytes, and whether it is checked: the option rdbchecksum.
#pragma once

namespace pongo {

enum class Checksum : bool { Off, On };

}  // namespace pongo
