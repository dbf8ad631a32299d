// SPDX-License-Identifier: BSD-3-Clause
//
// What selects have only on Key Value namespaces: reasons, asynchronous queries, descriptions, options.
#include "contract/select_fixture.hpp"

namespace csd::contract {

using ::testing::HasSubstr;
using ::testing::Not;

class RichSelect : public Select {
  protected:
    void SetUp() override { store("cars", kCars); }

    // Runs until it is stopped, on any machine.
    static constexpr char kEndless[] =
        "select count(*) from range(1000000) a, range(1000000) b, s3object";
    static inline const Ask kLater{.asynchronous = true};
};
CONTRACT_OF(RichSelect, with_rich_select);

TEST_P(RichSelect, AFailureLeavesItsReasonUnderTheIdInDW0) {
    const Answer sent = send("cars", "select nothing from s3object");
    EXPECT_EQ(nvme::status_code_type(sent.status), nvme::kSctVendor);
    ASSERT_NE(sent.dw0, 0u);
    const std::string why = fetch(sent.dw0, {.keep = true}).data;
    EXPECT_THAT(why, HasSubstr("nothing"));
    EXPECT_EQ(fetch(sent.dw0).data, why);
    EXPECT_THAT(fetch(sent.dw0), Says(nvme::kKeyDoesNotExist));
    EXPECT_EQ(fetch(0).data, why) << "id 0 is the last reason, as often as asked";
    EXPECT_EQ(fetch(0).data, why);
}

TEST_P(RichSelect, AReasonIsDataUnderItsIdAndUnderIdZero) {
    const std::string sql = "select mpg, prize from s3object";
    const Answer sent = send("cars", sql);
    ASSERT_NE(sent.dw0, 0u);
    const nvme::ResultDescription told = describe(sent.dw0);
    EXPECT_EQ(describe(0), told) << "for transports that lose DW0 of a failure";
    EXPECT_EQ(told.state, ResultState::kFailed);
    EXPECT_EQ(told.values, 1u);
    EXPECT_EQ(told.values_done, 0u);
    const nvme::QueryReason reason = nvme::described_reason(told, fetch(sent.dw0).data);
    EXPECT_EQ(reason.code, nvme::ReasonCode::kColumnUnknown);
    EXPECT_EQ(reason.subject(), "prize");
    EXPECT_EQ(reason.position, sql.find("prize"));
    EXPECT_EQ(reason.record, 0u);
    EXPECT_TRUE(reason.sentence.ends_with(" (line 1, column 13 of the SQL)")) << reason.sentence;
    EXPECT_EQ(describe(0), told) << "fetching it leaves id 0";

    // Of the value, and of an asynchronous select.
    store("prices", "name,price\nann,1\nbob,n/a\n");
    const uint32_t id = send("prices", "select sum(price) from s3object", kLater).dw0;
    ASSERT_EQ(wait_for_the_end(id), ResultState::kFailed);
    const nvme::ResultDescription later = describe(id);
    EXPECT_EQ(later.reason, nvme::ReasonCode::kArgumentTypes);
    EXPECT_EQ(later.record, 3u);
    EXPECT_EQ(describe(0).record, 3u);
}

TEST_P(RichSelect, ADescriptionTellsHowFarASelectIs) {
    const uint32_t done = send("cars", "select 1 from s3object").dw0;
    EXPECT_EQ(describe(done).values_done, 1u);
    EXPECT_EQ(describe(done).values, 1u);
    EXPECT_EQ(describe(done).bytes_read, sizeof(kCars) - 1);
    const uint32_t running = send("cars", kEndless, kLater).dw0;
    EXPECT_EQ(describe(running).values_done, 0u);
    EXPECT_EQ(describe(running).values, 1u);
    EXPECT_EQ(describe(running).bytes_read, 0u);
    EXPECT_THAT(fetch(running), Says(nvme::kSuccess));
    fetch(done);
}

TEST_P(RichSelect, AReasonNamesNoPathOfTheHost) {
    for (const char* sql : {"select nothing from s3object", "select * from read_csv('x')", "select",
                            "select cast(name as int) from s3object"}) {
        send("cars", sql);
        EXPECT_FALSE(reason().empty()) << sql;
        EXPECT_THAT(reason(), Not(HasSubstr(key("cars").file_name()))) << sql;
        EXPECT_THAT(reason(), Not(HasSubstr("/proc"))) << sql;
    }
}

TEST_P(RichSelect, ALaterFailureIsTheLastOne) {
    send("cars", "select first_mistake from s3object");
    send("cars", "select second_mistake from s3object");
    EXPECT_THAT(reason(), HasSubstr("second_mistake"));
    ask("cars", "select 1");
    EXPECT_THAT(reason(), HasSubstr("second_mistake")) << "a success changes nothing";
}

TEST_P(RichSelect, DescribeTellsSizeAndStateAndFreesNothing) {
    const uint32_t id = send("cars", "select name from s3object").dw0;
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(describe(id).state, ResultState::kDone);
        EXPECT_EQ(describe(id).size, 16u);
    }
    EXPECT_EQ(fetch(id).data.size(), 16u);
}

