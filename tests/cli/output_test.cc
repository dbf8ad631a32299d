// SPDX-License-Identifier: BSD-3-Clause
//
// What kvcli prints for people and for scripts, and its exit statuses.
#include "cli/kvcli.hpp"

namespace csd::cli_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Output : public Kvcli {};

TEST_F(Output, EveryVerbAnswersInJson) {
    EXPECT_EQ(json({{"key", "k"}, {"hex", "6B"}, {"size", 5}}),
              json_answer({"store", "k"}, "hello"));
    EXPECT_EQ(json({{"key", "k"}, {"hex", "6B"}, {"size", 6}}),
              json_answer({"store", "k", "--append"}, "!"));
    EXPECT_EQ(json({{"key", "k"}, {"hex", "6B"}, {"exists", true}}), json_answer({"exists", "k"}));
    EXPECT_EQ(json({{"key", "k"}, {"hex", "6B"}, {"file", path("out")}, {"bytes", 6}}),
              json_answer({"retrieve", "k", "-f", path("out")}));
    EXPECT_EQ(json({{"key", "k"}, {"hex", "6B"}, {"deleted", true}}), json_answer({"delete", "k"}));
    EXPECT_EQ(json({{"flushed", true}}), json_answer({"flush"}));
    EXPECT_EQ(json({{"formatted", true}}), json_answer({"format", "--yes"}));
    EXPECT_EQ(json({{"key", nullptr}, {"hex", "00FF"}, {"size", 1}}),
              json_answer({"store", "0x00ff"}, "x"));
}

TEST_F(Output, AListInJsonIsAnObjectALine) {
    answer({"store", "0x00"}, "x");
    answer({"store", "b"}, "x");
    EXPECT_EQ("{\"key\":null,\"hex\":\"00\"}\n{\"key\":\"b\",\"hex\":\"62\"}\n",
              answer({"-o", "json", "list"}));
}

TEST_F(Output, AnAbsentKeyIsAnAnswerOfExists) {
    const Ran absent = run({"-o", "json", "exists", "k"});
    EXPECT_EQ(3, absent.status);
    EXPECT_EQ(json({{"key", "k"}, {"hex", "6B"}, {"exists", false}}), json::parse(absent.out));
    EXPECT_EQ("", absent.err);
}

TEST_F(Output, AValueIsNeverWrappedInJson) {
    answer({"store", "k"}, "plain");
    EXPECT_EQ("plain", answer({"-o", "json", "retrieve", "k"}));
}

TEST_F(Output, ErrorsInJsonHaveTheNvmeStatus) {
    const json missing = json_error({"retrieve", "none"}, 3);
    EXPECT_EQ(0, missing["sct"]);
    EXPECT_EQ(0x87, missing["sc"]);
    answer({"store", "k"}, "x");
    EXPECT_EQ(0x89, json_error({"store", "k", "--only-add"}, 4)["sc"]);
    const json usage = json_error({"store"}, 2);
    EXPECT_TRUE(usage["sct"].is_null() && usage["sc"].is_null());
    EXPECT_TRUE(json_error({"--device", "tcp:h:1/nqn", "list"}, 5)["sc"].is_null());
}

TEST_F(Output, ErrorsForPeopleAreOneSentence) {
    const Ran missing = run({"retrieve", "none"});
    EXPECT_EQ("kvcli: the key does not exist\n", missing.err);
    EXPECT_EQ("", missing.out);
}

TEST_F(Output, InfoIsATableOrAnObject) {
    use("?size=10000000&nsid=2");
    const std::string table = answer({"info"});
    for (const char* word :
         {"emulator", "NVMe Key Value", "9.5 MiB", "append", "select", "csv, json, parquet"}) {
        EXPECT_THAT(table, HasSubstr(word));
    }
    const json info = json_answer({"info"});
    EXPECT_EQ("kv", info["dialect"]);
    EXPECT_EQ(2, info["nsid"]);
    EXPECT_EQ(10000000, info["capacity_bytes"]);
    EXPECT_EQ(2097152, info["max_transfer_bytes"]);
    EXPECT_EQ(json({"csv", "json", "parquet"}), info["extensions"]["formats"]);
    use("?dialect=2023&nsid=3");
    EXPECT_EQ("2023", json_answer({"info"})["dialect"]);
    EXPECT_THAT(answer({"info"}), HasSubstr("the 2023 dialect"));
    use("?extensions=off&nsid=4");
    EXPECT_TRUE(json_answer({"info"})["extensions"].is_null());
}

TEST_F(Output, AFailureOfALocalFileIsNotTheDrives) {
    EXPECT_EQ(1, run({"store", "k", path("no such file")}).status);
    answer({"store", "k"}, "x");
    EXPECT_EQ(1, run({"retrieve", "k", "-f", path("no/such/directory")}).status);
    EXPECT_EQ(1, run({"retrieve", "k", "-f", "/dev/full"}).status);
}

TEST_F(Output, AReaderThatLeavesEndsTheListingQuietly) {
    answer({"bench", "--ops", "1", "--verb", "exists", "--keys", "20000", "--size", "0", "--keep"});
    const auto listing = start({"list"});
    listing->read_and_leave(100);
    const Ran ended = listing->wait();
    EXPECT_EQ(1, ended.status);
    EXPECT_EQ("", ended.err);
}

TEST_F(Output, AReaderThatLeavesEndsARetrieveQuietly) {
    answer({"store", "k"}, std::string(5000000, 'x'));
    const auto retrieving = start({"retrieve", "k"});
    retrieving->read_and_leave(100);
    const Ran ended = retrieving->wait();
    EXPECT_EQ(1, ended.status);
    EXPECT_EQ("", ended.err);
}

}  // namespace
}  // namespace csd::cli_test
