#include "engine/call.h"

#include "engine/executor.h"
#include "values/string.h"

namespace pongo {

Call::Call(Executor& call_executor, Engine& call_engine, Session& call_session, const Command& call_command,
           Request& request, AccessContext& context, ReplyBuffer& replies, ReplyBuffer& dropped)
    : executor_(call_executor),
      engine_(call_engine),
      session_(call_session),
      command_(call_command),
      request_(request),
      context_(context),
      replies_(replies),
      dropped_(dropped),
      start_(replies.mark()),
      reply_(replies, call_session.protocol),
      keys_(context, call_session.db),
      changes_before_(context.counters.changes.get()),
      commands_before_(context.unit.commands.size()) {}

ReplyWriter Call::pushes() const {
    return ReplyWriter(executor_.pushes(), session_.protocol);
}

Payload Call::string_payload(std::size_t index) {
    for (Request::Big& big : request_.big) {
        // The request keeps its reference: until it is done, its arguments may still be told to others, also
        // when the key has got another value meanwhile.
        if (big.index == index && big.blob->unique()) return String::encode(BlobRef(big.blob));
    }
    return String::encode(request_.args[index]);
}

void Call::fail(std::string_view error) {
    if (failed_) return;
    count_error(error);
    fail_counted(error);
}

void Call::fail_counted(std::string_view error) {
    if (failed_) return;
    failed_ = true;
    replies_.cut_back(start_);
    reply_.error(error);
    dropped_.clear();
    reply_ = ReplyWriter(dropped_, reply_.protocol());
}

void Call::count_error(std::string_view error) {
    engine_.errors().add(error);
    context_.counters.error_replies.add();
}

void Call::fail_arity() {
    fail("ERR wrong number of arguments for '" + command_.name + "' command");
}

void Call::remove_and_tell(WriteEntry& entry, Keyspace::Free how) {
    entry.remove("del", EventClass::Generic, how);
    propagate_as({removal_command(how), entry.key()});
}

void Call::propagate_as(std::initializer_list<std::string_view> args) {
    propagate_as(std::span(args.begin(), args.size()));
}

void Call::propagate_as(std::span<const std::string_view> args) {
    propagation_decided_ = true;
    if (!propagating()) return;
    context_.unit.commands.push_back({keys_.db(), {args.begin(), args.end()}});
}

void Call::wait_for(std::span<const std::string_view> keys, Type type, std::int64_t timeout_ms,
                    WouldFind would_find, Replacements replacements) {
    if (session_.must_not_block) return reply_.null_array();
    wait_ = Wait{.type = type,
                 .keys = {keys.begin(), keys.end()},
                 .timeout_ms = timeout_ms,
                 .would_find = std::move(would_find),
                 .replacements = std::move(replacements)};
}

void Call::wait_for(Wait&& wait) {
    wait_ = std::move(wait);
}

void Call::finish() {
    const bool changed = context_.counters.changes.get() != changes_before_;
    if (changed && !propagation_decided_ && propagating()) {
        context_.unit.commands.push_back({keys_.db(), {request_.args.begin(), request_.args.end()}});
    }
}

}  // namespace pongo
