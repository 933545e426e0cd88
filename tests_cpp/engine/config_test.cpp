#include "engine/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/config_file.h"

namespace pongo {
namespace {

using Strings = std::vector<std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;
using testing::HasSubstr;
using testing::Pair;

class ConfigTest : public testing::Test {
  protected:
    ConfigTest() {
        char name[] = "/tmp/pongo-config-XXXXXX";
        directory_ = mkdtemp(name);
        std::filesystem::current_path(directory_);
        config_ = std::make_unique<Config>();
        // The log of a reload is read from a file.
        open_log({.file = directory_ + "/log"});
    }
    ~ConfigTest() override {
        open_log({});
        set_log_level(LogLevel::Notice);
        std::filesystem::current_path("/");
        std::filesystem::remove_all(directory_);
    }

    void write(const std::string& text) { std::ofstream(path()) << text; }
    std::string path() const { return directory_ + "/pongo.conf"; }
    std::string file_text() const { return read_config_file(path(), path()).text; }
    std::string log_text() const { return read_config_file(directory_ + "/log", "log").text; }

    ConfigError load(const Strings& arguments, const std::string& input = {}) {
        const auto check_rename = [this](std::string_view from, std::string_view) -> ConfigError {
            return from == refused_rename_ ? ConfigError("No such command in rename-command") : std::nullopt;
        };
        std::istringstream stream(input);
        return config_->load(arguments, stream, check_rename);
    }
    // Loads this file, and keeps the log where the tests read it.
    void load_file(const std::string& text) {
        write(text);
        ASSERT_EQ(load({"pongo.conf", "--logfile", directory_ + "/log"}), std::nullopt);
    }
    ConfigError set(const std::vector<Config::Assignment>& assignments,
                    Config::Client client = Config::Client::Remote) {
        return config_->set(assignments, client);
    }
    Pairs get(const std::vector<std::string_view>& patterns) const { return config_->get(patterns); }
    const Settings& settings() const { return config_->settings(); }

