// The table of the configuration's options: everything that is known about each stands in its row, and
// nowhere else.
#include <vector>

#include "engine/config_option.h"
#include "engine/config_syntax.h"

namespace pongo {
namespace {

using S = Settings;

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kUintMax = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kMegabyte = 1 << 20;

// Types that many rows share.
constexpr Integer kCount{.min = 0, .max = kIntMax};
constexpr Integer kPositive{.min = 1, .max = kIntMax};
constexpr Integer kLongCount{};
constexpr Integer kPort{.min = 0, .max = 65535};
constexpr Integer kBytes{.unit = NumberUnit::Bytes};
constexpr Integer kMemoryShare{.unit = NumberUnit::BytesOrMemoryShare};

template <typename Enum>
constexpr Name name(std::string_view text, Enum value) {
    return {text, static_cast<int>(value)};
}

constexpr Name kLogLevels[] = {name("debug", LogLevel::Debug), name("verbose", LogLevel::Verbose),
                               name("notice", LogLevel::Notice), name("warning", LogLevel::Warning)};
constexpr Name kPolicies[] = {name("volatile-lru", MaxmemoryPolicy::VolatileLru),
                              name("volatile-lfu", MaxmemoryPolicy::VolatileLfu),
                              name("volatile-random", MaxmemoryPolicy::VolatileRandom),
                              name("volatile-ttl", MaxmemoryPolicy::VolatileTtl),
                              name("allkeys-lru", MaxmemoryPolicy::AllkeysLru),
                              name("allkeys-lfu", MaxmemoryPolicy::AllkeysLfu),
                              name("allkeys-random", MaxmemoryPolicy::AllkeysRandom),
                              name("noeviction", MaxmemoryPolicy::NoEviction)};
constexpr Name kFsyncs[] = {name("everysec", AppendFsync::EverySecond), name("always", AppendFsync::Always),
                            name("no", AppendFsync::No)};
constexpr Name kSupervisors[] = {name("upstart", Supervised::Upstart), name("systemd", Supervised::Systemd),
                                 name("auto", Supervised::Auto), name("no", Supervised::No)};
constexpr Name kFacilities[] = {
    name("user", SyslogFacility::User),     name("local0", SyslogFacility::Local0),
    name("local1", SyslogFacility::Local1), name("local2", SyslogFacility::Local2),
    name("local3", SyslogFacility::Local3), name("local4", SyslogFacility::Local4),
    name("local5", SyslogFacility::Local5), name("local6", SyslogFacility::Local6),
    name("local7", SyslogFacility::Local7)};
constexpr Name kWhoMay[] = {name("no", WhoMay::Nobody), name("yes", WhoMay::Everybody),
                            name("local", WhoMay::LocalClients)};
constexpr Name kDisklessLoads[] = {name("disabled", DisklessLoad::Disabled),
                                   name("on-empty-db", DisklessLoad::OnEmptyDb),
                                   name("swapdb", DisklessLoad::SwapDb)};
constexpr Name kSanitizings[] = {name("no", SanitizeDump::No), name("yes", SanitizeDump::Yes),
                                 name("clients", SanitizeDump::Clients)};
constexpr Name kOomScores[] = {name("no", OomScoreAdjust::No), name("yes", OomScoreAdjust::Relative),
                               name("relative", OomScoreAdjust::Relative),
                               name("absolute", OomScoreAdjust::Absolute)};
constexpr Name kPubsubDefaults[] = {name("allchannels", PubsubDefault::AllChannels),
                                    name("resetchannels", PubsubDefault::ResetChannels)};
constexpr Name kPropagationErrors[] = {name("ignore", PropagationError::Ignore),
                                       name("panic", PropagationError::Panic),
                                       name("panic-on-replicas", PropagationError::PanicOnReplicas)};
constexpr Name kEndpoints[] = {name("ip", EndpointType::Ip), name("hostname", EndpointType::Hostname),
                               name("unknown-endpoint", EndpointType::Unknown)};
constexpr Name kTlsAuths[] = {name("no", TlsAuthClients::No), name("yes", TlsAuthClients::Yes),
                              name("optional", TlsAuthClients::Optional)};
constexpr Name kShutdowns[] = {name("default", 0), name("save", kShutdownSave),
                               name("nosave", kShutdownNoSave), name("now", kShutdownNow),
                               name("force", kShutdownForce)};

// clang-format off
constexpr Option kOptions[] = {
    // Network.
    {.name = "bind", .type = Words{read_bind}, .initial = "* -::*", .place = &S::bind},
    {.name = "bind-source-addr", .type = Text{}, .initial = "", .place = &S::bind_source_address},
    {.name = "port", .type = kPort, .initial = "6379", .place = &S::port},
    {.name = "unixsocket", .type = Text{}, .initial = "", .place = &S::unixsocket, .flags = kImmutable},
    {.name = "unixsocketperm", .type = Integer{.min = 0, .max = 0777, .unit = NumberUnit::Octal}, .initial = "0",
     .place = &S::unixsocketperm, .flags = kImmutable},
    {.name = "tcp-backlog", .type = kCount, .initial = "511", .place = &S::tcp_backlog, .flags = kImmutable},
    {.name = "tcp-keepalive", .type = kCount, .initial = "300", .place = &S::tcp_keepalive_s},
    {.name = "timeout", .type = kCount, .initial = "0", .place = &S::timeout_s},
    {.name = "maxclients", .type = Integer{.min = 1, .max = kUintMax}, .initial = "10000",
     .place = &S::maxclients},
    {.name = "protected-mode", .type = YesNo{}, .initial = "yes", .place = &S::protected_mode},
    {.name = "socket-mark-id", .type = Integer{.min = 0, .max = kUintMax}, .initial = "0",
     .place = &S::socket_mark_id, .flags = kImmutable},
    {.name = "reactors", .alias = "io-threads", .type = Processors{.max = 128}, .initial = "auto",
     .place = &S::reactors, .flags = kImmutable},
    {.name = "io-threads-do-reads", .type = YesNo{}, .initial = "no", .flags = kImmutable},

    // Protocol.
    {.name = "requirepass", .type = Text{}, .initial = "", .place = &S::requirepass, .flags = kSensitive},
    {.name = "proto-max-bulk-len", .type = Integer{.min = kMegabyte, .unit = NumberUnit::Bytes}, .initial = "512mb",
     .place = &S::proto_max_bulk_len},
    {.name = "client-query-buffer-limit", .type = Integer{.min = kMegabyte, .unit = NumberUnit::Bytes},
     .initial = "1gb", .place = &S::client_query_buffer_limit},
    {.name = "client-reply-backlog-limit", .type = Integer{.min = 16 * 1024, .unit = NumberUnit::Bytes},
     .initial = "64mb", .place = &S::client_reply_backlog_limit},
    {.name = "client-output-buffer-limit", .type = Words{read_output_limits, output_limit_lines},
     .initial = "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60", .place = store_output_limits},
    {.name = "maxmemory-clients", .type = Integer{.unit = NumberUnit::BytesOrPercent}, .initial = "0",
     .place = &S::maxmemory_clients},

    // The process.
    {.name = "databases", .type = kPositive, .initial = "16", .place = &S::databases, .flags = kImmutable},
    {.name = "dir", .type = Text{}, .initial = "", .place = &S::dir, .flags = kProtected,
     .check = check_directory},
    {.name = "daemonize", .type = YesNo{}, .initial = "no", .place = &S::daemonize, .flags = kImmutable},
    {.name = "pidfile", .type = Text{}, .initial = "", .place = &S::pidfile, .flags = kImmutable},
    {.name = "supervised", .type = OneOf{kSupervisors}, .initial = "no", .place = &S::supervised,
     .flags = kImmutable},
    {.name = "always-show-logo", .type = YesNo{}, .initial = "no", .place = &S::always_show_logo,
     .flags = kImmutable},
    {.name = "set-proc-title", .type = YesNo{}, .initial = "yes", .place = &S::set_proc_title,
     .flags = kImmutable},
    {.name = "proc-title-template", .type = Text{}, .initial = "{title} {listen-addr} {server-mode}",
     .place = &S::proc_title_template, .check = check_title_template},
    {.name = "oom-score-adj", .type = OneOf{kOomScores}, .initial = "no", .place = &S::oom_score_adj},
    {.name = "oom-score-adj-values", .type = Words{read_oom_score_values}, .initial = "0 200 800",
     .place = &S::oom_score_adj_values},
    {.name = "disable-thp", .type = YesNo{}, .initial = "yes", .place = &S::disable_thp, .flags = kImmutable},
    {.name = "hz", .type = kCount, .initial = "10", .place = &S::hz, .check = check_hz},
    {.name = "dynamic-hz", .type = YesNo{}, .initial = "yes", .place = &S::dynamic_hz},
    {.name = "jemalloc-bg-thread", .type = YesNo{}, .initial = "yes", .place = &S::jemalloc_bg_thread},
    {.name = "shutdown-on-sigint", .type = SomeOf{kShutdowns}, .initial = "default",
     .place = &S::shutdown_on_sigint, .check = check_shutdown_options},
    {.name = "shutdown-on-sigterm", .type = SomeOf{kShutdowns}, .initial = "default",
     .place = &S::shutdown_on_sigterm, .check = check_shutdown_options},
    {.name = "shutdown-timeout", .type = kCount, .initial = "10", .place = &S::shutdown_timeout_s},
    {.name = "server_cpulist", .type = Text{}, .initial = "", .flags = kImmutable},
    {.name = "bio_cpulist", .type = Text{}, .initial = "", .flags = kImmutable},
    {.name = "aof_rewrite_cpulist", .type = Text{}, .initial = "", .flags = kImmutable},
    {.name = "bgsave_cpulist", .type = Text{}, .initial = "", .flags = kImmutable},
    {.name = "ignore-warnings", .type = Text{}, .initial = ""},
    {.name = "watchdog-period", .type = kCount, .initial = "0", .flags = kHidden},
    {.name = "use-exit-on-panic", .type = YesNo{}, .initial = "no", .flags = kHidden},

    // Log and statistics.
    {.name = "loglevel", .type = OneOf{kLogLevels}, .initial = "notice", .place = &S::loglevel},
    {.name = "logfile", .type = Text{}, .initial = "", .place = &S::logfile, .flags = kImmutable},
    {.name = "syslog-enabled", .type = YesNo{}, .initial = "no", .place = &S::syslog_enabled,
     .flags = kImmutable},
    {.name = "syslog-ident", .type = Text{}, .initial = "redis", .place = &S::syslog_ident,
     .flags = kImmutable},
    {.name = "syslog-facility", .type = OneOf{kFacilities}, .initial = "local0", .place = &S::syslog_facility,
     .flags = kImmutable},
    {.name = "crash-log-enabled", .type = YesNo{}, .initial = "yes", .place = &S::crash_log_enabled},
    {.name = "crash-memcheck-enabled", .type = YesNo{}, .initial = "yes"},
    {.name = "slowlog-log-slower-than", .type = Integer{.min = -1}, .initial = "10000",
     .place = &S::slowlog_log_slower_than_us},
    {.name = "slowlog-max-len", .type = kLongCount, .initial = "128", .place = &S::slowlog_max_len},
    {.name = "latency-monitor-threshold", .type = kLongCount, .initial = "0",
     .place = &S::latency_monitor_threshold_ms},
    {.name = "latency-tracking", .type = YesNo{}, .initial = "yes", .place = &S::latency_tracking},
    {.name = "latency-tracking-info-percentiles", .type = Words{read_percentiles}, .initial = "50 99 99.9",
     .place = &S::latency_tracking_info_percentiles},

    // Who may do what.
    {.name = "enable-debug-command", .type = OneOf{kWhoMay}, .initial = "no",
     .place = &S::enable_debug_command, .flags = kImmutable},
    {.name = "enable-module-command", .type = OneOf{kWhoMay}, .initial = "no",
     .place = &S::enable_module_command, .flags = kImmutable},
    {.name = "enable-protected-configs", .type = OneOf{kWhoMay}, .initial = "no",
     .place = &S::enable_protected_configs, .flags = kImmutable},
    {.name = "aclfile", .type = Text{}, .initial = "", .place = &S::aclfile, .flags = kImmutable},
    {.name = "acllog-max-len", .type = kLongCount, .initial = "128", .place = &S::acllog_max_len},
    {.name = "acl-pubsub-default", .type = OneOf{kPubsubDefaults}, .initial = "resetchannels",
     .place = &S::acl_pubsub_default},

    // Memory, expiry and eviction.
    {.name = "maxmemory", .type = kMemoryShare, .initial = "0", .place = &S::maxmemory},
    {.name = "maxmemory-rss", .type = kMemoryShare, .initial = "0", .place = &S::maxmemory_rss},
    {.name = "maxmemory-policy", .type = OneOf{kPolicies}, .initial = "noeviction",
     .place = &S::maxmemory_policy},
    {.name = "maxmemory-samples", .type = kPositive, .initial = "5", .place = &S::maxmemory_samples},
    {.name = "maxmemory-eviction-tenacity", .type = Integer{.min = 0, .max = 100}, .initial = "10",
     .place = &S::maxmemory_eviction_tenacity},
    {.name = "lfu-log-factor", .type = kCount, .initial = "10", .place = &S::lfu_log_factor},
    {.name = "lfu-decay-time", .type = kCount, .initial = "1", .place = &S::lfu_decay_time_min},
    {.name = "active-expire-effort", .type = Integer{.min = 1, .max = 10}, .initial = "1",
     .place = &S::active_expire_effort},
    {.name = "lazyfree-lazy-eviction", .type = YesNo{}, .initial = "no", .place = &S::lazyfree_lazy_eviction},
    {.name = "lazyfree-lazy-expire", .type = YesNo{}, .initial = "no", .place = &S::lazyfree_lazy_expire},
    {.name = "lazyfree-lazy-server-del", .type = YesNo{}, .initial = "no",
     .place = &S::lazyfree_lazy_server_del},
    {.name = "lazyfree-lazy-user-del", .type = YesNo{}, .initial = "no", .place = &S::lazyfree_lazy_user_del},
    {.name = "lazyfree-lazy-user-flush", .type = YesNo{}, .initial = "no",
     .place = &S::lazyfree_lazy_user_flush},
    {.name = "notify-keyspace-events", .type = Text{}, .initial = "", .place = store_key_events,
     .check = check_key_events, .shown = shown_key_events},
    {.name = "tracking-table-max-keys", .type = kLongCount, .initial = "1000000",
     .place = &S::tracking_table_max_keys},
    {.name = "activerehashing", .type = YesNo{}, .initial = "yes"},
    {.name = "activedefrag", .type = YesNo{}, .initial = "no"},
    {.name = "active-defrag-ignore-bytes", .type = Integer{.min = 1, .unit = NumberUnit::Bytes},
     .initial = "100mb"},
    {.name = "active-defrag-threshold-lower", .type = Integer{.min = 0, .max = 1000}, .initial = "10"},
    {.name = "active-defrag-threshold-upper", .type = Integer{.min = 0, .max = 1000}, .initial = "100"},
    {.name = "active-defrag-cycle-min", .type = Integer{.min = 1, .max = 99}, .initial = "1"},
    {.name = "active-defrag-cycle-max", .type = Integer{.min = 1, .max = 99}, .initial = "25"},
    {.name = "active-defrag-max-scan-fields", .type = Integer{.min = 1}, .initial = "1000"},

    // Encodings.
    {.name = "hash-max-listpack-entries", .alias = "hash-max-ziplist-entries", .type = kLongCount,
     .initial = "512", .place = &S::hash_max_listpack_entries},
    {.name = "hash-max-listpack-value", .alias = "hash-max-ziplist-value", .type = kBytes, .initial = "64",
     .place = &S::hash_max_listpack_value},
    {.name = "list-max-listpack-size", .alias = "list-max-ziplist-size",
     .type = Integer{.min = std::numeric_limits<std::int32_t>::min(), .max = kIntMax}, .initial = "-2",
     .place = &S::list_max_listpack_size},
    {.name = "list-compress-depth", .type = kCount, .initial = "0", .place = &S::list_compress_depth},
    {.name = "set-max-intset-entries", .type = kLongCount, .initial = "512",
     .place = &S::set_max_intset_entries},
    {.name = "zset-max-listpack-entries", .alias = "zset-max-ziplist-entries", .type = kLongCount,
     .initial = "128", .place = &S::zset_max_listpack_entries},
    {.name = "zset-max-listpack-value", .alias = "zset-max-ziplist-value", .type = kBytes, .initial = "64",
     .place = &S::zset_max_listpack_value},
    {.name = "stream-node-max-bytes", .type = kBytes, .initial = "4096", .place = &S::stream_node_max_bytes},
    {.name = "stream-node-max-entries", .type = kLongCount, .initial = "100",
     .place = &S::stream_node_max_entries},
    {.name = "hll-sparse-max-bytes", .type = kBytes, .initial = "3000", .place = &S::hll_sparse_max_bytes},

    // Scripts.
    {.name = "busy-reply-threshold", .alias = "lua-time-limit", .type = kLongCount, .initial = "5000",
     .place = &S::busy_reply_threshold_ms},
    {.name = "lua-enable-deprecated-api", .type = YesNo{}, .initial = "no", .flags = kImmutable | kHidden},

    // Append-only file.
    {.name = "appendonly", .type = YesNo{}, .initial = "no", .place = &S::appendonly},
    {.name = "appendfilename", .type = Text{}, .initial = "appendonly.aof", .place = &S::appendfilename,
     .flags = kImmutable, .check = check_appendfilename},
    {.name = "appenddirname", .type = Text{}, .initial = "appendonlydir", .place = &S::appenddirname,
     .flags = kImmutable, .check = check_appenddirname},
    {.name = "appendfsync", .type = OneOf{kFsyncs}, .initial = "everysec", .place = &S::appendfsync},
    {.name = "no-appendfsync-on-rewrite", .type = YesNo{}, .initial = "no",
     .place = &S::no_appendfsync_on_rewrite},
    {.name = "auto-aof-rewrite-percentage", .type = kCount, .initial = "100",
     .place = &S::auto_aof_rewrite_percentage},
    {.name = "auto-aof-rewrite-min-size", .type = kBytes, .initial = "64mb",
     .place = &S::auto_aof_rewrite_min_size},
    {.name = "aof-load-truncated", .type = YesNo{}, .initial = "yes", .place = &S::aof_load_truncated},
    {.name = "aof-use-rdb-preamble", .type = YesNo{}, .initial = "yes", .place = &S::aof_use_rdb_preamble},
    {.name = "aof-timestamp-enabled", .type = YesNo{}, .initial = "no", .place = &S::aof_timestamp_enabled},
    {.name = "aof-rewrite-incremental-fsync", .type = YesNo{}, .initial = "yes",
     .place = &S::aof_rewrite_incremental_fsync},
    {.name = "aof-disable-auto-gc", .type = YesNo{}, .initial = "no", .place = &S::aof_disable_auto_gc},

    // Snapshots.
    {.name = "save", .type = Words{read_save, save_lines, true}, .initial = "3600 1 300 100 60 10000",
     .place = &S::save},
    {.name = "dbfilename", .type = Text{}, .initial = "dump.rdb", .place = &S::dbfilename,
     .flags = kProtected, .check = check_dbfilename},
    {.name = "rdbcompression", .type = YesNo{}, .initial = "yes", .place = &S::rdbcompression},
    {.name = "rdbchecksum", .type = YesNo{}, .initial = "yes", .place = &S::rdbchecksum, .flags = kImmutable},
    {.name = "rdb-del-sync-files", .type = YesNo{}, .initial = "no", .place = &S::rdb_del_sync_files},
    {.name = "rdb-save-incremental-fsync", .type = YesNo{}, .initial = "yes",
     .place = &S::rdb_save_incremental_fsync},
    {.name = "stop-writes-on-bgsave-error", .type = YesNo{}, .initial = "yes",
     .place = &S::stop_writes_on_bgsave_error},
    {.name = "sanitize-dump-payload", .type = OneOf{kSanitizings}, .initial = "no",
     .place = &S::sanitize_dump_payload},
    {.name = "snapshot-kept-limit", .type = Integer{.min = kMegabyte, .unit = NumberUnit::Bytes}, .initial = "64mb",
     .place = &S::snapshot_kept_limit},
    {.name = "rdb-key-save-delay", .type = Integer{.min = -kIntMax - 1, .max = kIntMax}, .initial = "0",
     .place = &S::rdb_key_save_delay_us, .flags = kHidden},
    {.name = "key-load-delay", .type = Integer{.min = -kIntMax - 1, .max = kIntMax}, .initial = "0",
     .place = &S::key_load_delay_us, .flags = kHidden},
    {.name = "loading-process-events-interval-bytes", .type = Integer{.min = 1024, .max = kIntMax},
     .initial = "2097152", .flags = kHidden},

    // Replication.
    {.name = "replicaof", .alias = "slaveof", .type = Words{read_replicaof, replicaof_lines},
     .initial = "no one", .place = &S::replicaof, .flags = kImmutable},
    {.name = "masteruser", .type = Text{}, .initial = "", .place = &S::masteruser, .flags = kSensitive},
    {.name = "masterauth", .type = Text{}, .initial = "", .place = &S::masterauth, .flags = kSensitive},
    {.name = "replica-serve-stale-data", .alias = "slave-serve-stale-data", .type = YesNo{}, .initial = "yes",
     .place = &S::replica_serve_stale_data},
    {.name = "replica-read-only", .alias = "slave-read-only", .type = YesNo{}, .initial = "yes",
     .place = &S::replica_read_only},
    {.name = "replica-lazy-flush", .alias = "slave-lazy-flush", .type = YesNo{}, .initial = "no",
     .place = &S::replica_lazy_flush},
    {.name = "replica-ignore-maxmemory", .alias = "slave-ignore-maxmemory", .type = YesNo{}, .initial = "yes",
     .place = &S::replica_ignore_maxmemory},
    {.name = "replica-ignore-disk-write-errors", .type = YesNo{}, .initial = "no",
     .place = &S::replica_ignore_disk_write_errors},
    {.name = "replica-announced", .type = YesNo{}, .initial = "yes", .place = &S::replica_announced},
    {.name = "replica-announce-ip", .alias = "slave-announce-ip", .type = Text{}, .initial = "",
     .place = &S::replica_announce_ip},
    {.name = "replica-announce-port", .alias = "slave-announce-port", .type = kPort, .initial = "0",
     .place = &S::replica_announce_port},
    {.name = "replica-priority", .alias = "slave-priority", .type = kCount, .initial = "100",
     .place = &S::replica_priority},
    {.name = "repl-diskless-sync", .type = YesNo{}, .initial = "yes", .place = &S::repl_diskless_sync},
    {.name = "repl-diskless-sync-delay", .type = kCount, .initial = "5",
     .place = &S::repl_diskless_sync_delay_s},
    {.name = "repl-diskless-sync-max-replicas", .type = kCount, .initial = "0",
     .place = &S::repl_diskless_sync_max_replicas},
    {.name = "repl-diskless-load", .type = OneOf{kDisklessLoads}, .initial = "disabled",
     .place = &S::repl_diskless_load},
    {.name = "repl-disable-tcp-nodelay", .type = YesNo{}, .initial = "no",
     .place = &S::repl_disable_tcp_nodelay},
    {.name = "repl-ping-replica-period", .alias = "repl-ping-slave-period", .type = kPositive,
     .initial = "10", .place = &S::repl_ping_replica_period_s},
    {.name = "repl-timeout", .type = kPositive, .initial = "60", .place = &S::repl_timeout_s},
    {.name = "repl-backlog-size", .type = Integer{.min = 1, .unit = NumberUnit::Bytes}, .initial = "1mb",
     .place = &S::repl_backlog_size, .check = check_backlog_size},
    {.name = "repl-backlog-ttl", .type = kLongCount, .initial = "3600", .place = &S::repl_backlog_ttl_s},
    {.name = "min-replicas-to-write", .alias = "min-slaves-to-write", .type = kCount, .initial = "0",
     .place = &S::min_replicas_to_write},
    {.name = "min-replicas-max-lag", .alias = "min-slaves-max-lag", .type = kCount, .initial = "10",
     .place = &S::min_replicas_max_lag_s},
    {.name = "propagation-error-behavior", .type = OneOf{kPropagationErrors}, .initial = "ignore",
     .place = &S::propagation_error_behavior},

    // Cluster.
    {.name = "cluster-enabled", .type = YesNo{}, .initial = "no", .place = &S::cluster_enabled,
     .flags = kImmutable},
    {.name = "cluster-config-file", .type = Text{}, .initial = "nodes.conf", .place = &S::cluster_config_file,
     .flags = kImmutable},
    {.name = "cluster-node-timeout", .type = kLongCount, .initial = "15000",
     .place = &S::cluster_node_timeout_ms},
    {.name = "cluster-port", .type = kPort, .initial = "0", .place = &S::cluster_port, .flags = kImmutable},
    {.name = "cluster-announce-ip", .type = Text{}, .initial = "", .place = &S::cluster_announce_ip},
    {.name = "cluster-announce-hostname", .type = Text{}, .initial = "",
     .place = &S::cluster_announce_hostname, .check = check_hostname},
    {.name = "cluster-announce-port", .type = kPort, .initial = "0", .place = &S::cluster_announce_port},
    {.name = "cluster-announce-tls-port", .type = kPort, .initial = "0",
     .place = &S::cluster_announce_tls_port},
    {.name = "cluster-announce-bus-port", .type = kPort, .initial = "0",
     .place = &S::cluster_announce_bus_port},
    {.name = "cluster-preferred-endpoint-type", .type = OneOf{kEndpoints}, .initial = "ip",
     .place = &S::cluster_preferred_endpoint_type},
    {.name = "cluster-link-sendbuf-limit", .type = kBytes, .initial = "0",
     .place = &S::cluster_link_sendbuf_limit},
    {.name = "cluster-migration-barrier", .type = kCount, .initial = "1",
     .place = &S::cluster_migration_barrier},
    {.name = "cluster-allow-replica-migration", .type = YesNo{}, .initial = "yes",
     .place = &S::cluster_allow_replica_migration},
    {.name = "cluster-allow-reads-when-down", .type = YesNo{}, .initial = "no",
     .place = &S::cluster_allow_reads_when_down},
    {.name = "cluster-allow-pubsubshard-when-down", .type = YesNo{}, .initial = "yes",
     .place = &S::cluster_allow_pubsubshard_when_down},
    {.name = "cluster-require-full-coverage", .type = YesNo{}, .initial = "yes",
     .place = &S::cluster_require_full_coverage},
    {.name = "cluster-replica-no-failover", .alias = "cluster-slave-no-failover", .type = YesNo{},
     .initial = "no", .place = &S::cluster_replica_no_failover},
    {.name = "cluster-replica-validity-factor", .alias = "cluster-slave-validity-factor", .type = kCount,
     .initial = "10", .place = &S::cluster_replica_validity_factor},

    // TLS.
    {.name = "tls-port", .type = kPort, .initial = "0", .place = &S::tls_port},
    {.name = "tls-cert-file", .type = Text{}, .initial = "", .place = &S::tls_cert_file},
    {.name = "tls-key-file", .type = Text{}, .initial = "", .place = &S::tls_key_file},
    {.name = "tls-key-file-pass", .type = Text{}, .initial = "", .place = &S::tls_key_file_pass,
     .flags = kSensitive},
    {.name = "tls-client-cert-file", .type = Text{}, .initial = "", .place = &S::tls_client_cert_file},
    {.name = "tls-client-key-file", .type = Text{}, .initial = "", .place = &S::tls_client_key_file},
    {.name = "tls-client-key-file-pass", .type = Text{}, .initial = "", .place = &S::tls_client_key_file_pass,
     .flags = kSensitive},
    {.name = "tls-dh-params-file", .type = Text{}, .initial = "", .place = &S::tls_dh_params_file},
    {.name = "tls-ca-cert-file", .type = Text{}, .initial = "", .place = &S::tls_ca_cert_file},
    {.name = "tls-ca-cert-dir", .type = Text{}, .initial = "", .place = &S::tls_ca_cert_dir},
    {.name = "tls-protocols", .type = Text{}, .initial = "", .place = &S::tls_protocols},
    {.name = "tls-ciphers", .type = Text{}, .initial = "", .place = &S::tls_ciphers},
    {.name = "tls-ciphersuites", .type = Text{}, .initial = "", .place = &S::tls_ciphersuites},
    {.name = "tls-auth-clients", .type = OneOf{kTlsAuths}, .initial = "yes", .place = &S::tls_auth_clients},
    {.name = "tls-replication", .type = YesNo{}, .initial = "no", .place = &S::tls_replication},
    {.name = "tls-cluster", .type = YesNo{}, .initial = "no", .place = &S::tls_cluster},
    {.name = "tls-prefer-server-ciphers", .type = YesNo{}, .initial = "no",
     .place = &S::tls_prefer_server_ciphers},
    {.name = "tls-session-caching", .type = YesNo{}, .initial = "yes", .place = &S::tls_session_caching},
    {.name = "tls-session-cache-size", .type = kCount, .initial = "20480",
     .place = &S::tls_session_cache_size},
    {.name = "tls-session-cache-timeout", .type = kCount, .initial = "300",
     .place = &S::tls_session_cache_timeout_s},
};
// clang-format on

}  // namespace

std::span<const Option> options() {
    return kOptions;
}

Settings::Settings() {
    for (const auto& option : kOptions) store_value(option, default_text(option), *this);
}

}  // namespace pongo
