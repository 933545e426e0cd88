#include <optional>
#include <vector>

#include "lua/json_lexer.h"

namespace pongo {
namespace {

using Type = JsonTokenType;

// What complaints call a token; in the order of JsonTokenType.
constexpr const char* kNames[] = {"T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END",
                                  "T_STRING",    "T_NUMBER",  "T_BOOLEAN",   "T_NULL",
                                  "T_COLON",     "T_COMMA",   "T_END"};

// The tables around the value that is read next are on the stack, each followed by the key of the member that
// is being read if it is an object. They may be nested as deep as the stack of Lua and the options let them;
// that of this thread does not grow with it.
class Decoder {
  public:
    Decoder(lua_State* lua, const JsonOptions& options, std::string_view text)
        : lua_(lua), options_(options), lexer_(lua, options, text) {}

    void run() {
        std::optional<JsonToken> token = lexer_.next();
        while (token) {
            if (const std::optional<JsonToken> first = push_or_open(*token)) {
                token = first;
                continue;
            }
            token = next_member();
        }
        expect(Type::End, "the end", lexer_.next());
    }

  private:
    // A table that is being filled.
    struct Open {
        bool array;
        int index;
    };

    // Pushes the value of a token. If it is a table with members, returns the token of the first.
    std::optional<JsonToken> push_or_open(const JsonToken& token) {
        switch (token.type) {
            case Type::String:
                lua_pushlstring(lua_, token.text.data(), token.text.size());
                break;
            case Type::Number:
                lua_pushnumber(lua_, token.number);
                break;
            case Type::Boolean:
                lua_pushboolean(lua_, token.boolean ? 1 : 0);
                break;
            case Type::Null:
                lua_pushlightuserdata(lua_, nullptr);
                break;
            case Type::ArrayBegin:
                return open_array(token);
            case Type::ObjectBegin:
                return open_object(token);
            default:
                refuse("value", token);
        }
        return std::nullopt;
    }

    std::optional<JsonToken> open_array(const JsonToken& begin) {
        descend(begin, 2);
        lua_newtable(lua_);
        const JsonToken first = lexer_.next();
        if (first.type == Type::ArrayEnd) return std::nullopt;
        open_.push_back({.array = true, .index = 1});
        return first;
    }

    std::optional<JsonToken> open_object(const JsonToken& begin) {
        descend(begin, 3);
        lua_newtable(lua_);
        const JsonToken first = lexer_.next();
        if (first.type == Type::ObjectEnd) return std::nullopt;
        open_.push_back({.array = false, .index = 0});
        return push_key(first);
    }

    void descend(const JsonToken& begin, int slots) {
        // An int: the stack is full long before.
        const int depth = static_cast<int>(open_.size()) + 1;
        if (depth > options_.decode_depth || lua_checkstack(lua_, slots) == 0)
            luaL_error(lua_, "Found too many nested data structures (%d) at character %d", depth,
                       static_cast<int>(begin.offset + 1));
    }

    // Returns the token of the member's value.
    JsonToken push_key(const JsonToken& key) {
        expect(Type::String, "object key string", key);
        lua_pushlstring(lua_, key.text.data(), key.text.size());
        expect(Type::Colon, "colon", lexer_.next());
        return lexer_.next();
    }

    // Puts the value at the top of the stack into its table, and those that are complete with it into theirs.
    // Returns the token of the next member's value, or nothing if the outermost value is complete.
    std::optional<JsonToken> next_member() {
        while (!open_.empty()) {
            Open& table = open_.back();
            if (table.array) {
                lua_rawseti(lua_, -2, table.index++);
            } else {
                lua_rawset(lua_, -3);
            }
            const JsonToken after = lexer_.next();
            if (after.type == Type::Comma) {
                const JsonToken next = lexer_.next();
                return table.array ? next : push_key(next);
            }
            if (table.array) {
                expect(Type::ArrayEnd, "comma or array end", after);
            } else {
                expect(Type::ObjectEnd, "comma or object end", after);
            }
            open_.pop_back();
        }
        return std::nullopt;
    }

    void expect(Type type, const char* expected, const JsonToken& token) {
        if (token.type != type) refuse(expected, token);
    }

    void refuse(const char* expected, const JsonToken& token) {
        // The text of an error is a literal.
        const char* const found =
            token.type == Type::Error ? token.text.data() : kNames[static_cast<int>(token.type)];
        luaL_error(lua_, "Expected %s but found %s at character %d", expected, found,
                   static_cast<int>(token.offset + 1));
    }

    lua_State* lua_;
    const JsonOptions& options_;
    JsonLexer lexer_;
    std::vector<Open> open_;
};

}  // namespace

void decode_json(lua_State* lua, const JsonOptions& options, std::string_view text) {
    // A zero among the first two bytes is taken for a wider encoding of Unicode.
    if (text.size() >= 2 && (text[0] == '\0' || text[1] == '\0'))
        luaL_error(lua, "JSON parser does not support UTF-16 or UTF-32");
    Decoder(lua, options, text).run();
}

}  // namespace pongo