    std::string directory_;
    std::unique_ptr<Config> config_;
    std::string refused_rename_;
};

// Loading.

TEST_F(ConfigTest, WithoutArgumentsEverythingIsAtItsDefault) {
    EXPECT_EQ(load({}), std::nullopt);
    EXPECT_EQ(config_->file(), "");
    EXPECT_EQ(settings().port, 6379);
    EXPECT_EQ(settings().dir.get(), directory_);
}

TEST_F(ConfigTest, OptionsOfTheCommandLineComeAfterTheFile) {
    write("port 1\nhz 20\n");
    EXPECT_EQ(load({"pongo.conf", "--port", "2", "--bind", "a", "b"}), std::nullopt);
    EXPECT_EQ(config_->file(), path());
    EXPECT_EQ(settings().port, 2);
    EXPECT_EQ(settings().hz, 20);
    EXPECT_EQ(settings().bind.get(), "a b");
}

TEST_F(ConfigTest, ADashReadsStandardInput) {
    EXPECT_EQ(load({"-", "--hz", "30"}, "port 7\nhz 20"), std::nullopt);
    EXPECT_EQ(settings().port, 7);
    EXPECT_EQ(settings().hz, 30);
}

TEST_F(ConfigTest, AWrongOptionIsNamedWithItsLineAndChangesNothing) {
    write("port 1\nnonsense 1\n");
    EXPECT_EQ(load({"pongo.conf"}),
              "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n"
              "Reading the configuration file, at line 2\n>>> 'nonsense 1'\n"
              "Bad directive or wrong number of arguments\n");
    EXPECT_EQ(settings().port, 6379);
}

TEST_F(ConfigTest, AMissingFileIsAnError) {
    EXPECT_EQ(load({"none.conf"}), "Fatal error, can't open config file '" + directory_ +
                                       "/none.conf': No such file or directory");
}

TEST_F(ConfigTest, SavePointsOfTheFileReplaceTheDefaultAndAddUp) {
    write("save 900 1\nsave 60 5\n");
    EXPECT_EQ(load({"pongo.conf"}), std::nullopt);
    EXPECT_EQ(settings().save.get(), "900 1 60 5");
}

TEST_F(ConfigTest, TheDirectoryIsEntered) {
    std::filesystem::create_directory("data");
    EXPECT_EQ(load({"--dir", "data"}), std::nullopt);
    EXPECT_EQ(std::filesystem::current_path(), directory_ + "/data");
    EXPECT_EQ(settings().dir.get(), directory_ + "/data");
}

TEST_F(ConfigTest, RenamedCommandsAreKeptForThoseWhoKnowThem) {
    write("rename-command KEYS \"\"\n");
    EXPECT_EQ(load({"pongo.conf"}), std::nullopt);
    ASSERT_EQ(config_->renamed_commands().size(), 1u);
    EXPECT_EQ(config_->renamed_commands()[0].from, "KEYS");
    EXPECT_EQ(config_->renamed_commands()[0].to, "");
}

TEST_F(ConfigTest, ARenameThatIsRefusedIsNamedWithItsLine) {
    refused_rename_ = "NONE";
    write("port 1\nrename-command NONE x\n");
    EXPECT_EQ(load({"pongo.conf"}),
              "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 2\n"
              ">>> 'rename-command NONE x'\nNo such command in rename-command\n");
}

TEST_F(ConfigTest, WhatWouldLeaveTheServerOpenIsRefused) {
    EXPECT_THAT(load({"--user", "bob", "on", ">secret"}).value_or(""), testing::HasSubstr("no users"));
    EXPECT_THAT(load({"--aclfile", "users.acl"}).value_or(""), testing::HasSubstr("no users"));
    EXPECT_THAT(load({"--tls-port", "6380"}).value_or(""), testing::HasSubstr("TLS"));
    EXPECT_EQ(load({"--aclfile", "", "--tls-port", "0"}), std::nullopt);
}

TEST_F(ConfigTest, OptionsThatMeanNothingHereAreListed) {
    EXPECT_EQ(load({"--activerehashing", "no", "--port", "1", "--bio_cpulist", "0"}), std::nullopt);
    EXPECT_THAT(config_->options_without_meaning(),
                testing::UnorderedElementsAre("activerehashing", "bio_cpulist"));
    EXPECT_EQ(config_->get("activerehashing"), "no");
}

TEST_F(ConfigTest, AReplicaInAClusterIsRefused) {
    EXPECT_THAT(load({"--cluster-enabled", "yes", "--replicaof", "a", "1"}).value_or(""),
                HasSubstr("replicaof directive not allowed in cluster mode"));
}

// CONFIG GET.

TEST_F(ConfigTest, GetAnswersPatternsAndEachNameOnce) {
    EXPECT_THAT(get({"*-read-only", "replica-read-only", "PORT", "p?rt", "none"}),
                testing::ElementsAre(Pair("replica-read-only", "yes"), Pair("slave-read-only", "yes"),
                                     Pair("PORT", "6379")));
}

TEST_F(ConfigTest, HiddenOptionsAnswerToTheirNameOnly) {
    EXPECT_THAT(get({"watchdog*"}), testing::IsEmpty());
    EXPECT_THAT(get({"watchdog-period"}), testing::ElementsAre(Pair("watchdog-period", "0")));
}

TEST_F(ConfigTest, SecretsAreKnownByBothNames) {
    EXPECT_TRUE(Config::is_sensitive("RequirePass"));
    EXPECT_FALSE(Config::is_sensitive("port"));
    EXPECT_FALSE(Config::is_sensitive("none"));
}

// CONFIG SET.

TEST_F(ConfigTest, SetChangesSeveralOptionsAtOnce) {
    EXPECT_EQ(set({{"HZ", "20"}, {"maxmemory", "1gb"}, {"slave-read-only", "no"}}), std::nullopt);
    EXPECT_EQ(settings().hz, 20);
    EXPECT_EQ(settings().maxmemory, 1 << 30);
    EXPECT_FALSE(settings().replica_read_only);
}

TEST_F(ConfigTest, AFaultyValueLeavesEverythingAsItWas) {
    EXPECT_EQ(set({{"hz", "20"}, {"timeout", "x"}}),
              "ERR CONFIG SET failed (possibly related to argument 'timeout') - "
              "argument couldn't be parsed into an integer");
    EXPECT_EQ(settings().hz, 10);
}

TEST_F(ConfigTest, NamesAreCheckedBeforeValues) {
    EXPECT_EQ(set({{"hz", "x"}, {"none", "1"}}),
              "ERR Unknown option or number of arguments for CONFIG SET - 'none'");
    EXPECT_EQ(
        set({{"daemonize", "yes"}, {"none", "1"}}),
        "ERR CONFIG SET failed (possibly related to argument 'daemonize') - can't set immutable config");
    EXPECT_EQ(set({{"hz", "1"}, {"HZ", "2"}}),
              "ERR CONFIG SET failed (possibly related to argument 'HZ') - duplicate parameter");
}

TEST_F(ConfigTest, ProtectedOptionsNeedPermission) {
    const std::string refusal =
        "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config";
    EXPECT_EQ(set({{"dbfilename", "x"}}, Config::Client::Local), refusal);
    EXPECT_EQ(load({"--enable-protected-configs", "local"}), std::nullopt);
    EXPECT_EQ(set({{"dbfilename", "x"}}, Config::Client::Remote), refusal);
    EXPECT_EQ(set({{"dbfilename", "x"}}, Config::Client::Local), std::nullopt);
}

TEST_F(ConfigTest, NamesOfFilesAreNoPaths) {
    ASSERT_EQ(load({"--enable-protected-configs", "yes"}), std::nullopt);
    for (const std::string name : {"a/b", "a\\b"}) {
        EXPECT_EQ(set({{"dbfilename", name}}, Config::Client::Local),
                  "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - dbfilename can't be a "
                  "path, just a filename");
        EXPECT_NE(load({"--appendfilename", name}), std::nullopt);
        EXPECT_NE(load({"--appenddirname", name}), std::nullopt);
    }
}

TEST_F(ConfigTest, AHookRunsOnceAfterTheValuesAreStored) {
    int runs = 0;
    config_->on_change({"hz", "timeout"}, [&](const Settings& now) -> ConfigError {
        ++runs;
        EXPECT_EQ(now.hz, 20);
        EXPECT_EQ(now.timeout_s, 5);
        return std::nullopt;
    });
    EXPECT_EQ(set({{"hz", "20"}, {"timeout", "5"}}), std::nullopt);
    EXPECT_EQ(runs, 1);
}

TEST_F(ConfigTest, AHookOfAnUnchangedOptionDoesNotRun) {
    config_->on_change("hz", [](const Settings&) -> ConfigError { return "must not run"; });
    EXPECT_EQ(set({{"hz", "10"}, {"timeout", "5"}}), std::nullopt);
}

TEST_F(ConfigTest, AHookThatRefusesUndoesTheWholeChange) {
    Strings seen;
    config_->on_change("hz", [&](const Settings& now) -> ConfigError {
        seen.push_back("hz " + std::to_string(now.hz));
        return std::nullopt;
    });
    config_->on_change("port", [&](const Settings& now) -> ConfigError {
        seen.push_back("port " + std::to_string(now.port));
        if (now.port == 1) return "Unable to listen on this port. Check server logs.";
        return std::nullopt;
    });
    EXPECT_EQ(set({{"port", "1"}, {"hz", "20"}}),
              "ERR CONFIG SET failed (possibly related to argument 'port') - "
              "Unable to listen on this port. Check server logs.");
    EXPECT_EQ(settings().port, 6379);
    EXPECT_EQ(settings().hz, 10);
    EXPECT_EQ(config_->get("port"), "6379");
    EXPECT_EQ(seen, (Strings{"hz 20", "port 1", "hz 10", "port 6379"}));
}

TEST_F(ConfigTest, ADirectoryThatIsSetIsEntered) {
    std::filesystem::create_directory("data");
    EXPECT_EQ(load({"--enable-protected-configs", "yes"}), std::nullopt);
    EXPECT_EQ(set({{"dir", "data"}}), std::nullopt);
    EXPECT_EQ(std::filesystem::current_path(), directory_ + "/data");
}

TEST_F(ConfigTest, TheServerMayAssignWhatClientsMayNot) {
    EXPECT_EQ(config_->assign("replicaof", "somewhere 7000"), std::nullopt);
    EXPECT_EQ(settings().replicaof.get(), "somewhere 7000");
    EXPECT_EQ(config_->assign("replicaof", "no one"), std::nullopt);
    EXPECT_EQ(config_->get("slaveof"), "");
    EXPECT_EQ(config_->assign("port", "x"), "argument couldn't be parsed into an integer");
}

TEST_F(ConfigTest, SetAndGetMayRunOnSeveralThreads) {
    std::atomic<int> mismatches = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            const std::string value = std::to_string(100 + i);
            for (int j = 0; j < 200; ++j) {
                if (set({{"timeout", value}, {"masterauth", value}})) ++mismatches;
                const auto found = config_->get("masterauth");
                if (!found || found->size() != 3) ++mismatches;
                if (settings().timeout_s < 100) ++mismatches;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(mismatches, 0);
    EXPECT_EQ(std::to_string(settings().timeout_s), settings().masterauth.get());
}

// CONFIG REWRITE.

TEST_F(ConfigTest, RewriteWithoutAFileIsRefused) {
    EXPECT_EQ(config_->rewrite(), "ERR The server is running without a config file");
}

TEST_F(ConfigTest, RewriteWritesWhatAFreshStartReadsBack) {
    load_file("# mine\nhz 10\nslave-read-only yes\nclient-output-buffer-limit pubsub 1mb 1mb 1\n");
    EXPECT_EQ(set({{"hz", "20"},
                   {"save", "900 1"},
                   {"maxmemory", "3gb"},
                   {"maxmemory-clients", "5%"},
                   {"requirepass", "a \"b\" \n"},
                   {"notify-keyspace-events", "KEA"},
                   {"client-output-buffer-limit", "replica 1 2 3"},
                   {"shutdown-on-sigterm", "save now"}}),
              std::nullopt);
    EXPECT_EQ(config_->rewrite(), std::nullopt);
    EXPECT_THAT(file_text(), testing::StartsWith("# mine\nhz 20\nreplica-read-only yes\n"));
    EXPECT_THAT(file_text(), HasSubstr("\nmaxmemory 3gb\n"));
    const std::string_view all[] = {"*"};
    const auto before = config_->get(all);
    config_ = std::make_unique<Config>();
    EXPECT_EQ(load({"pongo.conf"}), std::nullopt);
    EXPECT_EQ(config_->get(all), before);
}

TEST_F(ConfigTest, RewriteTwiceWritesTheSame) {
    load_file("hz 20\n");
    EXPECT_EQ(config_->rewrite(), std::nullopt);
    const std::string once = file_text();
    EXPECT_EQ(config_->rewrite(), std::nullopt);
    EXPECT_EQ(file_text(), once);
}

TEST_F(ConfigTest, NeverSavingSurvivesARewrite) {
    load_file("save 900 1\nsave 60 5\n");
    EXPECT_EQ(set({{"save", ""}}), std::nullopt);
    EXPECT_EQ(config_->rewrite(), std::nullopt);
    EXPECT_THAT(file_text(), testing::StartsWith("save \"\"\n"));
}

TEST_F(ConfigTest, AutomaticReactorsStayAutomaticInTheFile) {
    load_file("reactors auto\n");
    EXPECT_EQ(config_->get("io-threads"), std::to_string(settings().reactors));
    EXPECT_EQ(config_->rewrite(), std::nullopt);
    EXPECT_THAT(file_text(), testing::StartsWith("reactors auto\n"));
}

// Reloading.

TEST_F(ConfigTest, ReloadChangesWhatMayChangeAndRunsHooks) {
    load_file("hz 20\ntimeout 5\n");
    int runs = 0;
    config_->on_change("hz", [&](const Settings&) -> ConfigError { return ++runs, std::nullopt; });
    write("hz 30\ntimeout 5\n");
    EXPECT_EQ(config_->reload(), std::nullopt);
    EXPECT_EQ(settings().hz, 30);
    EXPECT_EQ(runs, 1);
}

TEST_F(ConfigTest, ReloadLogsWhatNeedsARestart) {
    load_file("databases 16\nhz 20\n");
    write("databases 32\nhz 30\n");
    EXPECT_EQ(config_->reload(), std::nullopt);
    EXPECT_EQ(settings().databases, 16);
    EXPECT_EQ(settings().hz, 30);
    EXPECT_THAT(log_text(), HasSubstr("'databases' can't change while the server runs"));
}

TEST_F(ConfigTest, AFaultyFileChangesNothingAndIsLogged) {
    load_file("hz 20\n");
    write("hz 30\nnonsense 1\n");
    EXPECT_TRUE(config_->reload().has_value());
    EXPECT_EQ(settings().hz, 20);
    EXPECT_THAT(log_text(), HasSubstr(">>> 'nonsense 1'"));
}

TEST_F(ConfigTest, AHookThatRefusesAReloadUndoesIt) {
    load_file("hz 20\ntimeout 5\n");
    config_->on_change("timeout", [](const Settings& now) -> ConfigError {
        if (now.timeout_s == 6) return "no";
        return std::nullopt;
    });
    write("hz 30\ntimeout 6\n");
    EXPECT_EQ(config_->reload(), "no");
    EXPECT_EQ(settings().hz, 20);
    EXPECT_EQ(settings().timeout_s, 5);
}

TEST_F(ConfigTest, AnOptionThatLeftTheFileGoesBackToItsDefault) {
    load_file("hz 20\n");
    write("");
    EXPECT_EQ(config_->reload(), std::nullopt);
    EXPECT_EQ(settings().hz, 10);
}

TEST_F(ConfigTest, WhatOnlyConfigSetGaveStaysThroughAReload) {
    load_file("hz 20\n");
    EXPECT_EQ(set({{"timeout", "5"}}), std::nullopt);
    EXPECT_EQ(config_->reload(), std::nullopt);
    EXPECT_EQ(settings().timeout_s, 5);
}

TEST_F(ConfigTest, TheCommandLineWinsAgainAtAReload) {
    write("hz 20\n");
    EXPECT_EQ(load({"pongo.conf", "--hz", "40", "--logfile", directory_ + "/log"}), std::nullopt);
    write("hz 30\n");
    EXPECT_EQ(config_->reload(), std::nullopt);
    EXPECT_EQ(settings().hz, 40);
}

TEST_F(ConfigTest, ARelativeDirectoryMeansTheSameAtAReload) {
    std::filesystem::create_directories("data/data");
    load_file("dir data\n");
    EXPECT_EQ(config_->reload(), std::nullopt);
    EXPECT_EQ(std::filesystem::current_path(), directory_ + "/data");
}

TEST_F(ConfigTest, ALogThatWasRotatedAwayGoesOnInANewFile) {
    load_file("hz 20\n");
    std::filesystem::rename("log", "log.1");
    EXPECT_EQ(config_->reload(), std::nullopt);
    EXPECT_THAT(log_text(), HasSubstr("Configuration reloaded"));
}

}  // namespace
}  // namespace pongo
