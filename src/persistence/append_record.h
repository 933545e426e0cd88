// Units as the append-only file has them: commands as clients send them, in the order in which they happened.
//
//   #TS:1628217470           with annotations: when the second has changed since the last one
//   SELECT 3                 if the database is another one than that of the command before
//   MULTI                    if there is more than one command
//   SET key value ...
//   SELECT 5                 likewise, for one of the others
//   ...
//   EXEC
//
// A file that ends anywhere, because the machine did, so holds units from the first to some other one, and
// of that a part that a reader can tell to be a part. Redis's files have their SELECTs in the same places.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "effects/effect.h"

namespace pongo {

class AppendEncoder {
  public:
    // What follows is the beginning of a file: no database is selected yet, and no second noted.
    void begin_file() { *this = AppendEncoder(); }

    // Appends the commands of a unit that are for the append-only file. With a time, of seconds of Unix time,
    // there are annotations (aof-timestamp-enabled). False if the unit has no such command: then `out` is as
    // it was.
    bool append(const Unit& unit, std::optional<std::int64_t> unix_s, std::string& out);

  private:
    std::optional<int> db_;  // That of the last command.
    std::int64_t annotated_s_ = 0;
};

}  // namespace pongo
