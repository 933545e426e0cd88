// The live values of the configuration, one member per option that has a meaning here.
//
// What an option is called, what it accepts and where it starts is declared once, in config_options.cpp; the
// constructor gives every member its default from there. Config alone writes to the server's Settings;
// everyone else holds a const reference. Tests may construct and assign their own.
//
// Thread rule: every member may be read and written from any thread. A Setting is one relaxed atomic load; a
// TextSetting takes a mutex for the time of copying a pointer. Two members are not read as one snapshot.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace pongo {

// A number, a yes/no or an enumerator.
template <typename T>
class Setting {
  public:
    Setting() = default;
    explicit Setting(T value) : value_(value) {}

    T get() const { return value_.load(std::memory_order_relaxed); }
    operator T() const { return get(); }  // NOLINT: reading `settings.port` as a number is the point.
    Setting& operator=(T value) {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }

  private:
    std::atomic<T> value_{};
};

// A text. empty() is lock-free, so that "is there a password" may be asked per command.
class TextSetting {
  public:
    std::string get() const { return *share(); }
    std::shared_ptr<const std::string> share() const {
        std::lock_guard lock(mutex_);
        return text_;
    }
    bool empty() const { return empty_.load(std::memory_order_acquire); }
    TextSetting& operator=(std::string text) {
        auto fresh = std::make_shared<const std::string>(std::move(text));
        std::lock_guard lock(mutex_);
        empty_.store(fresh->empty(), std::memory_order_release);
        text_ = std::move(fresh);
        return *this;
    }

  private:
    mutable std::mutex mutex_;
    std::atomic<bool> empty_{true};
    std::shared_ptr<const std::string> text_ = std::make_shared<const std::string>();
};

enum class MaxmemoryPolicy : std::uint8_t {
    NoEviction,
    VolatileLru,
    VolatileLfu,
    VolatileRandom,
    VolatileTtl,
    AllkeysLru,
    AllkeysLfu,
    AllkeysRandom,
};
enum class AppendFsync : std::uint8_t { EverySecond, Always, No };
enum class Supervised : std::uint8_t { No, Upstart, Systemd, Auto };
enum class SyslogFacility : std::uint8_t {
    User,
    Local0,
    Local1,
    Local2,
    Local3,
    Local4,
    Local5,
    Local6,
    Local7
};
enum class WhoMay : std::uint8_t { Nobody, Everybody, LocalClients };  // enable-debug-command and its kin
enum class DisklessLoad : std::uint8_t { Disabled, OnEmptyDb, SwapDb };
enum class SanitizeDump : std::uint8_t { No, Yes, Clients };
enum class OomScoreAdjust : std::uint8_t { No, Relative, Absolute };
enum class PubsubDefault : std::uint8_t { AllChannels, ResetChannels };
enum class PropagationError : std::uint8_t { Ignore, Panic, PanicOnReplicas };
enum class EndpointType : std::uint8_t { Ip, Hostname, Unknown };
enum class TlsAuthClients : std::uint8_t { No, Yes, Optional };

// shutdown-on-sigint and shutdown-on-sigterm: a sum of these, 0 is "default".
inline constexpr std::uint32_t kShutdownSave = 1;
inline constexpr std::uint32_t kShutdownNoSave = 2;
inline constexpr std::uint32_t kShutdownNow = 4;
inline constexpr std::uint32_t kShutdownForce = 8;

// notify-keyspace-events: a sum of these. The letters are those of the option's syntax.
namespace key_event {
inline constexpr std::uint32_t kKeyspace = 1 << 0;   // K: publish on __keyspace@<db>__
inline constexpr std::uint32_t kKeyevent = 1 << 1;   // E: publish on __keyevent@<db>__
inline constexpr std::uint32_t kGeneric = 1 << 2;    // g
inline constexpr std::uint32_t kString = 1 << 3;     // $
inline constexpr std::uint32_t kList = 1 << 4;       // l
inline constexpr std::uint32_t kSet = 1 << 5;        // s
inline constexpr std::uint32_t kHash = 1 << 6;       // h
inline constexpr std::uint32_t kSortedSet = 1 << 7;  // z
inline constexpr std::uint32_t kExpired = 1 << 8;    // x
inline constexpr std::uint32_t kEvicted = 1 << 9;    // e
inline constexpr std::uint32_t kStream = 1 << 10;    // t
inline constexpr std::uint32_t kKeyMiss = 1 << 11;   // m: not part of A
inline constexpr std::uint32_t kModule = 1 << 12;    // d
inline constexpr std::uint32_t kNew = 1 << 13;       // n: not part of A
inline constexpr std::uint32_t kAll =
    kGeneric | kString | kList | kSet | kHash | kSortedSet | kExpired | kEvicted | kStream | kModule;  // A
}  // namespace key_event

