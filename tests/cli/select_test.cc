// SPDX-License-Identifier: BSD-3-Clause
//
// select: formats, options, reasons.
#include "cli/kvcli.hpp"

namespace csd::cli_test {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCars =
    "make,price,note\nFord,100,\"a, b\"\nFiat,50,plain\nRenault,75,\"say \"\"oui\"\"\"\n";

class Selecting : public Kvcli {};

TEST_F(Selecting, WithHeadersInAndOutEverythingIsTheValueItself) {
    for (const char* dialect : {"", "?dialect=2023&nsid=2"}) {
        use(dialect);
        answer({"store", "cars"}, kCars);
        EXPECT_EQ(kCars, answer({"select", "cars", "select * from x"})) << dialect;
        EXPECT_EQ("Fiat\n", answer({"select", "cars", "SELECT make FROM s3object WHERE price < 60",
                                    "--no-output-header"}));
    }
}

TEST_F(Selecting, HeadersAreOptional) {
    answer({"store", "k"}, "1,2\n3,4\n");
    EXPECT_EQ("a\n4\n", answer({"select", "k", "SELECT sum(_1) AS a FROM x", "--no-input-header"}));
    EXPECT_EQ("4\n", answer({"select", "k", "SELECT sum(_1) FROM x", "--no-input-header",
                             "--no-output-header"}));
}

TEST_F(Selecting, FormatsGoInAndOut) {
    answer({"store", "j"}, "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n");
    EXPECT_EQ("b\ny\n",
              answer({"select", "j", "SELECT b FROM s3object WHERE a = 2", "--input", "json"}));
    const std::string rows = answer(
        {"select", "j", "SELECT a, b FROM x ORDER BY a", "--input", "json", "--output", "json"});
    EXPECT_EQ(json({{"a", 1}, {"b", "x"}}), json::parse(rows.substr(0, rows.find('\n'))));
    answer({"select", "j", "SELECT * FROM x", "--input", "json", "--output", "parquet", "-f",
            path("p")});
    EXPECT_EQ("PAR1", read("p").substr(0, 4));
    answer({"store", "p", path("p")});
    EXPECT_EQ("s\n3\n", answer({"select", "p", "SELECT sum(a) AS s FROM x", "--input", "parquet"}));
}

TEST_F(Selecting, OptionsReachTheDrive) {
    answer({"store", "k"}, "a;b\n1;2\n");
    EXPECT_EQ("b\n2\n", answer({"select", "k", "SELECT b FROM x", "--option", "delimiter=;"}));
    EXPECT_EQ("a|b\n1|2\n", answer({"select", "k", "SELECT * FROM x", "--option", "delimiter=;",
                                    "--option", "out_delimiter=|"}));
    answer({"store", "t"}, "a\tb\n1\t2\n");
    EXPECT_EQ("b\n2\n", answer({"select", "t", "SELECT b FROM x", "--option", "delimiter=\\t"}));
    EXPECT_EQ(7, run({"select", "k", "SELECT b FROM x", "--option", "colour=red"}).status);
}

TEST_F(Selecting, ARefusalHasItsReason) {
    answer({"store", "cars"}, kCars);
    const Ran ran = run({"select", "cars", "SELECT cost FROM x"});
    EXPECT_EQ(7, ran.status);
    EXPECT_EQ("", ran.out);
    EXPECT_THAT(ran.err, HasSubstr("cost"));
    for (const char* sql : {"DROP TABLE x", "SELECT 1 FROM x; SELECT 2 FROM x", "nonsense", "",
                            "SELECT * FROM read_text('/etc/passwd')"}) {
        const json error = json_error({"select", "cars", sql}, 7);
        EXPECT_THAT(std::string(error["error"]), Not(HasSubstr(directory_.string()))) << sql;
    }
    const json unknown = json_error({"select", "cars", "SELECT cost FROM x"}, 7);
    EXPECT_EQ("column-unknown", unknown["reason"]);
    EXPECT_EQ(0x0301, unknown["reason_code"]);
    EXPECT_EQ(7, unknown["position"]);
    EXPECT_EQ("cost", unknown["subject"]);
    EXPECT_TRUE(unknown["record"].is_null());
    EXPECT_EQ(
        "option-unknown",
        json_error({"select", "cars", "SELECT 1 FROM x", "--option", "colour=red"}, 7)["reason"]);
    answer({"store", "prices"}, "name,price\nann,1\nbob,n/a\n");
    const json text = json_error({"select", "prices", "SELECT sum(price) FROM x"}, 7);
    EXPECT_EQ("argument-types", text["reason"]);
    EXPECT_EQ("sum", text["subject"]);
    EXPECT_EQ(3, text["record"]);
    EXPECT_FALSE(json_error({"retrieve", "none"}, 3).contains("reason"));
    EXPECT_EQ(7, json_error({"select", "cars", "DROP TABLE x"}, 7)["sct"]);
    EXPECT_EQ(1, json_error({"select", "cars", "DROP TABLE x"}, 7)["sc"]);
}

TEST_F(Selecting, AMissingKeyIsExitStatusThreeInBothDialects) {
    EXPECT_EQ(3, run({"select", "none", "SELECT 1 FROM x"}).status);
    use("?dialect=2023&nsid=2");
    EXPECT_EQ(3, run({"select", "none", "SELECT 1 FROM x"}).status);
    answer({"store", "cars"}, kCars);
    EXPECT_EQ(7, run({"select", "cars", "nonsense"}).status);
}

TEST_F(Selecting, AValueOfAnotherFormatIsExitStatusSeven) {
    answer({"store", "k"}, "this is no parquet");
    EXPECT_EQ(7, run({"select", "k", "SELECT * FROM x", "--input", "parquet"}).status);
}

TEST_F(Selecting, AFailedQueryLeavesTheOldFile) {
    answer({"store", "cars"}, kCars);
    write("out", "old");
    EXPECT_EQ(7, run({"select", "cars", "nonsense", "-f", path("out")}).status);
    EXPECT_EQ("old", read("out"));
    EXPECT_EQ(1u, files());
    const json written =
        json_answer({"select", "cars", "SELECT count(*) AS n FROM x", "-f", path("out")});
    EXPECT_EQ(json({{"key", "cars"}, {"hex", "63617273"}, {"file", path("out")}, {"bytes", 4}}),
              written);
    EXPECT_EQ("n\n3\n", read("out"));
}

TEST_F(Selecting, AnAnswerOfManyTransfersIsWhole) {
    std::string value = "n\n";
    for (int i = 0; i < 500000; i++) value += std::to_string(1000000 + i) + "\n";
    for (const char* dialect : {"", "?dialect=2023&nsid=2"}) {
        use(dialect);
        answer({"store", "k"}, value);
        EXPECT_TRUE(value == answer({"select", "k", "SELECT n FROM x ORDER BY n"})) << dialect;
    }
}

TEST_F(Selecting, AnOptionWithoutMeaningIsAWarning) {
    answer({"store", "j"}, "{\"a\":1}\n");
    const std::vector<std::string> args = {"select",  "j",    "SELECT a FROM x",
                                           "--input", "json", "--no-input-header"};
    const Ran ran = run(args);
    EXPECT_EQ(0, ran.status);
    EXPECT_EQ("a\n1\n", ran.out);
    EXPECT_THAT(ran.err, HasSubstr("--no-input-header means nothing"));
    const Ran scripted = run(
        {"-o", "json", "select", "j", "SELECT a FROM x", "--input", "json", "--no-input-header"});
    EXPECT_EQ("", scripted.err);
}

TEST_F(Selecting, The2023DialectHasNoOptions) {
    use("?dialect=2023");
    answer({"store", "cars"}, kCars);
    EXPECT_EQ(1, run({"select", "cars", "SELECT 1 FROM x", "--option", "delimiter=;"}).status);
}

}  // namespace
}  // namespace csd::cli_test