TEST_P(RichSelect, AnAsynchronousSelectCompletesBeforeItsQuery) {
    const Answer sent = send("cars", "select count(*) from s3object", kLater);
    ASSERT_THAT(sent, Says(nvme::kSuccess));
    ASSERT_EQ(wait_for_the_end(sent.dw0), ResultState::kDone);
    EXPECT_EQ(describe(sent.dw0).size, 2u);
    EXPECT_EQ(fetch(sent.dw0).data, "3\n");
    EXPECT_THAT(fetch(sent.dw0), Says(nvme::kKeyDoesNotExist));
}

TEST_P(RichSelect, ARunningQueryIsKeptOrCancelled) {
    const uint32_t id = send("cars", kEndless, kLater).dw0;
    EXPECT_EQ(describe(id).state, ResultState::kRunning);
    EXPECT_EQ(describe(id).size, 0u);
    EXPECT_THAT(fetch(id, {.keep = true}), Says(nvme::kQueryRunning));
    EXPECT_THAT(fetch(id, {.keep_unless_all = true}), Says(nvme::kQueryRunning));
    EXPECT_THAT(fetch(id), Says(nvme::kSuccess)) << "without a keep bit it is cancelled";
    EXPECT_THAT(fetch(id), Says(nvme::kKeyDoesNotExist));
}

TEST_P(RichSelect, AnAsynchronousFailureIsToldByTheFirstFetch) {
    const uint32_t id = send("cars", "select nothing from s3object", kLater).dw0;
    Answer told = fetch(id, {.keep = true});
    for (int i = 0;
         i < 6000 && nvme::status_kind(told.status) == nvme::status_kind(nvme::kQueryRunning);
         i++) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        told = fetch(id, {.keep = true});
    }
    EXPECT_EQ(nvme::status_code_type(told.status), nvme::kSctVendor);
    EXPECT_EQ(told.dw0, id);
    EXPECT_THAT(fetch(id).data, HasSubstr("nothing"));
}

TEST_P(RichSelect, AnAsynchronousFailureIsToldByDescribe) {
    const uint32_t id = send("cars", "select nothing from s3object", kLater).dw0;
    ASSERT_EQ(wait_for_the_end(id), ResultState::kFailed);
    EXPECT_EQ(fetch(id, {.keep = true}).data.size(), describe(id).size);
    EXPECT_THAT(fetch(id).data, HasSubstr("nothing"));
}

TEST_P(RichSelect, AnAsynchronousSelectOfAMissingKeyFailsAtOnce) {
    EXPECT_THAT(send("none", "select 1", kLater), Says(nvme::kKeyDoesNotExist));
}

TEST_P(RichSelect, AFullTableRefusesInsteadOfForgetting) {
    std::vector<uint32_t> held;
    Answer sent;
    for (uint32_t i = 0; i <= abilities().extensions->max_results; i++) {
        sent = send("cars", "select 1");
        if (sent.status != 0) break;
        held.push_back(sent.dw0);
    }
    EXPECT_THAT(sent, Says(nvme::kQueryBusy));
    ASSERT_FALSE(held.empty());
    EXPECT_EQ(fetch(held.front()).data, "1\n") << "nothing was evicted";
    EXPECT_THAT(send("cars", "select 1"), Says(nvme::kSuccess)) << "and there is room again";
    for (const uint32_t id : held) fetch(id);
    fetch(held.back() + 1);
}

class ResultSizes : public RichSelect {};
CONTRACT_OF(ResultSizes, [](const Abilities& a) { return with_rich_select(a) && a.zero_reads; });

TEST_P(ResultSizes, AFetchWithoutABufferTellsTheSizeAndMayKeep) {
    const uint32_t id = send("cars", "select name from s3object").dw0;
    nvme::SelectRetrieve size;
    size.id = id;
    size.keep = true;
    EXPECT_EQ(drive().run(size).dw0, 16u);
    EXPECT_EQ(fetch(id).data.size(), 16u);
}

// --- Options ---------------------------------------------------------------------------------------------

