// SPDX-License-Identifier: BSD-3-Clause
//
// bench: every verb does what it counts, and cleans up.
#include "cli/kvcli.hpp"

namespace csd::cli_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Bench : public Kvcli {};

TEST_F(Bench, EveryVerbCountsItsOperations) {
    for (const char* verb : {"store", "retrieve", "mixed", "exists", "append", "list", "select"}) {
        const json report =
            json_answer({"bench", "--verb", verb, "--ops", "20", "--keys", "5", "--size", "2k"});
        EXPECT_EQ(verb, report["verb"]);
        EXPECT_EQ(20, report["operations"]) << verb;
        EXPECT_EQ(2048, report["size"]);
        EXPECT_GT(report["operations_per_s"], 0);
        for (const char* name : {"p50", "p90", "p99", "p99.9", "max"})
            EXPECT_GT(report["latency_us"][name], 0) << verb;
        EXPECT_LE(report["latency_us"]["p50"], report["latency_us"]["max"]);
        EXPECT_EQ("", answer({"list"})) << verb;
    }
    EXPECT_EQ(5, json_answer({"bench", "--verb", "delete", "--keys", "5"})["operations"]);
}

TEST_F(Bench, ThreadsAndDepthShareTheOperations) {
    const json report = json_answer({"bench", "--verb", "mixed", "--ops", "500", "--keys", "50",
                                     "--threads", "3", "--queue-depth", "16"});
    EXPECT_EQ(500, report["operations"]);
    EXPECT_EQ(3, report["threads"]);
    EXPECT_EQ(16, report["queue_depth"]);
}

TEST_F(Bench, ValuesLargerThanOneTransfer) {
    const json report =
        json_answer({"bench", "--verb", "mixed", "--ops", "6", "--keys", "2", "--size", "5m"});
    EXPECT_EQ(6, report["operations"]);
    EXPECT_GT(report["megabytes_per_s"], 0);
}

TEST_F(Bench, ADurationEndsIt) {
    const json report = json_answer({"bench", "--duration", "0.2", "--keys", "10"});
    EXPECT_GE(report["seconds"], 0.2);
}

TEST_F(Bench, ValuesStayIfAskedFor) {
    answer({"bench", "--ops", "1", "--verb", "exists", "--keys", "3", "--keep"});
    EXPECT_EQ("bench-0\nbench-1\nbench-2\n", answer({"list"}));
}

TEST_F(Bench, ForPeopleItIsATable) {
    const std::string table = answer({"bench", "--ops", "10", "--keys", "5"});
    for (const char* word : {"operations/s", "MB/s", "p50 us", "p99.9 us", "max us"}) {
        EXPECT_THAT(table, HasSubstr(word));
    }
}

TEST_F(Bench, The2023DialectIsMeasuredToo) {
    use("?dialect=2023");
    EXPECT_EQ(
        20, json_answer({"bench", "--verb", "mixed", "--ops", "20", "--keys", "5"})["operations"]);
}

}  // namespace
}  // namespace csd::cli_test
