#include <algorithm>
#include <string>

#include "commands/string_handlers.h"
#include "engine/args.h"
#include "values/lcs.h"

namespace pongo::strings {
namespace {

constexpr std::string_view kNotStrings = "ERR The specified keys must contain string values";
constexpr std::string_view kLengthAndIndexes =
    "ERR If you want both the length and indexes, please just use IDX.";
constexpr std::string_view kTooLong = "ERR String too long for LCS";
constexpr std::string_view kOverLimit =
    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
constexpr std::string_view kOutOfMemory =
    "ERR Insufficient memory, failed allocating transient memory for LCS";

constexpr std::uint64_t kMaxSize = UINT32_MAX - 1;
// What the table would take with Redis, which is what the limit is applied to.
constexpr std::uint64_t kBytesPerCell = 4;

struct LcsOptions {
    bool indexes = false;
    bool length_only = false;
    bool with_match_sizes = false;
    std::int64_t min_match_size = 0;
};

LcsOptions read_options(Call& call) {
    LcsOptions options;
    Args args(call, 3);
    while (args.more()) {
        if (args.accept("IDX")) {
            options.indexes = true;
        } else if (args.accept("LEN")) {
            options.length_only = true;
        } else if (args.accept("WITHMATCHLEN")) {
            options.with_match_sizes = true;
        } else if (args.accept("MINMATCHLEN", 1)) {
            options.min_match_size = std::max<std::int64_t>(args.integer(), 0);
        } else {
            args.reject();
        }
    }
    if (options.indexes && options.length_only) call.fail(kLengthAndIndexes);
    return options;
}

// A missing key counts as an empty string.
std::optional<String> operand(Call& call, std::size_t index) {
    const Entry* entry = call.keys().find(call.arg(index));
    if (!entry) return std::optional<String>(std::in_place, Payload{});
    if (entry->type() == Type::String) return std::optional<String>(std::in_place, entry->payload());
    call.fail(kNotStrings);
    return std::nullopt;
}

void check_sizes(Call& call, std::uint64_t first, std::uint64_t second) {
    if (first >= kMaxSize || second >= kMaxSize) return call.fail(kTooLong);
    const auto limit = static_cast<std::uint64_t>(call.settings().proto_max_bulk_len.get());
    const std::uint64_t cells = (first + 1) * (second + 1);
    if (cells > UINT64_MAX / kBytesPerCell) return call.fail(kOutOfMemory);
    if (cells * kBytesPerCell > limit) call.fail(kOverLimit);
}

void reply_length(Call& call, std::string_view first, std::string_view second) {
    const auto length = lcs_length(first, second);
    if (!length) return call.fail(kOutOfMemory);
    call.reply().integer(static_cast<std::int64_t>(*length));
}

void reply_sequence(Call& call, std::string_view first, std::string_view second) {
    std::string sequence(std::min(first.size(), second.size()), '\0');
    std::size_t from = sequence.size();
    const auto length = visit_lcs(first, second, [&](const CommonRun& run) {
        from -= run.size;
        std::copy_n(first.begin() + static_cast<std::ptrdiff_t>(run.first_offset), run.size,
                    sequence.begin() + static_cast<std::ptrdiff_t>(from));
    });
    if (!length) return call.fail(kOutOfMemory);
    call.reply().bulk(std::string_view(sequence).substr(from));
}

void reply_range(ReplyWriter& reply, std::size_t offset, std::size_t size) {
    reply.array(2);
    reply.integer(static_cast<std::int64_t>(offset));
    reply.integer(static_cast<std::int64_t>(offset + size - 1));
}

void reply_indexes(Call& call, std::string_view first, std::string_view second, const LcsOptions& options) {
    ReplyWriter& reply = call.reply();
    reply.map(2);
    reply.bulk("matches");
    const auto matches = reply.begin_array();
    std::size_t count = 0;
    const auto length = visit_lcs(first, second, [&](const CommonRun& run) {
        const auto size = static_cast<std::int64_t>(run.size);
        if (size < options.min_match_size) return;
        reply.array(options.with_match_sizes ? 3 : 2);
        reply_range(reply, run.first_offset, run.size);
        reply_range(reply, run.second_offset, run.size);
        if (options.with_match_sizes) reply.integer(size);
        ++count;
    });
    if (!length) return call.fail(kOutOfMemory);
    reply.finish(matches, count);
    reply.bulk("len");
    reply.integer(static_cast<std::int64_t>(*length));
}

}  // namespace

void lcs(Call& call) {
    const auto first = operand(call, 1);
    const auto second = operand(call, 2);
    if (call.failed()) return;
    const LcsOptions options = read_options(call);
    if (!call.failed()) check_sizes(call, first->size(), second->size());
    if (call.failed()) return;

    if (options.indexes) {
        reply_indexes(call, first->view(), second->view(), options);
    } else if (options.length_only) {
        reply_length(call, first->view(), second->view());
    } else {
        reply_sequence(call, first->view(), second->view());
    }
}

}  // namespace pongo::strings