TEST_P(RichSelect, OptionsDescribeUnusualCsv) {
    store("odd", "# a comment\na;b\n'x;y';2\n");
    EXPECT_EQ(ask("odd", "select a, b from s3object",
                  {.options = R"({"delimiter":";","quote":"'","comment":"#"})"}),
              "x;y,2\n");
    store("rows", "1|2\n3|4\n");
    EXPECT_EQ(ask("rows", "select sum(_2) from s3object",
                  {.input_header = false, .options = R"({"delimiter":"|"})"}),
              "6\n");
}

// Columns, the shape of the records, a part of the value.
TEST_P(RichSelect, OptionsDescribeColumnsRecordsAndAPart) {
    EXPECT_EQ(ask("cars", "select typeof(mpg) from s3object limit 1",
                  {.options = R"({"columns":"text"})"}),
              "VARCHAR\n");
    EXPECT_EQ(ask("cars", "select car from s3object limit 1",
                  {.options = R"({"columns":["car","m","p"]})"}),
              "ford\n");
    store("escaped", "a\n\"say \\\"hi\\\"\"\n");
    EXPECT_EQ(ask("escaped", "select length(a) from s3object", {.options = R"({"escape":"\\"})"}),
              "8\n");
    store("hashes", "a,b#1,x#2,y");
    EXPECT_EQ(
        ask("hashes", "select sum(a) from s3object", {.options = R"({"record_delimiter":"#"})"}),
        "3\n");
    // A record counts where its first byte does.
    store("rows", "10\n20\n30\n40\n");
    EXPECT_EQ(ask("rows", "select sum(_1) from s3object",
                  {.input_header = false, .options = R"({"scan":[3,7]})"}),
              "50\n");
    store("commas", "a\n'x,y'\n");
    EXPECT_EQ(
        ask("commas", "select a from s3object", {.options = R"({"quote":"'","out_quote":"'"})"}),
        "'x,y'\n");
}

TEST_P(RichSelect, CompressedValuesAreRead) {
    // "a\n1\n2\n39\n" as gzip, bzip2 and zstd make it.
    const std::pair<const char*, std::vector<uint8_t>> values[] = {
        {"gzip",
         {0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4B, 0xE4, 0x32, 0xE4, 0x32,
          0xE2, 0x32, 0xB6, 0xE4, 0x02, 0x00, 0xEE, 0x24, 0x7E, 0xEF, 0x09, 0x00, 0x00, 0x00}},
        {"bzip2", {0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x0F, 0xEA,
                   0x3E, 0xB9, 0x00, 0x00, 0x04, 0x49, 0x00, 0x00, 0x10, 0x38, 0x20, 0x20,
                   0x00, 0x20, 0x00, 0x22, 0x18, 0x68, 0x30, 0x01, 0xC2, 0xF8, 0xB0, 0xBB,
                   0x92, 0x29, 0xC2, 0x84, 0x80, 0x7F, 0x51, 0xF5, 0xC8}},
        {"zstd", {0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x49, 0x00, 0x00, 0x61, 0x0A,
                  0x31, 0x0A, 0x32, 0x0A, 0x33, 0x39, 0x0A, 0x4A, 0x10, 0xB3, 0x85}},
    };
    for (const auto& [name, bytes] : values) {
        store("packed", as_text(bytes));
        const std::string options = std::string(R"({"compression":")") + name + R"("})";
        EXPECT_EQ(ask("packed", "select sum(a) from s3object", {.options = options}), "42\n")
            << name;
    }
}

TEST_P(RichSelect, OptionsDescribeTheAnswer) {
    EXPECT_EQ(ask("cars", "select name, mpg from s3object where mpg < 20",
                  {.output_header = true, .options = R"({"out_delimiter":"|"})"}),
              "name|mpg\nford|18\nbuick|15\n");
    EXPECT_EQ(ask("cars", "select name from s3object where mpg < 20",
                  {.options = R"({"out_record_delimiter":"\r\n"})"}),
              "ford\r\nbuick\r\n");
}

TEST_P(RichSelect, TheHeaderMayBeUsedIgnoredOrAbsent) {
    EXPECT_EQ(ask("cars", "select count(*) from s3object", {.options = R"({"header":"none"})"}),
              "4\n");
    EXPECT_EQ(ask("cars", "select count(*) from s3object",
                  {.input_header = false, .options = R"({"header":"use"})"}),
              "3\n");
    EXPECT_EQ(ask("cars", "select _1 from s3object limit 1",
                  {.input_header = false, .options = R"({"header":"ignore"})"}),
              "ford\n");
}

TEST_P(RichSelect, JsonMayBeOneDocument) {
    store("array", kCarDocument);
    EXPECT_EQ(ask("array", "select count(*) from s3object[*]",
                  {.input = DataFormat::kJson, .options = R"({"json":"document"})"}),
              "2\n");
}

TEST_P(RichSelect, OptionsNobodyKnowsAreAnInvalidField) {
    for (const char* options :
         {R"({"delimeter":";"})", R"({"header":"maybe"})", R"({"delimiter":)", R"([1])", "hello"}) {
        EXPECT_THAT(send("cars", "select 1", {.options = options}), Says(nvme::kInvalidField))
            << options;
        EXPECT_FALSE(reason().empty()) << options;
    }
}

TEST_P(RichSelect, OptionsMayFillFourKilobytes) {
    std::string options = R"({"delimiter":","})";
    options.insert(1, std::string(4096 - options.size(), ' '));
    EXPECT_EQ(ask("cars", "select count(*) from s3object", {.options = options}), "3\n");
}

}  // namespace csd::contract
