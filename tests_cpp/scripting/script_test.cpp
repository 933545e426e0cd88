#include "scripting/script.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/sha1.h"
#include "scripting/script_cache.h"

namespace pongo {
namespace {

std::shared_ptr<const Script> script(std::string source) {
    auto made = std::make_shared<Script>();
    made->source = std::move(source);
    made->sha = sha1_hex(made->source);
    return made;
}

TEST(Shebang, SaysNothingIfThereIsNone) {
    for (const std::string_view source : {"", "return 1", "#lua\nreturn 1", " #!lua\n", "#"}) {
        const Shebang shebang = read_shebang(source);
        EXPECT_EQ(shebang.flags, Unflagged);
        EXPECT_EQ(shebang.size, 0U);
        EXPECT_EQ(shebang.error, "");
    }
}

TEST(Shebang, EndsInFrontOfTheLineEndSoThatLinesKeepTheirNumbers) {
    const std::string_view source = "#!lua\nreturn 1";
    const Shebang shebang = read_shebang(source);
    EXPECT_EQ(shebang.flags, 0U);
    EXPECT_EQ(source.substr(shebang.size), "\nreturn 1");
}

TEST(Shebang, HasFlagsInAnyOrderAndSpacing) {
    EXPECT_EQ(read_shebang("#!lua flags=no-writes\n").flags, NoWrites);
    EXPECT_EQ(read_shebang("#!lua flags=\n").flags, 0U);
    EXPECT_EQ(read_shebang("#!lua   flags=allow-oom,allow-stale  \n").flags, AllowOom | AllowStale);
    EXPECT_EQ(read_shebang("#!lua flags=no-cluster flags=no-writes\n").flags, NoCluster | NoWrites);
    EXPECT_EQ(read_shebang("#!lua \"flags=no-writes\"\r\n").flags, NoWrites);
    EXPECT_EQ(read_shebang("#!lua flags=allow-cross-slot-keys\n").flags, AllowCrossSlotKeys);
}

TEST(Shebang, TellsWhatIsWrong) {
    const auto error = [](std::string_view line) { return read_shebang(line).error; };
    EXPECT_EQ(error("#!lua"), "Invalid script shebang");
    EXPECT_EQ(error("#!lua 'open\n"), "Invalid engine in script shebang");
    EXPECT_EQ(error("#!js flags=x\n"), "Unexpected engine in script shebang: #!js");
    EXPECT_EQ(error("#!LUA\n"), "Unexpected engine in script shebang: #!LUA");
    EXPECT_EQ(error("#!lua x=y\n"), "Unknown lua shebang option: x=y");
    EXPECT_EQ(error("#!lua flags=x\n"), "Unexpected flag in script shebang: x");
    EXPECT_EQ(error("#!lua flags=no-writes,\n"), "Unexpected flag in script shebang: ");
    EXPECT_EQ(error("#!lua flags=,no-writes\n"), "Unexpected flag in script shebang: ");
}

TEST(ScriptFlags, EachHasAName) {
    for (const NamedScriptFlag& each : kScriptFlags) EXPECT_EQ(script_flag(each.name), each.flag);
    EXPECT_EQ(script_flag("NO-WRITES"), 0U);
    EXPECT_EQ(script_flag(""), 0U);
}

TEST(ScriptHabits, RememberForEverThatAllShardsWereNeeded) {
    ScriptHabits habits;
    EXPECT_FALSE(habits.needs_all_shards());
    habits.note_need_of_all_shards();
    EXPECT_TRUE(habits.needs_all_shards());
    habits.note_need_of_all_shards();
    EXPECT_TRUE(habits.needs_all_shards());
}

TEST(ScriptCache, FindsWhatWasAdded) {
    ScriptCache cache;
    const auto one = script("return 1");
    EXPECT_EQ(cache.find(one->sha), nullptr);
    EXPECT_EQ(cache.add(one), one);
    EXPECT_EQ(cache.find(one->sha), one);
    EXPECT_EQ(cache.size(), 1U);
}

TEST(ScriptCache, TheFirstOfTwoThatAreEqualStays) {
    ScriptCache cache;
    const auto first = script("return 1");
    cache.add(first);
    const std::size_t memory = cache.memory();
    EXPECT_EQ(cache.add(script("return 1")), first);
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(cache.memory(), memory);
}

TEST(ScriptCache, AFlushForgetsAllAndIsSeenByTheGeneration) {
    ScriptCache cache;
    const auto kept = cache.add(script("return 1"));
    cache.add(script("return 2"));
    EXPECT_GT(cache.memory(), 2 * std::string_view("return 1").size());
    const std::uint64_t generation = cache.generation();
    cache.flush();
    EXPECT_NE(cache.generation(), generation);
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_EQ(cache.memory(), 0U);
    EXPECT_EQ(cache.find(kept->sha), nullptr);
    EXPECT_EQ(kept->source, "return 1");  // Who runs it has it still.
}

TEST(ScriptCache, IsOfUseToManyThreads) {
    constexpr int kThreads = 4;
    constexpr int kRounds = 2000;
    ScriptCache cache;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&cache, thread] {
            for (int i = 0; i < kRounds; ++i) {
                const auto wanted = script("return " + std::to_string(i % 10));
                const auto added = cache.add(wanted);
                EXPECT_EQ(added->source, wanted->source);
                const auto found = cache.find(wanted->sha);
                if (found) {
                    EXPECT_EQ(found->source, wanted->source);
                }
                if (thread == 0 && i % 50 == 0) cache.flush();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(cache.size(), 10U);
    cache.flush();
    EXPECT_EQ(cache.memory(), 0U);
}

}  // namespace
}  // namespace pongo
