#include "stats/info_writer.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

TEST(InfoWriter, SectionsAreSeparatedByAnEmptyLine) {
    InfoWriter info;
    info.section("Server");
    info.field("redis_version", "7.0.15");
    info.section("Clients");
    info.field("connected_clients", 1);
    EXPECT_EQ(info.text(), "# Server\r\nredis_version:7.0.15\r\n\r\n# Clients\r\nconnected_clients:1\r\n");
}

TEST(InfoWriter, FieldsHoldNumbersTextsAndSwitches) {
    InfoWriter info;
    info.field("a", std::int64_t{-1});
    info.field("b", std::uint64_t{18446744073709551615u});
    info.field("c", true);
    info.field("d", false);
    info.field("e", "");
    EXPECT_EQ(info.text(), "a:-1\r\nb:18446744073709551615\r\nc:1\r\nd:0\r\ne:\r\n");
}

TEST(InfoWriter, FractionsHaveTheirDecimals) {
    InfoWriter info;
    info.real("a", 1.5, 2);
    info.real("b", 0.000001, 6);
    info.percent("c", 12.345);
    EXPECT_EQ(info.text(), "a:1.50\r\nb:0.000001\r\nc:12.35%\r\n");
}

TEST(InfoWriter, BytesHaveAFieldForPeople) {
    InfoWriter info;
    info.bytes("used_memory", 1536);
    info.human("total", 832);
    EXPECT_EQ(info.text(), "used_memory:1536\r\nused_memory_human:1.50K\r\ntotal:832B\r\n");
}

TEST(HumanBytes, ChooseTheUnitThatLeavesLessThan1024) {
    EXPECT_EQ(human_bytes(0), "0B");
    EXPECT_EQ(human_bytes(1023), "1023B");
    EXPECT_EQ(human_bytes(1024), "1.00K");
    EXPECT_EQ(human_bytes(1024 * 1024), "1.00M");
    EXPECT_EQ(human_bytes(std::size_t{5} << 30), "5.00G");
    EXPECT_EQ(human_bytes(std::size_t{3} << 40), "3.00T");
}

}  // namespace
}  // namespace pongo
