// SPDX-License-Identifier: BSD-3-Clause
//
// QueryEngine as its callers see it: answers, limits, stopping. What it does with processes is in
// query_process_test.cc, what it does with values in query_value_test.cc, what strangers try in tests/sql.
#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "device/query/query_fixture.hpp"

namespace csd::query {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kRows = "id,name\n1,ann\n2,bob\n3,cid\n";
constexpr const char* kEndless =
    "SELECT sum(hash(a.range * b.range)) FROM range(10000000) a, range(10000000) b";

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Question endless() {
    return {kRows, kEndless};
}

TEST(Query, AnswersInEveryFormat) {
    auto engine = open_engine();
    EXPECT_EQ(ask(*engine, {kRows, "SELECT * FROM t WHERE id > 1"}).text,
              "id,name\n2,bob\n3,cid\n");
    Question json{kRows, "SELECT * FROM t LIMIT 1"};
    json.output = DataFormat::kJson;
    EXPECT_EQ(ask(*engine, json).text, "{\"id\":1,\"name\":\"ann\"}\n");
    json.output = DataFormat::kParquet;
    std::string parquet = ask(*engine, json).text;
    EXPECT_TRUE(parquet.starts_with("PAR1"));
    EXPECT_EQ(ask(*engine, {parquet, "SELECT name FROM t", "", DataFormat::kParquet}).text,
              "name\nann\n");
}

TEST(Query, StartCallsBackOnce) {
    auto engine = open_engine();
    std::promise<Outcome> promise;
    auto ticket = engine->start(request_of({kRows, "SELECT count(*) AS n FROM t"}),
                                [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
    ASSERT_TRUE(ticket.ok());
    Outcome outcome = promise.get_future().get();
    ASSERT_TRUE(outcome.status.ok());
    EXPECT_EQ(bytes_of(outcome), "n\n3\n");
    engine->stop(ticket.value());  // too late, and harmless
}

TEST(Query, TheResultIsSealed) {
    auto engine = open_engine();
    Outcome outcome = engine->run(request_of({kRows, "SELECT * FROM t"}), {});
    ASSERT_TRUE(outcome.status.ok());
    EXPECT_EQ(pwrite(outcome.result.get(), "x", 1, 0), -1);
    EXPECT_EQ(ftruncate(outcome.result.get(), 1 << 20), -1);
}

TEST(Query, HoldIsKeptUntilTheEnd) {
    auto engine = open_engine();
    auto hold = std::make_shared<int>(1);
    std::weak_ptr<int> watch = hold;
    Request request = request_of(endless());
    request.hold = std::move(hold);
    auto ticket = engine->start(std::move(request), [](Outcome) {});
    ASSERT_TRUE(ticket.ok());
    EXPECT_FALSE(watch.expired());
    engine->stop(ticket.value());
    for (int i = 0; i < 100 && !watch.expired(); i++) std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(watch.expired());
}

TEST(Query, ACancelledRunReturnsBeforeItsDeadline) {
    auto engine = open_engine();
    ask(*engine, {kRows, "SELECT 1"});
    for (bool wakes : {true, false}) {
        std::atomic<uint32_t> flag{0};
        std::thread canceller([&] {
            std::this_thread::sleep_for(300ms);
            flag = 1;
            if (wakes) engine->wake();
        });
        Outcome outcome = engine->run(request_of(endless()), CancelToken(&flag));
        canceller.join();
        EXPECT_EQ(outcome.status.code(), Code::kAborted);
    }
}

TEST(Query, ATokenAlreadyCancelledRunsNothing) {
    auto engine = open_engine();
    std::atomic<uint32_t> flag{1};
    EXPECT_EQ(engine->run(request_of(endless()), CancelToken(&flag)).status.code(), Code::kAborted);
}

TEST(Query, StopStillCallsBack) {
    auto engine = open_engine();
    std::promise<Status> promise;
    auto ticket = engine->start(request_of(endless()),
                                [&](Outcome outcome) { promise.set_value(outcome.status); });
    ASSERT_TRUE(ticket.ok());
    std::this_thread::sleep_for(100ms);
    engine->stop(ticket.value());
    EXPECT_EQ(promise.get_future().get().code(), Code::kAborted);
}

TEST(Query, TheDeadlineIsKept) {
    Options options;
    options.deadline_ms = 400;
    auto engine = open_engine(options);
    auto start = Clock::now();
    Answered answered = ask(*engine, endless());
    EXPECT_EQ(answered.code, Code::kQueryLimit);
    EXPECT_NE(answered.text.find("400 ms"), std::string::npos);
    // One thread can't use its processor time in less.
    EXPECT_GE(ms_since(start), 400);
}

TEST(Query, TimeThatAWorkerWaitsForAProcessorIsNotCounted) {
    Options options;
    options.deadline_ms = 200;
    std::atomic<bool> waits{true};
    std::atomic<int> looks{0};
    options.processor_time = [&](int32_t) {
        looks++;
        return waits ? 0ns : std::chrono::nanoseconds(1h);
    };
    auto engine = open_engine(options);
    std::promise<Status> promise;
    auto start = Clock::now();
    auto ticket = engine->start(request_of(endless()),
                                [&](Outcome outcome) { promise.set_value(outcome.status); });
    ASSERT_TRUE(ticket.ok());
    auto ended = promise.get_future();
    // Three times as long as it may run, it goes on.
    EXPECT_EQ(ended.wait_until(start + 600ms), std::future_status::timeout);
    waits = false;
    Status status = ended.get();
    EXPECT_EQ(status.code(), Code::kQueryLimit);
    EXPECT_GE(looks, 2);
}

TEST(Query, ByTheClockAQueryEndsTooHoweverLittleItRuns) {
    Options options;
    options.deadline_ms = 100;
    options.processor_time = [](int32_t) { return 0ns; };
    auto engine = open_engine(options);
    auto start = Clock::now();
    EXPECT_EQ(ask(*engine, endless()).code, Code::kQueryLimit);
    EXPECT_GE(ms_since(start), 100 * kClockFactor);
}

TEST(Query, MemoryIsALimit) {
    Options options;
    options.memory_bytes = 300'000'000;
    auto engine = open_engine(options);
    for (const char* sql : {"SELECT range(1000000000)", "SELECT length(repeat('x', 4000000000))",
                            "SELECT list(range) FROM range(1000000000)"})
        EXPECT_EQ(ask(*engine, {kRows, sql}).code, Code::kQueryLimit) << sql;
}

TEST(Query, ResultSizeIsALimit) {
    Options options;
    options.result_bytes = 100'000;
    auto engine = open_engine(options);
    for (DataFormat format : {DataFormat::kCsv, DataFormat::kJson, DataFormat::kParquet}) {
        Question question{kRows, "SELECT hash(range) AS h FROM range(1000000)"};
        question.output = format;
        Answered answered = ask(*engine, question);
        EXPECT_EQ(answered.code, Code::kQueryLimit) << answered.text;
        EXPECT_NE(answered.text.find("result"), std::string::npos);
    }
    Answered fits = ask(*engine, {kRows, "SELECT repeat('x', 90000) AS x"});
    EXPECT_EQ(fits.code, Code::kOk);
    EXPECT_EQ(fits.text.size(), 90003u);
}

TEST(Query, SqlAndOptionsHaveALength) {
    Options options;
    options.sql_bytes = 100;
    auto engine = open_engine(options);
    EXPECT_EQ(ask(*engine, {kRows, "SELECT '" + std::string(100, 'x') + "'"}).code,
              Code::kQueryLimit);
    EXPECT_EQ(ask(*engine, {kRows, "SELECT 1", std::string(5000, ' ')}).code, Code::kInvalidField);
    std::string longest = "{\"columns\": \"text\"" + std::string(4096 - 19, ' ') + "}";
    EXPECT_EQ(ask(*engine, {kRows, "SELECT 1 AS x" + std::string(87, ' '), longest}).text,
              "x\n1\n");
}

TEST(Query, OneMoreThanMayRunIsBusy) {
    Options options;
    options.concurrent = 2;
    auto engine = open_engine(options);
    std::vector<uint64_t> tickets;
    for (int i = 0; i < 2; i++) {
        auto ticket = engine->start(request_of(endless()), [](const Outcome&) {});
        ASSERT_TRUE(ticket.ok());
        tickets.push_back(ticket.value());
    }
    EXPECT_EQ(engine->run(request_of(endless()), {}).status.code(), Code::kQueryBusy);
    engine->stop(tickets[0]);
    EXPECT_EQ(ask(*engine, {kRows, "SELECT 1 AS x"}).text, "x\n1\n");
    engine->stop(tickets[1]);
}

TEST(Query, ManyThreadsAskAtOnce) {
    auto engine = open_engine();
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int t = 0; t < 8; t++)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 6; i++) {
                std::string n = std::to_string(t * 100 + i);
                good += ask(*engine, {kRows, "SELECT " + n + " AS x"}).text == "x\n" + n + "\n";
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 48);
}

TEST(Query, ClosingStopsWhatRunsAndCallsBack) {
    std::atomic<int> aborted{0};
    auto engine = open_engine();
    for (int i = 0; i < 3; i++)
        ASSERT_TRUE(engine
                        ->start(request_of(endless()),
                                [&](Outcome outcome) {
                                    aborted += outcome.status.code() == Code::kAborted;
                                })
                        .ok());
    std::this_thread::sleep_for(100ms);
    engine.reset();
    EXPECT_EQ(aborted, 3);
}

TEST(Query, LimitsOfNothingAreRefused) {
    Options options;
    options.worker_path = CSD_WORKER_PATH;
    options.concurrent = 0;
    EXPECT_EQ(QueryEngine::open(options).code(), Code::kUsage);
}

}  // namespace
}  // namespace csd::query
