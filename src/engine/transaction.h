// What a client has queued since MULTI.
//
// Words: a transaction is *broken* once a command was refused while queueing: EXEC refuses to run it then. It
// has *lost* when a watched key was touched (see watches.h): EXEC replies null.
//
// Thread rule: the client's reactor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/command_table.h"
#include "resp/request_parser.h"

namespace pongo {

struct Transaction {
    struct Queued {
        const Command* command;
        Request request;  // With its own storage.
    };

    std::vector<Queued> queue = {};
    std::size_t bytes = 0;    // Of the arguments, roughly.
    std::uint32_t flags = 0;  // Of all commands in the queue.
    bool broken = false;

    // With those of its flags that count.
    void add(const Command& command, Request&& request, std::uint32_t its_flags) {
        request.own();
        for (const std::string_view arg : request.args) bytes += arg.size() + sizeof(arg);
        flags |= its_flags;
        queue.push_back({&command, std::move(request)});
    }
    bool is(CommandFlag flag) const { return (flags & flag) != 0; }
};

}  // namespace pongo
