// The handlers of DEBUG's words; which words there are stands in debug.cpp. DEBUG's row takes all shards'
// locks for all of them.
#pragma once

#include "engine/call.h"

namespace pongo {

// Of keys: debug_keys.cpp.
void debug_digest(Call& call);
void debug_digest_value(Call& call);
void debug_htstats(Call& call);
void debug_htstats_key(Call& call);
void debug_listpack(Call& call);
void debug_object(Call& call);
void debug_populate(Call& call);
void debug_sdslen(Call& call);

// Of the data set as a whole: debug_data.cpp.
void debug_loadaof(Call& call);
void debug_reload(Call& call);

// Of the process: debug_process.cpp.
void debug_assert(Call& call);
void debug_client_eviction(Call& call);
void debug_jmap(Call& call);
void debug_leak(Call& call);
void debug_log(Call& call);
void debug_mallctl(Call& call);
void debug_mallctl_str(Call& call);
void debug_oom(Call& call);
void debug_panic(Call& call);
void debug_pause_cron(Call& call);
void debug_replybuffer(Call& call);
void debug_segfault(Call& call);
void debug_set_active_expire(Call& call);
void debug_sleep(Call& call);
void debug_structsize(Call& call);

}  // namespace pongo