// client-output-buffer-limit of one class of clients; 0 is no limit.
struct OutputBufferLimit {
    Setting<std::int64_t> hard_bytes;
    Setting<std::int64_t> soft_bytes;
    Setting<std::int64_t> soft_seconds;
};

struct Settings {
    using Flag = Setting<bool>;
    using Number = Setting<std::int64_t>;
    using Bits = Setting<std::uint32_t>;

    Settings();  // Everything at its default.

    // Network. `bind` is a list of addresses separated by spaces, `-` in front of one whose absence is no
    // error.
    TextSetting bind;
    TextSetting bind_source_address;
    Number port;
    TextSetting unixsocket;
    Number unixsocketperm;  // mode bits; 0 leaves what the umask gives
    Number tcp_backlog;
    Number tcp_keepalive_s;  // 0 is off
    Number timeout_s;        // idle clients are closed after; 0 is never
    Number maxclients;
    Flag protected_mode;
    Number socket_mark_id;
    Number reactors;  // threads that serve clients; resolved, so never 0

    // Protocol.
    TextSetting requirepass;
    Number proto_max_bulk_len;         // bytes
    Number client_query_buffer_limit;  // bytes
    Number
        client_reply_backlog_limit;  // bytes of unread replies after which a client's requests are not read
    OutputBufferLimit output_limit_normal;
    OutputBufferLimit output_limit_replica;
    OutputBufferLimit output_limit_pubsub;
    Number maxmemory_clients;  // bytes; negative is a percentage of maxmemory; 0 is no limit

    // The process.
    Number databases;
    TextSetting dir;  // absolute; Config has entered it
    Flag daemonize;
    TextSetting pidfile;
    Setting<Supervised> supervised;
    Flag always_show_logo;
    Flag set_proc_title;
    TextSetting proc_title_template;
    Setting<OomScoreAdjust> oom_score_adj;
    TextSetting oom_score_adj_values;  // three numbers: master, replica, background child
    Flag disable_thp;
    Number hz;
    Flag dynamic_hz;
    Flag jemalloc_bg_thread;
    Bits shutdown_on_sigint;
    Bits shutdown_on_sigterm;
    Number shutdown_timeout_s;

    // Log and statistics.
    Setting<LogLevel> loglevel;
    TextSetting logfile;  // empty is standard output
    Flag syslog_enabled;
    TextSetting syslog_ident;
    Setting<SyslogFacility> syslog_facility;
    Flag crash_log_enabled;
    Number slowlog_log_slower_than_us;  // negative is off
    Number slowlog_max_len;
    Number latency_monitor_threshold_ms;  // 0 is off
    Flag latency_tracking;
    TextSetting latency_tracking_info_percentiles;  // numbers in [0,100] separated by spaces

    // Who may do what.
    Setting<WhoMay> enable_debug_command;
    Setting<WhoMay> enable_module_command;
    Setting<WhoMay> enable_protected_configs;
    TextSetting aclfile;
    Number acllog_max_len;
    Setting<PubsubDefault> acl_pubsub_default;

    // Memory, expiry and eviction.
    Number maxmemory;      // bytes; 0 is no limit
    Number maxmemory_rss;  // bytes of the process's resident size; 0 is no limit
    Setting<MaxmemoryPolicy> maxmemory_policy;
    Number maxmemory_samples;
    Number maxmemory_eviction_tenacity;
    Number lfu_log_factor;
    Number lfu_decay_time_min;
    Number active_expire_effort;  // 1..10
    Flag lazyfree_lazy_eviction;
    Flag lazyfree_lazy_expire;
    Flag lazyfree_lazy_server_del;
    Flag lazyfree_lazy_user_del;
    Flag lazyfree_lazy_user_flush;
    Bits notify_keyspace_events;  // key_event::
    Number tracking_table_max_keys;

