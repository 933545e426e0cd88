#include "persistence/append_record.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/numbers.h"
#include "resp/command_writer.h"

namespace pongo {
namespace {

using Writer = CommandWriter<std::string>;

constexpr std::string_view kMulti = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view kExec = "*1\r\n$4\r\nEXEC\r\n";

bool is_for_file(const PropagatedCommand& command) {
    return (static_cast<unsigned>(command.to) & static_cast<unsigned>(PropagateTo::AppendOnlyFile)) != 0;
}

void write_annotation(Writer& writer, std::int64_t unix_s) {
    char line[kMaxInt64Digits + 6] = "#TS:";
    char* end = line + 4;
    end += format_int64(unix_s, end);
    *end++ = '\r';
    *end++ = '\n';
    writer.raw({line, end});
}

void write_select(Writer& writer, int db) {
    writer.begin(2);
    writer.arg("SELECT");
    writer.arg(db);
}

void write_command(Writer& writer, const std::vector<std::string>& args) {
    writer.begin(args.size());
    for (const std::string& arg : args) writer.arg(std::string_view(arg));
}

}  // namespace

bool AppendEncoder::append(const Unit& unit, std::optional<std::int64_t> unix_s, std::string& out) {
    const auto commands = std::count_if(unit.commands.begin(), unit.commands.end(), is_for_file);
    if (commands == 0) return false;
    Writer writer(out);
    // A clock that was put back is not followed: whoever cuts the file at a time wants seconds that ascend.
    if (unix_s && *unix_s > annotated_s_) write_annotation(writer, annotated_s_ = *unix_s);
    bool opens = commands > 1;
    for (const PropagatedCommand& command : unit.commands) {
        if (!is_for_file(command)) continue;
        if (db_ != command.db) write_select(writer, *(db_ = command.db));
        if (std::exchange(opens, false)) writer.raw(kMulti);
        write_command(writer, command.args);
    }
    if (commands > 1) writer.raw(kExec);
    return true;
}

}  // namespace pongo
