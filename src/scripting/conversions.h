// What crosses the border between commands and scripts: replies become Lua values, Lua values replies.
// (The tables of both: https://redis.io/docs/interact/programmability/lua-api/#data-type-conversion)
//
// Thread rule: that of the Lua state. All of it may raise Lua errors.
#pragma once

#include <string_view>

#include "lua/lua.h"
#include "resp/reply_writer.h"

namespace pongo {

// Pushes the value of a reply that our own ReplyWriter has written. An error becomes a table with the field
// err, and a mark that it is in the statistics already.
void push_reply(lua_State* lua, std::string_view reply);

// Pushes the table of an error. `message` begins with "-" and its code, or has no code: then it gets "ERR".
void push_error(lua_State* lua, std::string_view message);
// The same for one that is in the statistics already.
void push_counted_error(lua_State* lua, std::string_view message);

// Where the values of a script go.
class ScriptReply {
  public:
    // `protocol` is what the script has chosen with redis.setresp().
    ScriptReply(ReplyWriter& writer, Protocol protocol) : writer_(writer), protocol_(protocol) {}
    virtual ~ScriptReply() = default;

    // Writes the value on top of the stack, and pops it.
    void write(lua_State* lua);

  protected:
    // An error in the reply, with its code.
    virtual void error(std::string_view message, bool counted) = 0;
    ReplyWriter& writer() { return writer_; }

  private:
    void write_table(lua_State* lua);
    bool write_special(lua_State* lua);
    void write_map(lua_State* lua);
    void write_set(lua_State* lua);
    bool write_verbatim(lua_State* lua);
    void write_array(lua_State* lua);

    ReplyWriter& writer_;
    Protocol protocol_;
};

}  // namespace pongo
