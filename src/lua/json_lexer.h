// JSON's text to tokens, with the leniencies of lua-cjson: a zero byte ends the text, strings may hold
// control characters and invalid UTF-8, and numbers are what strtod() reads. Thread rule: that of the state.
#pragma once

#include <cstdint>
#include <string_view>

#include "lua/json_format.h"
#include "lua/script_buffer.h"

namespace pongo {

enum class JsonTokenType : std::uint8_t {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    String,
    Number,
    Boolean,
    Null,
    Colon,
    Comma,
    End,
    Error
};

struct JsonToken {
    JsonTokenType type = JsonTokenType::End;
    // Where it begins, from 0; of an error, what is wrong.
    std::size_t offset = 0;
    bool boolean = false;
    double number = 0;
    // Of a string, its value, which holds until the next token; of an error, its description.
    std::string_view text;
};

class JsonLexer {
  public:
    // The text stays where it is and is followed by a zero.
    JsonLexer(lua_State* lua, const JsonOptions& options, std::string_view text)
        : options_(options), text_(text), decoded_(lua), steps_(lua) {}

    JsonToken next();

  private:
    // 0 where the text has ended.
    char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
    JsonToken token(JsonTokenType type, std::size_t size);
    static JsonToken error(std::string_view what, std::size_t offset);
    JsonToken word_or_number();
    JsonToken number();
    bool is_invalid_number() const;
    JsonToken string();
    // The escape at next_, whose value goes to decoded_; null, or what is wrong with it.
    const char* escape();
    bool unicode_escape();
    // The four digits after \u; negative if they are none.
    int code_unit(std::size_t escape_at) const;
    void append_utf8(std::uint32_t code_point);

    const JsonOptions& options_;
    std::string_view text_;
    std::size_t next_ = 0;
    ScriptBuffer decoded_;
    Steps steps_;
};

}  // namespace pongo
