#include "resp/reply_writer.h"

#include "base/numbers.h"
#include "resp/limits.h"

namespace pongo {

char* ReplyWriter::write_header(char* to, char type, std::int64_t value) {
    *to++ = type;
    if (value >= 0 && value < 10) {
        *to++ = static_cast<char>('0' + value);
    } else if (value >= 0 && value < 100) {
        *to++ = static_cast<char>('0' + value / 10);
        *to++ = static_cast<char>('0' + value % 10);
    } else {
        to += format_int64(value, to);
    }
    *to++ = '\r';
    *to++ = '\n';
    return to;
}

void ReplyWriter::line(char type, std::string_view text) {
    char* to = buffer_->room(text.size() + 3);
    *to = type;
    text.copy(to + 1, text.size());
    std::memcpy(to + 1 + text.size(), "\r\n", 2);
    buffer_->advance(text.size() + 3);
}

void ReplyWriter::error(std::string_view text) {
    // A line end would end the reply: Redis drops it from the end and puts spaces in its place elsewhere.
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
    const std::size_t start = buffer_->mark().bytes + 1;
    line('-', text);
    char* written = buffer_->room(0) - (buffer_->mark().bytes - start);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (written[i] == '\r' || written[i] == '\n') written[i] = ' ';
    }
}

void ReplyWriter::boolean(bool value) {
    if (protocol_ == Protocol::Resp3) {
        buffer_->append(value ? "#t\r\n" : "#f\r\n");
    } else {
        integer(value ? 1 : 0);
    }
}

void ReplyWriter::real(double value) {
    char digits[kMaxDoubleText];
    real(std::string_view(digits, format_double(value, digits)));
}

void ReplyWriter::fixed_real(double value) {
    char digits[kMaxFixedText];
    real(std::string_view(digits, format_double_human(value, digits)));
}

void ReplyWriter::real(std::string_view text) {
    if (protocol_ == Protocol::Resp3) {
        line(',', text);
    } else {
        bulk(text);
    }
}

void ReplyWriter::big_number(std::string_view digits) {
    if (protocol_ == Protocol::Resp3) {
        line('(', digits);
    } else {
        bulk(digits);
    }
}

void ReplyWriter::bulk(BlobRef blob, std::size_t offset, std::size_t size) {
    if (size < kSharedReplyBytes) return bulk(blob->view().substr(offset, size));
    number_line('$', static_cast<std::int64_t>(size));
    buffer_->append(std::move(blob), offset, size);
    buffer_->append("\r\n");
}

void ReplyWriter::bulk_integer(std::int64_t value) {
    char digits[kMaxInt64Digits];
    bulk({digits, format_int64(value, digits)});
}

void ReplyWriter::verbatim(std::string_view text, std::string_view format) {
    if (protocol_ != Protocol::Resp3) return bulk(text);
    number_line('=', static_cast<std::int64_t>(text.size() + 4));
    buffer_->append(format);
    buffer_->append(":");
    buffer_->append(text);
    buffer_->append("\r\n");
}

void ReplyWriter::aggregate(char resp3_type, std::size_t count, bool pairs) {
    if (protocol_ == Protocol::Resp3) {
        number_line(resp3_type, static_cast<std::int64_t>(count));
    } else {
        array(pairs ? count * 2 : count);
    }
}

void ReplyWriter::finish(const Deferred& deferred, std::size_t count) {
    char header[kHeaderRoom];
    const bool resp3 = protocol_ == Protocol::Resp3;
    const std::size_t elements = deferred.pairs && !resp3 ? count * 2 : count;
    const char* end = write_header(header, resp3 ? deferred.resp3_type : deferred.resp2_type,
                                   static_cast<std::int64_t>(elements));
    buffer_->insert(deferred.mark, {header, static_cast<std::size_t>(end - header)});
}

}  // namespace pongo
