// SPDX-License-Identifier: BSD-3-Clause
//
// Selects through the C interface: send, fetch, keep, describe, fail, cancel, forget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "device/test_drive.hpp"

namespace csd::device {

using nvme::ResultState;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SelectTest : public ::testing::Test {
  protected:
    static constexpr char kCars[] = "name,mpg\nford,18\nbuick,15\nfiat,30\n";
    // Long enough to be seen running, whatever the machine.
    static constexpr char kSlow[] =
        "select count(*) from range(100000) a, range(100000) b, s3object";

    SelectTest() { drive_.store("cars", kCars); }

    nvme::SelectRetrieve fetch_of(uint32_t id) const {
        nvme::SelectRetrieve command;
        command.id = id;
        command.bytes = 4096;
        return command;
    }
    Answer fetch(const nvme::SelectRetrieve& command) { return drive_.run(command, {}, 4096); }
    nvme::ResultDescription describe(uint32_t id) {
        nvme::SelectRetrieve command = fetch_of(id);
        command.describe = true;
        command.bytes = nvme::kDescribeBytes;
        const Answer answer = fetch(command);
        EXPECT_EQ(answer.status, 0);
        return nvme::read_result_description(as_bytes(answer.data));
    }
    Answer select_later(std::string_view sql) {
        nvme::SelectSend command = TestDrive::a_select("cars", sql);
        command.asynchronous = true;
        return drive_.run(command, sql);
    }
    ResultState wait_until_ended(uint32_t id) {
        for (int i = 0; i < 3000; i++) {
            const ResultState state = describe(id).state;
            if (state != ResultState::kRunning) return state;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return ResultState::kRunning;
    }

    TestDrive drive_{[](csd_options& o) { o.results_held = 4; }};
};

TEST_F(SelectTest, AnAnswerIsFetchedOnceAndThenGone) {
    const Answer sent = drive_.select("cars", "select name from s3object where mpg > 16");
    ASSERT_EQ(sent.status, 0);
    EXPECT_NE(sent.dw0, 0u);
    const Answer got = drive_.fetch(sent.dw0);
    EXPECT_EQ(got.data, "ford\nfiat\n");
    EXPECT_EQ(got.dw0, 10u);
    EXPECT_EQ(drive_.fetch(sent.dw0).status, nvme::kKeyDoesNotExist);
}

TEST_F(SelectTest, KeepBitsDecideWhenAResultEnds) {
    const uint32_t id = drive_.select("cars", "select name from s3object").dw0;
    nvme::SelectRetrieve command = fetch_of(id);
    command.keep = true;
    EXPECT_EQ(fetch(command).data, "ford\nbuick\nfiat\n");
    command.keep = false;
    command.keep_unless_all = true;
    command.bytes = 5;
    EXPECT_EQ(fetch(command).data, "ford\n");
    command.offset = 5;
    command.bytes = 4096;
    EXPECT_EQ(fetch(command).data, "buick\nfiat\n");
    EXPECT_EQ(fetch(command).status, nvme::kKeyDoesNotExist);
}

TEST_F(SelectTest, AFailureNamesItsReason) {
    const Answer sent = drive_.select("cars", "select nothing from s3object");
    EXPECT_EQ(nvme::status_code_type(sent.status), nvme::kSctVendor);
    ASSERT_NE(sent.dw0, 0u);
    const std::string reason = drive_.fetch(0).data;
    EXPECT_THAT(reason, HasSubstr("nothing"));
    EXPECT_THAT(reason, Not(HasSubstr(drive_.root())));
    EXPECT_EQ(drive_.fetch(sent.dw0).data, reason);
    EXPECT_EQ(drive_.fetch(sent.dw0).status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive_.fetch(0).data, reason) << "id 0 may be asked again";
}

TEST_F(SelectTest, RefusedSqlHasItsOwnStatus) {
    EXPECT_EQ(drive_.select("cars", "drop table s3object").status, nvme::kQueryRefused);
    EXPECT_EQ(drive_.select("cars", "select 1; select 2").status, nvme::kQueryRefused);
}

TEST_F(SelectTest, AMissingKeyIsNotFoundAndHasNoReason) {
    EXPECT_EQ(drive_.select("none", "select 1").status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive_.fetch(0).status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive_.fetch(4711).status, nvme::kKeyDoesNotExist);
}

TEST_F(SelectTest, ResultsBelongToTheirController) {
    const uint32_t id = drive_.select("cars", "select 1", 3).dw0;
    EXPECT_EQ(drive_.fetch(id, 4096, 4).status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive_.fetch(id, 4096, 3).status, 0);
}

TEST_F(SelectTest, AFullTableRefusesUntilAResultIsFreed) {
    std::vector<uint32_t> ids;
    for (int i = 0; i < 4; i++) ids.push_back(drive_.select("cars", "select 1").dw0);
    EXPECT_EQ(drive_.select("cars", "select 1").status, nvme::kQueryBusy);
    drive_.fetch(ids[0]);
    EXPECT_EQ(drive_.select("cars", "select 1").status, 0);
}

TEST_F(SelectTest, AnAsynchronousSelectIsPolledAndFetched) {
    const Answer sent = select_later("select count(*) from s3object");
    ASSERT_EQ(sent.status, 0);
    ASSERT_EQ(wait_until_ended(sent.dw0), ResultState::kDone);
    EXPECT_EQ(describe(sent.dw0).size, 2u);
    EXPECT_EQ(drive_.fetch(sent.dw0).data, "3\n");
}

TEST_F(SelectTest, AnAsynchronousFailureIsToldByDescribeOrByTheFirstFetch) {
    const uint32_t described = select_later("select nothing from s3object").dw0;
    ASSERT_EQ(wait_until_ended(described), ResultState::kFailed);
    EXPECT_THAT(drive_.fetch(described).data, HasSubstr("nothing"));

    const uint32_t fetched = select_later("select nothing from s3object").dw0;
    nvme::SelectRetrieve keep = fetch_of(fetched);
    keep.keep = true;
    Answer answer = fetch(keep);
    while (answer.status == nvme::kQueryRunning) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        answer = fetch(keep);
    }
    EXPECT_EQ(nvme::status_code_type(answer.status), nvme::kSctVendor);
    EXPECT_EQ(answer.dw0, fetched);
    EXPECT_THAT(drive_.fetch(fetched).data, HasSubstr("nothing"));
}

TEST_F(SelectTest, FetchingARunningQueryWithoutKeepingCancelsIt) {
    const uint32_t id = select_later(kSlow).dw0;
    nvme::SelectRetrieve keep = fetch_of(id);
    keep.keep_unless_all = true;
    EXPECT_EQ(fetch(keep).status, nvme::kQueryRunning);
    EXPECT_EQ(describe(id).state, ResultState::kRunning);
    EXPECT_EQ(drive_.fetch(id).status, 0);
    EXPECT_EQ(drive_.fetch(id).status, nvme::kKeyDoesNotExist);
}

TEST_F(SelectTest, StoppingEndsWhatRunsAndLeavesResultsAndReasons) {
    const uint32_t running = select_later(kSlow).dw0;
    EXPECT_EQ(csd_stop_select(drive_.device(), 1, running), 0) << "another controller's";
    EXPECT_EQ(csd_stop_select(drive_.device(), 0, running), 1);
    EXPECT_EQ(csd_stop_select(drive_.device(), 0, running), 0);
    EXPECT_EQ(drive_.fetch(running).status, nvme::kKeyDoesNotExist);

    const uint32_t done = drive_.select("cars", "select 1").dw0;
    EXPECT_EQ(csd_stop_select(drive_.device(), 0, done), 0);
    EXPECT_EQ(drive_.fetch(done).data, "1\n");
}

TEST_F(SelectTest, AResetEndsResultsReasonsAndRunningQueries) {
    const uint32_t done = drive_.select("cars", "select 1").dw0;
    const uint32_t running = select_later(kSlow).dw0;
    drive_.select("cars", "select nothing from s3object");
    csd_reset(drive_.device(), 0);
    EXPECT_EQ(drive_.fetch(done).status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive_.fetch(running).status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive_.fetch(0).status, nvme::kKeyDoesNotExist);
}

// The host of a synchronous select waits in csd_execute, and need not have cancelled it.
TEST_F(SelectTest, AResetEndsASelectThatIsWaitedFor) {
    Answer sent;
    // It would last until its deadline.
    constexpr char kEndless[] = "select count(*) from s3object, range(300000000000)";
    std::thread host([&] { sent = drive_.select("cars", kEndless); });
    csd_statistics figures{};
    figures.struct_size = sizeof figures;
    while (figures.results_held == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        csd_get_statistics(drive_.device(), &figures);
    }
    csd_reset(drive_.device(), 0);
    host.join();
    EXPECT_EQ(sent.status, nvme::kAbortRequested);
    EXPECT_EQ(sent.dw0, 0u);
}

// The kernel fills a host's memory while the host looks at it, which ThreadSanitizer takes for a race of two threads.
__attribute__((noinline, no_sanitize("thread"))) static bool is_filled(const volatile char& byte) {
    return byte != 0;
}

// The first one fetches into memory in so many pieces that the second begins and ends meanwhile.
TEST_F(SelectTest, OfTwoFetchesAtOnceThatFreeAResultOneFindsNone) {
    constexpr size_t kBytes = 500'000;
    drive_.store("long", "name\n" + std::string(kBytes, 'x') + "\n");
    const uint32_t id = drive_.select("long", "select * from s3object").dw0;
    nvme::SelectRetrieve all = fetch_of(id);
    all.bytes = kBytes;
    all.keep_unless_all = true;
    all.offset = 1;
    const auto sqe = nvme::encode(all, nvme::Dialect::kKeyValue, 1);
    csd_command command;
    ASSERT_EQ(csd_decode(drive_.device(), sqe.bytes.data(), 0, &command), 0);
    std::vector<char> memory(kBytes);
    std::vector<iovec> pieces;
    for (char& byte : memory) pieces.push_back({&byte, 1});
    csd_completion first{};
    std::thread host(
        [&] { csd_execute(drive_.device(), &command, pieces.data(), kBytes, &first); });
    while (!is_filled(memory[0])) std::this_thread::yield();
    const Answer second = drive_.fetch(id, kBytes);
    host.join();
    EXPECT_NE(first.status == 0, second.status == 0);
    EXPECT_EQ(first.status + second.status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(first.data_bytes + second.data.size(), kBytes);
}

TEST_F(SelectTest, ACancelledSelectCompletesBeforeItsDeadline) {
    const auto sqe = nvme::encode(TestDrive::a_select("cars", kSlow), nvme::Dialect::kKeyValue, 1);
    csd_command command;
    ASSERT_EQ(csd_decode(drive_.device(), sqe.bytes.data(), 0, &command), 0);
    std::string sql = kSlow;
    const iovec iov{sql.data(), sql.size()};
    csd_completion done{};
    std::thread worker([&] { csd_execute(drive_.device(), &command, &iov, 1, &done); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    csd_cancel(drive_.device(), &command);
    worker.join();
    EXPECT_EQ(done.status, nvme::kAbortRequested);
}

TEST_F(SelectTest, OptionsTravelInFrontOfTheSql) {
    drive_.store("semicolons", "a;b\n1;2\n");
    const std::string options = R"({"delimiter":";","out_delimiter":"|"})";
    const std::string data = options + "select a, b from s3object";
    nvme::SelectSend command = TestDrive::a_select("semicolons", data);
    command.option_bytes = static_cast<uint32_t>(options.size());
    const Answer sent = drive_.run(command, data);
    ASSERT_EQ(sent.status, 0) << drive_.fetch(0).data;
    EXPECT_EQ(drive_.fetch(sent.dw0).data, "1|2\n");
}

TEST_F(SelectTest, AnUnknownOptionIsInvalidFieldWithAReason) {
    const std::string options = R"({"delimeter":";"})";
    const std::string data = options + "select 1";
    nvme::SelectSend command = TestDrive::a_select("cars", data);
    command.option_bytes = static_cast<uint32_t>(options.size());
    EXPECT_EQ(drive_.run(command, data).status, nvme::kInvalidField);
    EXPECT_THAT(drive_.fetch(0).data, HasSubstr("delimeter"));
}

TEST_F(SelectTest, OneTrailingNulIsDropped) {
    const Answer sent = drive_.select("cars", std::string_view("select 1\0", 9));
    ASSERT_EQ(sent.status, 0);
    EXPECT_EQ(drive_.fetch(sent.dw0).data, "1\n");
}

TEST(Select2023, WorksWithTheOldStatuses) {
    TestDrive drive(use_2023_dialect);
    drive.store("cars", "name,mpg\nford,18\n");
    const Answer sent = drive.select("cars", "select * from x");
    ASSERT_EQ(sent.status, 0);
    EXPECT_EQ(drive.fetch(sent.dw0).data, "ford,18\n");
    EXPECT_EQ(drive.select("none", "select * from x").status, nvme::kUnrecoveredError);
    const Answer wrong = drive.select("cars", "select nothing from x");
    EXPECT_EQ(wrong.status, nvme::kUnrecoveredError);
    EXPECT_EQ(drive.fetch(0).status, nvme::kKeyDoesNotExist);
}

}  // namespace csd::device
