#include "commands/expiry_options.h"

#include <string>

#include "base/clock.h"

namespace pongo {
namespace {

struct Word {
    std::string_view word;
    ExpiryForm form;
};
constexpr Word kWords[] = {
    {"EX", kExpireInSeconds},
    {"PX", kExpireInMilliseconds},
    {"EXAT", kExpireAtSeconds},
    {"PXAT", kExpireAtMilliseconds},
};

bool to_unix_ms(std::int64_t& time, ExpiryForm form, std::int64_t now_ms) {
    if (form.unit == ExpiryForm::TimeUnit::Seconds && __builtin_mul_overflow(time, kMsPerSecond, &time)) {
        return false;
    }
    return form.origin == ExpiryForm::Origin::Epoch || !__builtin_add_overflow(time, now_ms, &time);
}

}  // namespace

std::int64_t read_expiry(Call& call, std::string_view number, ExpiryForm form, BelowOne below_one) {
    const auto value = parse_int64(number);
    if (!value) {
        call.fail(errors::kNotInteger);
        return 0;
    }
    std::int64_t time = *value;
    if ((time < 1 && below_one == BelowOne::Refused) || !to_unix_ms(time, form, call.now_ms())) {
        call.fail("ERR invalid expire time in '" + call.command().name + "' command");
    }
    return time;
}

bool ExpiryOption::accept(Args& args) {
    for (const Word& candidate : kWords) {
        if (form_ && word_ != candidate.word) continue;
        if (!args.accept(candidate.word, 1)) continue;
        form_ = candidate.form;
        word_ = candidate.word;
        number_ = args.next();
        return true;
    }
    return false;
}

std::optional<std::int64_t> ExpiryOption::read(Call& call) const {
    if (!form_) return std::nullopt;
    const std::int64_t time_ms = read_expiry(call, number_, *form_);
    return call.failed() ? std::nullopt : std::optional(time_ms);
}

}  // namespace pongo
