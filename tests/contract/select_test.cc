// SPDX-License-Identifier: BSD-3-Clause
//
// Selects of both dialects: formats, headers, names of the object, results and how long they live, failures.
#include "contract/select_fixture.hpp"

namespace csd::contract {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

CONTRACT_OF(Select, with_select);

TEST_P(Select, AnswersWithTheRowsAskedFor) {
    store("cars", kCars);
    EXPECT_EQ(ask("cars", "SELECT name FROM s3object WHERE mpg > 16"), "ford\nfiat\n");
    EXPECT_EQ(ask("cars", "select count(*), max(mpg) from s3object"), "3,30\n");
    EXPECT_EQ(ask("cars", "select name from s3object where mpg > 99"), "");
}

TEST_P(Select, CsvHasAHeaderOnlyWhereThatIsSaid) {
    store("cars", kCars);
    store("rows", "1,x\n2,y\n");
    EXPECT_EQ(ask("cars", "select name from s3object limit 1", {.output_header = true}),
              "name\nford\n");
    EXPECT_EQ(ask("rows", "select _2 from s3object where _1 = 2", {.input_header = false}), "y\n");
    EXPECT_EQ(ask("cars", "select _1 from s3object limit 1"), "ford\n")
        << "numbers work with a header too";
    EXPECT_EQ(ask("cars", "select count(*) from s3object", {.input_header = false}), "4\n");
}

TEST_P(Select, ReadsJsonLinesAndArrays) {
    store("lines", kCarLines);
    store("array", kCarDocument);
    const Ask json{.input = DataFormat::kJson};
    EXPECT_EQ(ask("lines", "select name, mpg from s3object order by mpg", json),
              "buick,15\nford,18\nfiat,30\n");
    EXPECT_EQ(ask("array", "select sum(mpg) from s3object", json), "48\n");
}

TEST_P(Select, AnswersInJsonOneObjectALine) {
    store("cars", kCars);
    EXPECT_EQ(ask("cars", "select name, mpg from s3object where mpg < 30 order by mpg",
                  {.output = DataFormat::kJson}),
              "{\"name\":\"buick\",\"mpg\":15}\n{\"name\":\"ford\",\"mpg\":18}\n");
}

TEST_P(Select, ParquetThatADriveWroteADriveReads) {
    store("cars", kCars);
    const std::string parquet =
        ask("cars", "select * from s3object", {.output = DataFormat::kParquet});
    ASSERT_THAT(parquet, StartsWith("PAR1"));
    ASSERT_EQ(parquet.substr(parquet.size() - 4), "PAR1");
    store("parquet", parquet);
    const Ask from_parquet{.input = DataFormat::kParquet, .output_header = true};
    EXPECT_EQ(
        ask("parquet", "select name, mpg from s3object where price is not null", from_parquet),
        "name,mpg\nford,18\nfiat,30\n");
    EXPECT_EQ(ask("parquet", "select sum(price) from s3object", {.input = DataFormat::kParquet}),
              "5634.5\n");
}

TEST_P(Select, AnyOneTableNameMeansTheObject) {
    store("cars", kCars);
    for (const char* from :
         {"s3object", "S3Object", "x", "\"the cars\"", "s3object as c", "s3object c"}) {
        EXPECT_EQ(ask("cars", std::string("select count(*) from ") + from), "3\n") << from;
    }
    EXPECT_EQ(ask("cars", "select count(*)\n\tfrom\ns3object\nwhere true"), "3\n");
    EXPECT_EQ(ask("cars",
                  "with fast as (select * from s3object where mpg > 16) select count(*) from fast"),
              "2\n");
    EXPECT_EQ(ask("cars", "select count(*) from x a join x b on a.name = b.name"), "3\n");
    EXPECT_EQ(ask("cars", "select 'from here' from x limit 1"), "from here\n");
    EXPECT_EQ(ask("cars", "select max(name) from '/etc/passwd'"), "ford\n") << "whatever it is";
}

TEST_P(Select, OneTrailingNulIsDropped) {
    store("cars", kCars);
    EXPECT_EQ(ask("cars", std::string_view("select count(*) from x\0", 23)), "3\n");
}

TEST_P(Select, SeesTheValueAsItIsNow) {
    store("k", "a\n1\n");
    EXPECT_EQ(ask("k", "select sum(a) from s3object"), "1\n");
    store("k", "a\n2\n3\n");
    EXPECT_EQ(ask("k", "select sum(a) from s3object"), "5\n");
}

TEST_P(Select, AResultIsFetchedOnceAndThenGone) {
    store("cars", kCars);
    const uint32_t id = send("cars", "select name from s3object").dw0;
    const Answer got = fetch(id);
    EXPECT_EQ(got.data, "ford\nbuick\nfiat\n");
    EXPECT_EQ(got.dw0, 16u);
    EXPECT_THAT(fetch(id), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Select, WithoutAKeepBitAPartIsEnoughToEndAResult) {
    store("cars", kCars);
    const uint32_t id = send("cars", "select name from s3object").dw0;
    const Answer part = fetch(id, {.room = 5});
    EXPECT_EQ(part.data, "ford\n");
    EXPECT_EQ(part.dw0, 16u) << "the size of the whole";
    EXPECT_THAT(fetch(id), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Select, KeepKeepsAndKeepUnlessAllEndsWithTheLastByte) {
    store("cars", kCars);
    const uint32_t id = send("cars", "select name from s3object").dw0;
    for (int i = 0; i < 3; i++) EXPECT_EQ(fetch(id, {.keep = true}).data.size(), 16u);
    EXPECT_EQ(fetch(id, {.keep = true, .keep_unless_all = true}).data.size(), 16u) << "keep rules";
    EXPECT_EQ(fetch(id, {.room = 5, .keep_unless_all = true}).data, "ford\n");
    EXPECT_EQ(fetch(id, {.room = 10, .offset = 5, .keep_unless_all = true}).data, "buick\nfiat");
    EXPECT_EQ(fetch(id, {.room = 10, .offset = 15, .keep_unless_all = true}).data, "\n");
    EXPECT_THAT(fetch(id), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Select, AnOffsetPastTheEndGivesNothingAndTheTrueSize) {
    store("cars", kCars);
    const uint32_t id = send("cars", "select name from s3object").dw0;
    for (const uint64_t past : {16, 17, 1'000'000}) {
        const Answer got = fetch(id, {.room = 4, .offset = past, .keep = true});
        EXPECT_THAT(got, Says(nvme::kSuccess));
        EXPECT_EQ(got.dw0, 16u);
    }
    fetch(id, {.room = 4, .offset = 16, .keep_unless_all = true});
    EXPECT_THAT(fetch(id), Says(nvme::kKeyDoesNotExist)) << "it counts as the last byte";
}

TEST_P(Select, AnEmptyResultIsAResult) {
    store("cars", kCars);
    const Answer sent = send("cars", "select name from s3object where false");
    ASSERT_THAT(sent, Says(nvme::kSuccess));
    EXPECT_EQ(fetch(sent.dw0).dw0, 0u);
}

TEST_P(Select, AnUnknownResultIsNotFound) {
    EXPECT_THAT(fetch(0xFFFFFFF0), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Select, ResultsAreApartFromEachOther) {
    store("cars", kCars);
    const uint32_t first = send("cars", "select 'first'").dw0;
    const uint32_t second = send("cars", "select 'second'").dw0;
    EXPECT_NE(first, second);
    EXPECT_EQ(fetch(second).data, "second\n");
    EXPECT_EQ(fetch(first).data, "first\n");
}

TEST_P(Select, ALargeResultComesInPieces) {
    store("cars", kCars);
    const std::string sql =
        "select i, 'some text' from range(100000) t(i), s3object where mpg = 30";
    const Answer sent = send("cars", sql);
    ASSERT_THAT(sent, Says(nvme::kSuccess)) << reason();
    const uint32_t room = std::min(300'000u, abilities().max_transfer_bytes);
    std::string whole;
    for (;;) {
        const Answer got =
            fetch(sent.dw0, {.room = room, .offset = whole.size(), .keep_unless_all = true});
        if (got.status != 0 || got.never_sent) break;
        whole += got.data;
    }
    EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 100'000);
    EXPECT_THAT(whole, StartsWith("0,some text\n"));
}

TEST_P(Select, OfAMissingKeyFails) {
    EXPECT_THAT(send("none", "select 1"),
                Says(status(nvme::kKeyDoesNotExist, nvme::kUnrecoveredError)));
}

TEST_P(Select, OnlyOneSelectIsPermitted) {
    store("cars", kCars);
    const uint16_t refusal = status(nvme::kQueryRefused, nvme::kUnrecoveredError);
    for (const char* sql : {"drop table s3object", "select 1; select 2", "selct name from s3object",
                            "select * from a, b", "copy s3object to '/tmp/x'",
                            "select * from read_csv('/etc/passwd')", "pragma version",
                            "attach '/tmp/x'", "set threads = 1"}) {
        EXPECT_THAT(send("cars", sql), Says(refusal)) << sql;
        EXPECT_EQ(reason().empty(), !is_key_value()) << sql;
    }
    EXPECT_EQ(ask("cars", "select count(*) from s3object"), "3\n") << "the drive serves on";
}

TEST_P(Select, AValueThatIsNotOfTheFormatFails) {
    store("cars", kCars);
    const uint16_t unreadable = status(nvme::kQueryData, nvme::kUnrecoveredError);
    EXPECT_THAT(send("cars", "select * from s3object", {.input = DataFormat::kParquet}),
                Says(unreadable));
    EXPECT_THAT(send("cars", "select * from s3object", {.input = DataFormat::kJson}),
                Says(unreadable));
}

TEST_P(Select, AQueryThatFailsWhileItRunsFails) {
    store("cars", kCars);
    EXPECT_THAT(send("cars", "select cast(name as integer) from s3object"),
                Says(status(nvme::kQueryFailed, nvme::kUnrecoveredError)));
}

// The traits of files that people really have: a second row with the types, numbers such as `3504.` and
// `18.0`. What was not computed comes out as it went in.
TEST_P(Select, AFileWithATypeRowComesBackByteForByte) {
    const std::string file =
        "Car,MPG,Cylinders,Weight,Model,Origin\n"
        "STRING,DOUBLE,INT,DOUBLE,INT,CAT\n"
        "Lorem Ipsum 320,18.0,8,3504.,70,US\n"
        "Dolor Sit Amet,15.0,8,3693.,70,US\n"
        "Consectetur (sw),24.50,4,2372.,07,Japan\n"
        "Adipiscing Elit,0,4,1835.,70,Europe\n";
    store("file", file);
    EXPECT_EQ(ask("file", "select * from x", {.output_header = true}), file);
    EXPECT_EQ(ask("file", "SELECT * FROM s3object", {.output_header = true}), file);
    EXPECT_EQ(ask("file", "select Car from x where MPG = '18.0'"), "Lorem Ipsum 320\n");
}

TEST_P(Select, ThroughTheClient) {
    store("cars", kCars);
    std::string rows;
    kv::SelectOptions options;
    options.input_header = true;
    const auto bytes = client().select(key("cars"), "select name from x where mpg > 16", options,
                                       kv::Sink::to(rows));
    ASSERT_TRUE(bytes.ok()) << bytes.status().message();
    EXPECT_EQ(rows, "ford\nfiat\n");
    EXPECT_EQ(bytes.value(), rows.size());
    const auto wrong =
        client().select(key("cars"), "select nothing from x", options, kv::Sink::to(rows));
    ASSERT_FALSE(wrong.ok());
    const bool is_named = wrong.status().message().find("nothing") != std::string::npos;
    EXPECT_EQ(is_named, is_key_value()) << wrong.status().message();
    ASSERT_NE(wrong.status().reason(), nullptr);
    const nvme::QueryReason& reason = *wrong.status().reason();
    EXPECT_EQ(reason.code,
              is_key_value() ? nvme::ReasonCode::kColumnUnknown : nvme::ReasonCode::kUnknown);
    EXPECT_EQ(reason.subject(), is_key_value() ? "nothing" : "");
    EXPECT_EQ(reason.sentence, wrong.status().message());
    const auto none = client().select(key("none"), "select 1", options, kv::Sink::to(rows));
    EXPECT_EQ(none.code(), Code::kNotFound) << none.status().message();
}

}  // namespace csd::contract
