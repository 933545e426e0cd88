#include "cli/runner.h"

#include <cstdio>
#include <thread>

#include "cli/cli_error.h"
#include "cli/command_facts.h"
#include "cli/reply_format.h"

namespace pongo::cli {
namespace {

void write_out(const std::string& text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (!written || std::fflush(stdout) != 0) throw CliError("Error: standard output is closed");
}

/// A text for people mostly has its newline already.
std::string with_newline(std::string text) {
    if (!text.ends_with('\n')) text += '\n';
    return text;
}

/// In RESP3 the answer to UNSUBSCRIBE and its like has the form of a push.
bool is_answered_by_pushes(const Words& words) {
    return streams(words) || same_word(words.front(), "UNSUBSCRIBE") ||
           same_word(words.front(), "PUNSUBSCRIBE") || same_word(words.front(), "SUNSUBSCRIBE");
}

}  // namespace

Runner::Runner(Client& client, const Options& options, OutputForm form)
    : client_(client), options_(options), form_(form) {}

void Runner::run(const Words& words, long times, const InterruptWatch* watch) {
    const Words request = to_redis_syntax(words);
    for (long i = 0; times < 0 || i < times; ++i) {
        if (i > 0) std::this_thread::sleep_for(options_.interval);
        run_once(request, watch);
    }
}

void Runner::run_once(const Words& words, const InterruptWatch* watch) try {
    client_.send(words);
    for (std::size_t i = 0; i < reply_count(words); ++i) {
        const Reply reply = receive_answer(words, watch);
        if (reply.is_error() && options_.fail_on_error_reply) throw CliError(reply.text);
        print(reply, replies_with_text(words));
        client_.learn(words, reply);
        if (streams(words) && !reply.is_error() && reply.text != "QUEUED") print_stream(watch);
    }
} catch (const ConnectionLost&) {
    if (!ends_the_server(words)) throw;
}

Reply Runner::receive_answer(const Words& words, const InterruptWatch* watch) {
    while (true) {
        Reply reply = client_.receive(watch);
        if (reply.kind != Reply::Kind::Push || is_answered_by_pushes(words)) return reply;
        if (form_ == OutputForm::ForPeople) print(reply, false);
    }
}

void Runner::print_stream(const InterruptWatch* watch) {
    if (form_ == OutputForm::ForPeople) write_out("Listening until Ctrl-C ...\n");
    while (true) print(client_.receive(watch), false);
}

void Runner::print(const Reply& reply, bool as_text) const {
    const bool is_text = reply.kind == Reply::Kind::Bulk || reply.kind == Reply::Kind::Verbatim;
    if (as_text && (is_text || form_ == OutputForm::Raw)) {
        write_out(with_newline(format_raw(reply, options_.element_delimiter)));
    } else if (form_ == OutputForm::Raw) {
        write_out(format_raw(reply, options_.element_delimiter) + options_.reply_delimiter);
    } else {
        write_out(format_for_people(reply));
    }
}

}  // namespace pongo::cli
