#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class GeoCommands : public testing::Test {
  protected:
    std::string run(const Lines& args) { return server_.run(args); }
    void given(const Lines& args) {
        run(args);
        sink_.forget();
    }
    void given_two_places() {
        given({"GEOADD", "k", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania"});
    }
    bool reaches_further(const std::vector<std::string_view>& request) {
        return server_.engine().commands().find(request[0])->spec->reaches_further(request);
    }

    TestServer server_;
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(GeoCommands, GeoaddTellsOfMembersWithScores) {
    EXPECT_EQ(run({"GEOADD", "k", "CH", "13.361389", "38.115556", "Palermo"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 zadd k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 ZADD k CH 3479099956230698 Palermo"});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});

    EXPECT_EQ(run({"GEOADD", "k", "CH", "13.361389", "38.115556", "Palermo"}), ":0\r\n");
    EXPECT_EQ(run({"GEOADD", "none", "XX", "1", "1", "a"}), ":0\r\n");
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(GeoCommands, StoringTellsWhichCommandDidIt) {
    given_two_places();
    const auto changes = [&] { return server_.executor().stats().counters.changes.get(); };
    const auto before = changes();
    EXPECT_EQ(run({"GEORADIUS", "k", "15", "37", "200", "km", "STORE", "d"}), ":2\r\n");
    EXPECT_EQ(changes(), before + 2);
    EXPECT_EQ(sink_.events(), (Lines{"0 new d", "0 georadiusstore d"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 GEORADIUS k 15 37 200 km STORE d"});
    run({"GEOSEARCHSTORE", "d", "k", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km"});
    EXPECT_EQ(sink_.events(), Lines{"0 geosearchstore d"});
    EXPECT_EQ(run({"GEOSEARCHSTORE", "d", "k", "FROMLONLAT", "0", "0", "BYRADIUS", "1", "m"}), ":0\r\n");
    EXPECT_EQ(sink_.events(), Lines{"0 del d"});
}

TEST_F(GeoCommands, SearchingHasNoEffect) {
    given_two_places();
    run({"GEORADIUS", "k", "15", "37", "200", "km"});
    run({"GEOSEARCH", "k", "FROMMEMBER", "Palermo", "BYBOX", "1", "1", "km"});
    run({"GEODIST", "k", "Palermo", "Catania"});
    EXPECT_EQ(sink_.events(), Lines{});
    EXPECT_EQ(sink_.commands(), Lines{});
}

// The specifications find the first destination; where there are several, every shard is locked.
TEST_F(GeoCommands, SeveralDestinationsNeedEveryShard) {
    EXPECT_FALSE(reaches_further({"GEORADIUS", "k", "1", "1", "1", "m"}));
    EXPECT_FALSE(reaches_further({"GEORADIUS", "k", "1", "1", "1", "m", "STORE", "a"}));
    EXPECT_TRUE(reaches_further({"GEORADIUS", "k", "1", "1", "1", "m", "STORE", "a", "store", "b"}));
    EXPECT_TRUE(reaches_further({"GEORADIUSBYMEMBER", "k", "a", "1", "m", "STORE", "a", "STOREDIST", "b"}));
}

}  // namespace
}  // namespace pongo
