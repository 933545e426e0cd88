#include "effects/effect_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace pongo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Notes the units that it is told of, in a record that sinks may share.
class RecordingSink : public Sink {
  public:
    RecordingSink(std::string name, std::vector<std::string>& record)
        : name_(std::move(name)), record_(record) {}
    void accept(const Unit& unit) noexcept override {
        std::string words = name_;
        for (const PropagatedCommand& command : unit.commands) words += " " + command.args[0];
        record_.push_back(words);
    }

  private:
    std::string name_;
    std::vector<std::string>& record_;
};

Unit unit_of(std::initializer_list<std::string> commands) {
    Unit unit;
    for (const std::string& command : commands) unit.commands.push_back({0, {command}});
    return unit;
}

class EffectLogTest : public testing::Test {
  protected:
    EffectLog log_;
    std::vector<std::string> record_;
    RecordingSink first_{"first", record_};
    RecordingSink second_{"second", record_};
};

TEST_F(EffectLogTest, WithoutSinksNothingIsWanted) {
    EXPECT_FALSE(log_.wants(Interest::Events));
    EXPECT_FALSE(log_.wants(Interest::Commands));
    EXPECT_FALSE(log_.wants(Interest::Touches));
}

TEST_F(EffectLogTest, WantsWhatAnySinkWants) {
    log_.add_sink(first_, {Interest::Events});
    log_.add_sink(second_, {Interest::Events, Interest::Touches});
    EXPECT_TRUE(log_.wants(Interest::Events));
    EXPECT_FALSE(log_.wants(Interest::Commands));
    EXPECT_TRUE(log_.wants(Interest::Touches));
    log_.remove_sink(second_);
    EXPECT_TRUE(log_.wants(Interest::Events));
    EXPECT_FALSE(log_.wants(Interest::Touches));
    log_.remove_sink(first_);
    EXPECT_FALSE(log_.wants(Interest::Events));
}

TEST_F(EffectLogTest, SinksHearOfAUnitInTheOrderInWhichTheyWereAdded) {
    log_.add_sink(second_, {Interest::Commands});
    log_.add_sink(first_, {Interest::Commands});
    Unit unit = unit_of({"SET", "DEL"});
    log_.commit(unit);
    EXPECT_THAT(record_, ElementsAre("second SET DEL", "first SET DEL"));
}

TEST_F(EffectLogTest, ACommittedUnitIsEmptyAgain) {
    Unit unit = unit_of({"SET"});
    unit.events.push_back({EventClass::String, "set", 0, "k"});
    unit.touched.push_back({0, "k"});
    unit.emptied_dbs.push_back(1);
    log_.commit(unit);
    EXPECT_TRUE(unit.empty());
    EXPECT_TRUE(unit.events.empty() && unit.commands.empty() && unit.touched.empty() &&
                unit.emptied_dbs.empty());
}

TEST_F(EffectLogTest, AnEmptyUnitIsNotToldOf) {
    log_.add_sink(first_, {Interest::Commands});
    Unit unit;
    log_.commit(unit);
    EXPECT_THAT(record_, IsEmpty());
}

TEST_F(EffectLogTest, ARemovedSinkHearsNoMore) {
    log_.add_sink(first_, {Interest::Commands});
    log_.add_sink(second_, {Interest::Commands});
    log_.remove_sink(first_);
    Unit unit = unit_of({"SET"});
    log_.commit(unit);
    EXPECT_THAT(record_, ElementsAre("second SET"));
}

TEST_F(EffectLogTest, EachPartAloneMakesAUnitNotEmpty) {
    Unit events, commands, touched, emptied;
    events.events.push_back({EventClass::Generic, "del", 0, "k"});
    commands.commands.push_back({0, {"DEL", "k"}});
    touched.touched.push_back({0, "k"});
    emptied.emptied_dbs.push_back(0);
    for (const Unit* unit : {&events, &commands, &touched, &emptied}) EXPECT_FALSE(unit->empty());
    EXPECT_TRUE(Unit{}.empty());
}

// A sink needs no lock: units come one at a time, and each thread's in its order.
TEST_F(EffectLogTest, UnitsOfSeveralThreadsAreContiguousAndInOrder) {
    constexpr int kUnits = 500;
    log_.add_sink(first_, {Interest::Commands});
    const auto commit_many = [this](const std::string& name) {
        for (int i = 0; i < kUnits; ++i) {
            Unit unit = unit_of({name, std::to_string(i)});
            log_.commit(unit);
        }
    };
    std::thread other(commit_many, "b");
    commit_many("a");
    other.join();
    ASSERT_EQ(record_.size(), 2u * kUnits);
    int next_a = 0;
    int next_b = 0;
    for (const std::string& words : record_) {
        const bool is_a = words.starts_with("first a ");
        const int number = is_a ? next_a++ : next_b++;
        ASSERT_EQ(words, std::string(is_a ? "first a " : "first b ") + std::to_string(number));
    }
}

}  // namespace
}  // namespace pongo
