// What is proven of scripts and functions reaches those that run them.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scripting/eval_scripts.h"
#include "scripting/function_scripts.h"
#include "scripting/script_cache.h"
#include "support/test_server.h"

namespace pongo {
namespace {

constexpr std::string_view kKeeping = "return redis.call('set', KEYS[1], ARGV[1])";
constexpr std::string_view kReaching = "return redis.call('set', ARGV[1], KEYS[1])";

class ProvenScripts : public testing::Test {
  protected:
    bool keeps_to_keys(EvalScripts& scripts, std::string_view source) {
        std::string error;
        const EvalScripts::Compiled* const compiled = scripts.add(source, error);
        EXPECT_EQ(error, "");
        return compiled && compiled->script->keeps_to_keys;
    }

    TestServer server_;
    ScriptCache cache_;
    SharedJsonOptions json_;
};

TEST_F(ProvenScripts, OfEvalAreKnownAsSuchOnEveryReactor) {
    EvalScripts one(server_.engine(), cache_, json_, 0);
    EvalScripts other(server_.engine(), cache_, json_, 0);
    EXPECT_TRUE(keeps_to_keys(one, kKeeping));
    EXPECT_TRUE(keeps_to_keys(other, kKeeping));
    EXPECT_FALSE(keeps_to_keys(one, kReaching));
    EXPECT_FALSE(keeps_to_keys(other, kReaching));
    EXPECT_TRUE(keeps_to_keys(one, "#!lua flags=allow-oom\n" + std::string(kKeeping)));
}

TEST_F(ProvenScripts, OfLibrariesAreTheSingleFunctions) {
    FunctionLibraries libraries;
    FunctionScripts scripts(server_.engine(), libraries, json_, 0);
    std::string error;
    const auto library = scripts.load(
        "#!lua name=lib\n"
        "redis.register_function('keeping', function(keys) return redis.call('get', keys[1]) end)\n"
        "redis.register_function('reaching', function(keys, args) return redis.call('get', args[1]) end)\n"
        "redis.register_function{function_name = 'named', callback = function(keys) return keys[1] end}\n"
        "redis.register_function('native', redis.log)\n",
        nullptr, error);
    ASSERT_EQ(error, "");
    ASSERT_EQ(library->functions.size(), 4U);
    EXPECT_TRUE(library->functions[0].keeps_to_keys);
    EXPECT_FALSE(library->functions[1].keeps_to_keys);
    EXPECT_TRUE(library->functions[2].keeps_to_keys);
    EXPECT_FALSE(library->functions[3].keeps_to_keys);
}

}  // namespace
}  // namespace pongo
