#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_server.h"

namespace pongo {
namespace {

class InfoCommand : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    // INFO's text, without the frame of the reply.
    std::string info(std::vector<std::string> sections = {}) {
        sections.insert(sections.begin(), "INFO");
        const std::string reply = run(sections);
        const std::size_t start = reply.find("\r\n") + 2;
        return reply.substr(start, reply.size() - start - 2);
    }
    std::string field(const std::string& section, const std::string& name) {
        return field_of(info({section}), name);
    }
    static std::string field_of(const std::string& text, const std::string& name) {
        const std::size_t at = text.find("\r\n" + name + ":");
        if (at == std::string::npos) return "(missing)";
        const std::size_t start = at + 3 + name.size();
        return text.substr(start, text.find("\r\n", start) - start);
    }
    static std::vector<std::string> titles(const std::string& text) {
        std::vector<std::string> found;
        for (std::size_t at = text.find("# "); at != std::string::npos; at = text.find("# ", at + 1)) {
            found.push_back(text.substr(at + 2, text.find("\r\n", at) - at - 2));
        }
        return found;
    }

    TestServer server_;
};

using Titles = std::vector<std::string>;

TEST_F(InfoCommand, ToldByDefaultIsAllButStatisticsOfCommands) {
    const Titles expected{"Server", "Clients", "Memory",     "Persistence", "Stats",   "Replication",
                          "CPU",    "Modules", "Errorstats", "Cluster",     "Keyspace"};
    EXPECT_EQ(titles(info()), expected);
    EXPECT_EQ(titles(info({"default"})), expected);
}

TEST_F(InfoCommand, EverythingComesInOneOrder) {
    const Titles expected{"Server",       "Clients", "Memory",  "Persistence",  "Stats",
                          "Replication",  "CPU",     "Modules", "Commandstats", "Errorstats",
                          "Latencystats", "Cluster", "Keyspace"};
    EXPECT_EQ(titles(info({"all"})), expected);
    EXPECT_EQ(titles(info({"EVERYTHING"})), expected);
    EXPECT_EQ(titles(info({"keyspace", "nothing", "SERVER", "keyspace"})), (Titles{"Server", "Keyspace"}));
}

TEST_F(InfoCommand, OfNothingNothingIsTold) {
    EXPECT_EQ(run({"INFO", "nothing"}), "$0\r\n\r\n");
}

TEST_F(InfoCommand, ItIsVerbatimTextInResp3) {
    run({"HELLO", "3"});
    EXPECT_EQ(run({"INFO", "cluster"}), "=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n");
}

TEST_F(InfoCommand, ServerTellsBothVersions) {
    EXPECT_EQ(field("server", "redis_version"), "7.0.15");
    EXPECT_NE(field("server", "pongo_version"), "(missing)");
    EXPECT_EQ(field("server", "run_id").size(), 40u);
    EXPECT_NE(field("server", "run_id"), field("replication", "master_replid"));
}

TEST_F(InfoCommand, KeyspaceCountsKeysAndExpiries) {
    EXPECT_EQ(info({"keyspace"}), "# Keyspace\r\n");
    run({"MSET", "a", "1", "b", "2"});
    EXPECT_EQ(field("keyspace", "db0"), "keys=2,expires=0,avg_ttl=0");
    run({"SELECT", "5"});
    run({"SET", "c", "1", "PX", "100000"});
    EXPECT_EQ(field("keyspace", "db5").substr(0, 24), "keys=1,expires=1,avg_ttl");
}

TEST_F(InfoCommand, StatsCountHitsMissesAndChanges) {
    run({"SET", "k", "v"});
    run({"GET", "k"});
    run({"GET", "missing"});
    EXPECT_EQ(field("stats", "keyspace_hits"), "1");
    EXPECT_EQ(field("stats", "keyspace_misses"), "1");
    EXPECT_EQ(field("persistence", "rdb_changes_since_last_save"), "1");
}

TEST_F(InfoCommand, CommandsAreCountedByHowTheyEnded) {
    run({"SET", "k", "v"});
    run({"INCR", "k"});
    run({"INCR"});
    const std::string stats = field("commandstats", "cmdstat_incr");
    EXPECT_EQ(stats.substr(0, 13), "calls=1,usec=");
    EXPECT_NE(stats.find(",rejected_calls=1,failed_calls=1"), std::string::npos) << stats;
    EXPECT_EQ(field("commandstats", "cmdstat_get"), "(missing)");
}

TEST_F(InfoCommand, ErrorsAreCountedByCode) {
    run({"INCR"});
    run({"NOTHING"});
    run({"HELLO", "9"});
    EXPECT_EQ(field("errorstats", "errorstat_ERR"), "count=2");
    EXPECT_EQ(field("errorstats", "errorstat_NOPROTO"), "count=1");
}

TEST_F(InfoCommand, LatencyIsToldAtThePercentilesThatAreConfigured) {
    EXPECT_FALSE(server_.config().assign("latency-tracking-info-percentiles", "50 99.9"));
    run({"PING"});
    const std::string values = field("latencystats", "latency_percentiles_usec_ping");
    EXPECT_EQ(values.substr(0, 4), "p50=");
    EXPECT_NE(values.find(",p99.9="), std::string::npos) << values;
}

TEST_F(InfoCommand, MemoryOfThePeakIsNeverLessThanWhatIsUsed) {
    const std::string text = info({"memory"});  // Of one moment.
    const auto used = std::stoull(field_of(text, "used_memory"));
    EXPECT_GT(used, 0u);
    EXPECT_GE(std::stoull(field_of(text, "used_memory_peak")), used);
    EXPECT_EQ(field_of(text, "maxmemory_policy"), "noeviction");
}

TEST_F(InfoCommand, ClientsAreCounted) {
    EXPECT_EQ(field("clients", "connected_clients"), "1");
    EXPECT_EQ(field("clients", "maxclients"), "10000");
}

}  // namespace
}  // namespace pongo