    // Encodings.
    Number hash_max_listpack_entries;
    Number hash_max_listpack_value;
    Number list_max_listpack_size;  // entries, or -1..-5 for 4..64 kB
    Number list_compress_depth;
    Number set_max_intset_entries;
    Number zset_max_listpack_entries;
    Number zset_max_listpack_value;
    Number stream_node_max_bytes;
    Number stream_node_max_entries;
    Number hll_sparse_max_bytes;

    // Scripts.
    Number busy_reply_threshold_ms;

    // Append-only file.
    Flag appendonly;
    TextSetting appendfilename;
    TextSetting appenddirname;
    Setting<AppendFsync> appendfsync;
    Flag no_appendfsync_on_rewrite;
    Number auto_aof_rewrite_percentage;
    Number auto_aof_rewrite_min_size;  // bytes
    Flag aof_load_truncated;
    Flag aof_use_rdb_preamble;
    Flag aof_timestamp_enabled;
    Flag aof_rewrite_incremental_fsync;
    Flag aof_disable_auto_gc;

    // Snapshots. `save` is pairs of seconds and changes separated by spaces, empty is never.
    TextSetting save;
    TextSetting dbfilename;
    Flag rdbcompression;
    Flag rdbchecksum;
    Flag rdb_del_sync_files;
    Flag rdb_save_incremental_fsync;
    Flag stop_writes_on_bgsave_error;
    Setting<SanitizeDump> sanitize_dump_payload;
    Number snapshot_kept_limit;    // bytes that a snapshot makes writers keep before they wait
    Number rdb_key_save_delay_us;  // for tests
    Number key_load_delay_us;      // for tests

    // Replication. `replicaof` is "host port" or empty.
    TextSetting replicaof;
    TextSetting masteruser;
    TextSetting masterauth;
    Flag replica_serve_stale_data;
    Flag replica_read_only;
    Flag replica_lazy_flush;
    Flag replica_ignore_maxmemory;
    Flag replica_ignore_disk_write_errors;
    Flag replica_announced;
    TextSetting replica_announce_ip;
    Number replica_announce_port;
    Number replica_priority;
    Flag repl_diskless_sync;
    Number repl_diskless_sync_delay_s;
    Number repl_diskless_sync_max_replicas;
    Setting<DisklessLoad> repl_diskless_load;
    Flag repl_disable_tcp_nodelay;
    Number repl_ping_replica_period_s;
    Number repl_timeout_s;
    Number repl_backlog_size;  // bytes
    Number repl_backlog_ttl_s;
    Number min_replicas_to_write;
    Number min_replicas_max_lag_s;
    Setting<PropagationError> propagation_error_behavior;

    // Cluster.
    Flag cluster_enabled;
    TextSetting cluster_config_file;
    Number cluster_node_timeout_ms;
    Number cluster_port;
    TextSetting cluster_announce_ip;
    TextSetting cluster_announce_hostname;
    Number cluster_announce_port;
    Number cluster_announce_tls_port;
    Number cluster_announce_bus_port;
    Setting<EndpointType> cluster_preferred_endpoint_type;
    Number cluster_link_sendbuf_limit;  // bytes; 0 is no limit
    Number cluster_migration_barrier;
    Flag cluster_allow_replica_migration;
    Flag cluster_allow_reads_when_down;
    Flag cluster_allow_pubsubshard_when_down;
    Flag cluster_require_full_coverage;
    Flag cluster_replica_no_failover;
    Number cluster_replica_validity_factor;

    // TLS.
    Number tls_port;
    TextSetting tls_cert_file;
    TextSetting tls_key_file;
    TextSetting tls_key_file_pass;
    TextSetting tls_client_cert_file;
    TextSetting tls_client_key_file;
    TextSetting tls_client_key_file_pass;
    TextSetting tls_dh_params_file;
    TextSetting tls_ca_cert_file;
    TextSetting tls_ca_cert_dir;
    TextSetting tls_protocols;
    TextSetting tls_ciphers;
    TextSetting tls_ciphersuites;
    Setting<TlsAuthClients> tls_auth_clients;
    Flag tls_replication;
    Flag tls_cluster;
    Flag tls_prefer_server_ciphers;
    Flag tls_session_caching;
    Number tls_session_cache_size;
    Number tls_session_cache_timeout_s;
};

}  // namespace pongo
