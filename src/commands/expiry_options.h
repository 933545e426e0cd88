// The ways in which commands say when a key shall expire: a number of seconds or milliseconds, from now or of
// Unix time.
//
// Thread rule: as the Call's, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/args.h"
#include "engine/call.h"

namespace pongo {

struct ExpiryForm {
    enum class TimeUnit : std::uint8_t { Seconds, Milliseconds };
    enum class Origin : std::uint8_t { Now, Epoch };

    TimeUnit unit = TimeUnit::Seconds;
    Origin origin = Origin::Now;
};

inline constexpr ExpiryForm kExpireInSeconds{ExpiryForm::TimeUnit::Seconds, ExpiryForm::Origin::Now};
inline constexpr ExpiryForm kExpireInMilliseconds{ExpiryForm::TimeUnit::Milliseconds,
                                                  ExpiryForm::Origin::Now};
inline constexpr ExpiryForm kExpireAtSeconds{ExpiryForm::TimeUnit::Seconds, ExpiryForm::Origin::Epoch};
inline constexpr ExpiryForm kExpireAtMilliseconds{ExpiryForm::TimeUnit::Milliseconds,
                                                  ExpiryForm::Origin::Epoch};

// Whether a number below 1 is an error (SET and its kin) or a time that has passed (EXPIRE and its kin).
enum class BelowOne : std::uint8_t { Refused, Allowed };

// The number as a time, in milliseconds of Unix time. Fails the call when it is not an integer, or when the
// time cannot be ("ERR invalid expire time in 'x' command"); the result means nothing then.
std::int64_t read_expiry(Call& call, std::string_view number, ExpiryForm form,
                         BelowOne below_one = BelowOne::Refused);

// The option EX, PX, EXAT or PXAT of a command, with its number not yet understood: some commands look for
// their key first.
class ExpiryOption {
  public:
    // Takes one of the words, and the number behind it. False if none comes next, or if another one of them
    // has been taken. Of the same word said twice, the second counts.
    bool accept(Args& args);

    explicit operator bool() const { return form_.has_value(); }
    bool is_absolute() const { return form_ && form_->origin == ExpiryForm::Origin::Epoch; }
    // In milliseconds of Unix time; nothing if the option was not given, or if its number fails the call.
    std::optional<std::int64_t> read(Call& call) const;

  private:
    std::optional<ExpiryForm> form_;
    std::string_view word_;
    std::string_view number_;
};

}  // namespace pongo
