#include "cli/reply_format.h"

#include "cli/words.h"

namespace pongo::cli {
namespace {

using Kind = Reply::Kind;

char number_mark(Kind kind) {
    switch (kind) {
        case Kind::Map:
            return '#';
        case Kind::Set:
            return '~';
        default:
            return ')';
    }
}

std::string empty_aggregate(Kind kind) {
    switch (kind) {
        case Kind::Map:
            return "(empty hash)";
        case Kind::Set:
            return "(empty set)";
        case Kind::Push:
            return "(empty push)";
        default:
            return "(empty array)";
    }
}

std::string boolean(const Reply& reply) {
    return reply.text == "t" ? "(true)" : "(false)";
}

/// Appends the form for people, without a newline at its end.
class PeopleFormat {
  public:
    explicit PeopleFormat(std::string& out) : out_(out) {}

    void append(const Reply& reply, std::size_t indent) {
        switch (reply.kind) {
            case Kind::Status:
            case Kind::Verbatim:
                out_ += reply.text;
                break;
            case Kind::Error:
                out_ += "(error) " + reply.text;
                break;
            case Kind::Integer:
                out_ += "(integer) " + reply.text;
                break;
            case Kind::Double:
                out_ += "(double) " + reply.text;
                break;
            case Kind::BigNumber:
                out_ += "(big number) " + reply.text;
                break;
            case Kind::Boolean:
                out_ += boolean(reply);
                break;
            case Kind::Bulk:
                out_ += quoted(reply.text);
                break;
            case Kind::Nil:
                out_ += "(nil)";
                break;
            case Kind::Array:
            case Kind::Map:
            case Kind::Set:
            case Kind::Push:
                append_aggregate(reply, indent);
                break;
        }
    }

  private:
    void append_aggregate(const Reply& reply, std::size_t indent) {
        if (reply.elements.empty()) {
            out_ += empty_aggregate(reply.kind);
            return;
        }
        const std::size_t parts = reply.kind == Kind::Map ? 2 : 1;
        const std::size_t width = std::to_string(reply.elements.size() / parts).size();
        const std::size_t inner_indent = indent + width + 2;
        for (std::size_t i = 0; i < reply.elements.size(); i += parts) {
            if (i > 0) out_.append(1, '\n').append(indent, ' ');
            const std::string number = std::to_string(i / parts + 1);
            out_.append(width - number.size(), ' ').append(number) += number_mark(reply.kind);
            out_ += ' ';
            append(reply.elements[i], inner_indent);
            if (parts == 2) {
                out_ += " => ";
                append_map_value(reply.elements[i + 1], inner_indent);
            }
        }
    }

    /// A nested value of more than one line starts on a line of its own.
    void append_map_value(const Reply& value, std::size_t indent) {
        const std::size_t start = out_.size();
        append(value, indent);
        if (!value.elements.empty() && out_.find('\n', start) != std::string::npos) {
            out_.insert(start, indent, ' ').insert(start, 1, '\n');
        }
    }

    std::string& out_;
};

void append_raw(std::string& out, const Reply& reply, std::string_view delimiter) {
    switch (reply.kind) {
        case Kind::Nil:
            return;
        case Kind::Boolean:
            out += boolean(reply);
            return;
        case Kind::Error:
            out.append(reply.text) += '\n';
            return;
        default:
            out += reply.text;
    }
    for (std::size_t i = 0; i < reply.elements.size(); ++i) {
        const bool is_map_value = reply.kind == Kind::Map && i % 2 == 1;
        if (i > 0) out += is_map_value ? " " : delimiter;
        append_raw(out, reply.elements[i], delimiter);
    }
}

}  // namespace

std::string format_for_people(const Reply& reply) {
    std::string out;
    PeopleFormat(out).append(reply, 0);
    return out += '\n';
}

std::string format_raw(const Reply& reply, std::string_view delimiter) {
    std::string out;
    append_raw(out, reply, delimiter);
    return out;
}

}  // namespace pongo::cli
