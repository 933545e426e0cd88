#include "commands/client_tracking.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/escape.h"
#include "engine/args.h"

namespace pongo {
namespace {

constexpr std::string_view kRedirectsTwice = "ERR A client can only redirect to a single other client";
constexpr std::string_view kNobodyThere = "ERR The client ID you want redirect to does not exist";
constexpr std::string_view kPrefixAlone = "ERR PREFIX option requires BCAST mode to be enabled";
constexpr std::string_view kOtherBroadcast =
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling "
    "it "
    "with a different mode.";
constexpr std::string_view kBroadcastWithOpt = "ERR OPTIN and OPTOUT are not compatible with BCAST";
constexpr std::string_view kBothOpts = "ERR You can't specify both OPTIN mode and OPTOUT mode";
constexpr std::string_view kOtherOpt =
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling "
    "it "
    "with a different mode.";
constexpr std::string_view kCachingWithoutTracking =
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode "
    "enabled";
constexpr std::string_view kYesWithoutOptIn =
    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
constexpr std::string_view kNoWithoutOptOut =
    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";

struct Options {
    std::uint32_t flags = 0;
    std::uint64_t redirect = 0;
    std::vector<std::string_view> prefixes = {};

    bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
};

void redirect_argument(Call& call, Args& args, Options& options) {
    if (options.redirect != 0) return call.fail(kRedirectsTwice);
    const std::int64_t id = args.integer();
    if (call.failed()) return;
    options.redirect = static_cast<std::uint64_t>(id);
    const auto found = [](const Session&) {};
    if (!call.engine().clients().with(options.redirect, found)) call.fail(kNobodyThere);
}

Options tracking_options(Call& call) {
    Options options;
    Args args(call, 3);
    while (args.more()) {
        if (args.accept("REDIRECT", 1)) {
            redirect_argument(call, args, options);
        } else if (args.accept("BCAST")) {
            options.flags |= TrackingBroadcast;
        } else if (args.accept("OPTIN")) {
            options.flags |= TrackingOptIn;
        } else if (args.accept("OPTOUT")) {
            options.flags |= TrackingOptOut;
        } else if (args.accept("NOLOOP")) {
            options.flags |= TrackingNoLoop;
        } else if (args.accept("PREFIX", 1)) {
            options.prefixes.push_back(args.next());
        } else {
            args.reject();
        }
    }
    return options;
}

// With each other, and with how the client is tracked already.
void check_modes(Call& call, const Options& options) {
    const Tracker& now = call.session().tracker;
    const bool opts = options.has(TrackingOptIn | TrackingOptOut);
    const bool other_opt = (options.has(TrackingOptIn) && now.is(TrackingOptOut)) ||
                           (options.has(TrackingOptOut) && now.is(TrackingOptIn));
    if (!options.has(TrackingBroadcast) && !options.prefixes.empty()) return call.fail(kPrefixAlone);
    if (now.is(TrackingOn) && now.is(TrackingBroadcast) != options.has(TrackingBroadcast)) {
        return call.fail(kOtherBroadcast);
    }
    if (options.has(TrackingBroadcast) && opts) return call.fail(kBroadcastWithOpt);
    if (options.has(TrackingOptIn) && options.has(TrackingOptOut)) return call.fail(kBothOpts);
    if (other_opt) call.fail(kOtherOpt);
}

bool overlap(std::string_view a, std::string_view b) {
    return a.starts_with(b) || b.starts_with(a);
}

void refuse_prefix(Call& call, std::string_view prefix, std::string_view what, std::string_view other) {
    call.fail("ERR Prefix '" + std::string(until_nul(prefix)) + "' overlaps with " + std::string(what) +
              " prefix '" + std::string(until_nul(other)) +
              "'. Prefixes for a single client must not overlap.");
}

void check_prefixes(Call& call, const std::vector<std::string_view>& prefixes) {
    for (std::size_t i = 0; i < prefixes.size() && !call.failed(); ++i) {
        for (const std::string& existing : call.session().tracker.prefixes) {
            if (overlap(existing, prefixes[i])) refuse_prefix(call, prefixes[i], "an existing", existing);
        }
        for (std::size_t j = i + 1; j < prefixes.size(); ++j) {
            if (!overlap(prefixes[i], prefixes[j])) continue;
            refuse_prefix(call, prefixes[i], "another provided", prefixes[j]);
        }
    }
}

}  // namespace

void client_tracking(Call& call) {
    const Options options = tracking_options(call);
    Args status(call, 2);
    if (status.accept("OFF")) {
        call.engine().tracking().stop(call.session());
    } else if (status.accept("ON")) {
        check_modes(call, options);
        if (options.has(TrackingBroadcast)) check_prefixes(call, options.prefixes);
        if (call.failed()) return;
        call.engine().tracking().start(call.session(), options.flags, options.redirect, options.prefixes);
    } else {
        status.reject();
    }
    if (!call.failed()) call.reply().ok();
}

void client_caching(Call& call) {
    Tracker& tracker = call.session().tracker;
    if (!tracker.is(TrackingOn)) return call.fail(kCachingWithoutTracking);
    Args args(call, 2);
    if (args.accept("YES")) {
        if (!tracker.is(TrackingOptIn)) return call.fail(kYesWithoutOptIn);
    } else if (args.accept("NO")) {
        if (!tracker.is(TrackingOptOut)) return call.fail(kNoWithoutOptOut);
    } else {
        return args.reject();
    }
    tracker.set(TrackingCaching);
    call.reply().ok();
}

void client_getredir(Call& call) {
    const Tracker& tracker = call.session().tracker;
    const auto redirect = static_cast<std::int64_t>(tracker.redirect.get());
    call.reply().integer(tracker.is(TrackingOn) ? redirect : -1);
}

void client_trackinginfo(Call& call) {
    const Tracker& tracker = call.session().tracker;
    std::vector<std::string_view> flags{tracker.is(TrackingOn) ? "on" : "off"};
    if (tracker.is(TrackingBroadcast)) flags.push_back("bcast");
    if (tracker.is(TrackingOptIn)) flags.push_back("optin");
    if (tracker.is(TrackingOptIn) && tracker.is(TrackingCaching)) flags.push_back("caching-yes");
    if (tracker.is(TrackingOptOut)) flags.push_back("optout");
    if (tracker.is(TrackingOptOut) && tracker.is(TrackingCaching)) flags.push_back("caching-no");
    if (tracker.is(TrackingNoLoop)) flags.push_back("noloop");
    if (tracker.is(TrackingBrokenRedirect)) flags.push_back("broken_redirect");

    call.reply().map(3);
    call.reply().bulk("flags");
    call.reply().set(flags.size());
    for (const std::string_view flag : flags) call.reply().bulk(flag);
    call.reply().bulk("redirect");
    client_getredir(call);
    call.reply().bulk("prefixes");
    call.reply().array(tracker.prefixes.size());
    for (const std::string& prefix : tracker.prefixes) call.reply().bulk(prefix);
}

}  // namespace pongo
