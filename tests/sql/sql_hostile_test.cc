// SPDX-License-Identifier: BSD-3-Clause
//
// Hostile SQL: every attempt in hostile/*.sql is refused or ends within the limits, tells nothing about the host,
// another object or our own SQL, and leaves the engine serving. An attempt is refused unless "-- expect any" stands
// before it. Attempts that are too long to write down are made here.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "device/query/query_fixture.hpp"
#include "nvme/query_reason.hpp"

namespace csd::query {
namespace {

constexpr std::string_view kRows =
    "id,name\n1,ann\n2,bob\n3,cid\n4,dan\n5,eve\n6,fay\n7,gus\n8,hal\n9,ida\n";
constexpr std::string_view kSecret = "the neighbour's secret";

long resident_kib() {
    long pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * sysconf(_SC_PAGESIZE) / 1024;
}

// An object in a directory of its own, with a neighbour nobody may see.
class HostileSql : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "csd-hidden-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        std::ofstream(folder_ / "object") << kRows;
        std::ofstream(folder_ / "neighbour") << kSecret;
        options_.deadline_ms = 1500;
        options_.memory_bytes = 400'000'000;
        options_.result_bytes = 16 << 20;
        engine_ = open_engine(options_);
    }
    void TearDown() override {
        engine_.reset();
        std::filesystem::remove_all(folder_);
    }

    Request request(const std::string& sql) {
        Request request = request_of({"", sql});
        request.value.reset(open((folder_ / "object").c_str(), O_RDONLY | O_CLOEXEC));
        request.value_bytes = kRows.size();
        return request;
    }

    Answered attempt(const std::string& sql) { return attempt_on(*engine_, sql); }
    Answered attempt_on(QueryEngine& engine, const std::string& sql) {
        Outcome outcome = engine.run(request(sql), {});
        Answered answered{outcome.status.code(),
                          outcome.status.ok() ? bytes_of(outcome) : outcome.status.message()};
        expect_no_leak(sql, answered.text);
        if (!outcome.status.ok()) {
            EXPECT_LE(answered.text.size(), nvme::kMaxReasonBytes) << sql.substr(0, 200);
            EXPECT_NE(answered.code, Code::kQueryBusy);
            EXPECT_NE(answered.code, Code::kInternal);
        }
        return answered;
    }

    void expect_no_leak(const std::string& sql, const std::string& text) {
        std::vector<std::string> secrets{folder_.string(),   "csd-hidden", "/proc/",
                                         "/memfd",           "read_csv(",  "auto_detect",
                                         "json_deserialize", "COPY (",     std::string(kSecret),
                                         "root:x:"};
        for (const std::string& secret : secrets) {
            if (sql.find(secret) != std::string::npos) continue;  // its own words
            EXPECT_EQ(text.find(secret), std::string::npos) << sql.substr(0, 200) << "\n"
                                                            << text.substr(0, 500);
        }
    }

    void expect_serving() {
        Answered answered = attempt("SELECT count(*) AS n FROM s3object");
        EXPECT_EQ(answered.text, "n\n9\n");
    }

    struct Attempt {
        std::string sql;
        bool refused = true;
    };

    std::vector<Attempt> attempts(const std::string& file) {
        std::ifstream stream(std::filesystem::path(CSD_SQL_TESTS) / "hostile" / file);
        EXPECT_TRUE(stream.is_open()) << file;
        std::vector<Attempt> found(1);
        for (std::string line; std::getline(stream, line);) {
            if (line == ";;")
                found.emplace_back();
            else if (line == "-- expect any")
                found.back().refused = false;
            else
                found.back().sql += line + "\n";
        }
        for (Attempt& one : found)
            for (size_t at; (at = one.sql.find("@DIR@")) != std::string::npos;)
                one.sql.replace(at, 5, folder_.string());
        return found;
    }

    // What must be refused has all the time that a busy machine takes for it; what may run ends by the short deadline.
    void run_all(const std::string& file) {
        Options patient = options_;
        patient.deadline_ms = 60'000;
        const auto refusing = open_engine(patient);
        for (const Attempt& one : attempts(file)) {
            const Answered answered =
                one.refused ? attempt_on(*refusing, one.sql) : attempt(one.sql);
            EXPECT_TRUE(!one.refused || answered.code == Code::kQueryRefused)
                << one.sql << answered.text;
        }
        expect_serving();
        std::ifstream object(folder_ / "object");
        std::string now((std::istreambuf_iterator<char>(object)), {});
        EXPECT_EQ(now, kRows);
    }

    void expect_small_queries(int count) {
        for (int i = 0; i < count; i++) {
            Outcome outcome = engine_->run(request("SELECT name FROM s3object WHERE id = 3"), {});
            EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
        }
    }

    std::filesystem::path folder_;
    Options options_;
    std::unique_ptr<QueryEngine> engine_;
};

std::string repeated(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; i++) out += text;
    return out;
}

TEST_F(HostileSql, CannotReachOtherFiles) {
    run_all("files.sql");
}
TEST_F(HostileSql, CannotRunOtherStatements) {
    run_all("statements.sql");
}
TEST_F(HostileSql, CannotTouchSettingsOrTheCatalogue) {
    run_all("settings.sql");
}
TEST_F(HostileSql, CannotTurnOnLogsOrProfiles) {
    run_all("logs.sql");
}
TEST_F(HostileSql, LearnsNothingFromErrors) {
    run_all("errors.sql");
}

TEST_F(HostileSql, CannotWritePathsOfItsOwn) {
    run_all("paths.sql");
    // A name with SQL in it is a name: no table has it.
    for (const char* star : {R"("s, current_query() as q, s".*)", R"(columns("s, 1 as q, s".*))"})
        EXPECT_EQ(attempt(std::string("SELECT ") + star + " FROM s3object s").code,
                  Code::kQueryFailed);
}

TEST_F(HostileSql, WhatIsNotUtf8IsSaidSo) {
    Answered sql = attempt("SELECT '\xFF' FROM s3object");
    EXPECT_EQ(sql.code, Code::kQueryRefused);
    EXPECT_TRUE(sql.text.starts_with("the SQL is not UTF-8 text")) << sql.text;
    for (const char* select : {"SELECT * FROM x", "SELECT _1, _2 FROM x"})
        for (std::string_view value :
             {std::string_view("a,\xFF\n1,2\n"), std::string_view("a\0,b\n1,2\n", 9)}) {
            Answered header = ask(*engine_, {value, select});
            EXPECT_EQ(header.code, Code::kQueryData);
            EXPECT_NE(header.text.find("is not UTF-8 text"), std::string::npos) << header.text;
        }
    expect_serving();
}

TEST_F(HostileSql, CannotGoDeep) {
    std::vector<std::string> deep{
        "SELECT " + repeated("(", 10000) + "1" + repeated(")", 10000),
        "SELECT " + repeated("[", 5000) + "1" + repeated("]", 5000),
        "SELECT " + repeated("(SELECT ", 150) + "1" + repeated(")", 150),
        "SELECT 1" + repeated(" + 1", 15000),
        "SELECT 1" + repeated(" OR 1 = 1", 6000),
        "SELECT " + repeated("NOT ", 15000) + "true",
        "SELECT " + repeated("- ", 30000) + "1",
        "SELECT 1" + repeated(" UNION ALL SELECT 1", 3000),
        "SELECT 1" + repeated("::INT", 10000),
        "SELECT " + repeated("CASE WHEN true THEN ", 1500) + "1" + repeated(" END", 1500),
        "SELECT [1]" + repeated("[1]", 15000),
        "SELECT " + repeated("abs(", 5000) + "1" + repeated(")", 5000),
        "SELECT * FROM " + repeated("(SELECT * FROM ", 150) + "s3object" + repeated(")", 150),
        "SELECT * FROM s3object" + repeated(" NATURAL JOIN s3object", 2500),
        "SELECT * FROM s3object" + repeated(", s3object", 5000),
        "SELECT 'a'" + repeated(" || 'a'", 8000),
        "SELECT '" + repeated("{\"a\":", 10000) + "1" + repeated("}", 10000) + "'::JSON",
        "SELECT 1 IN (" + repeated("1,", 25000) + "1)",
        "WITH a0 AS (SELECT 1 AS x) SELECT 1" + repeated(", (SELECT max(x) FROM a0)", 2000),
        "SELECT a" + repeated(".a", 20000) + " FROM s3object",
        repeated("/*", 20000) + repeated("*/", 10000),
        "SELECT " + repeated("{'a': ", 5000) + "1" + repeated("}", 5000),
        "SELECT 1 ORDER BY " + repeated("1,", 20000) + "1",
        "SELECT cast(1 AS " + repeated("STRUCT(a ", 180) + "INT" + repeated(")", 180) + ")"};
    for (const std::string& sql : deep) attempt(sql);
    expect_serving();
}

TEST_F(HostileSql, TooMuchSqlIsALimit) {
    EXPECT_EQ(attempt("SELECT '" + std::string(options_.sql_bytes, 'x') + "'").code,
              Code::kQueryLimit);
    EXPECT_EQ(attempt(std::string(options_.sql_bytes, 'x')).code, Code::kQueryRefused);
    EXPECT_EQ(attempt("SELECT \xFF\xFE").code, Code::kQueryRefused);
    EXPECT_EQ(attempt(std::string("SELECT 1\0; DROP TABLE x", 23)).code, Code::kQueryRefused);
}

TEST_F(HostileSql, HeavyOnesEndWithinTheLimitsAndLeaveNothing) {
    options_.deadline_ms = 500;
    engine_ = open_engine(options_);
    expect_serving();
    long before = resident_kib();
    int contained = 0;
    for (const Attempt& one : attempts("heavy.sql"))
        contained += attempt(one.sql).code != Code::kOk;
    EXPECT_GT(contained, 20);
    expect_serving();
    EXPECT_LT(resident_kib() - before, 32 * 1024);
}

// What is small does not wait for what is heavy: it is answered while the heavy one still runs. How fast is for bench/.
TEST_F(HostileSql, SmallQueriesGoOnBesideEachHeavyOne) {
    options_.deadline_ms = 600'000;
    engine_ = open_engine(options_);
    int still_ran = 0;
    for (const Attempt& one : attempts("heavy.sql")) {
        std::atomic<bool> ended = false;
        auto ticket = engine_->start(request(one.sql), [&ended](Outcome) { ended = true; });
        ASSERT_TRUE(ticket.ok()) << ticket.status().message();
        expect_small_queries(3);
        still_ran += !ended;
        engine_->stop(ticket.value());
        while (!ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    // The others are refused, or meet another limit than time.
    EXPECT_GT(still_ran, 10);
}

TEST_F(HostileSql, SmallQueriesGoOnWhileHeavyOnesRun) {
    options_.deadline_ms = 600'000;
    engine_ = open_engine(options_);
    std::vector<uint64_t> tickets;
    std::atomic<int> ended{0};
    for (const char* sql :
         {"SELECT sum(hash(a.range * b.range)) FROM range(10000000) a, range(10000000) b",
          "SELECT levenshtein(repeat('ab', 200000), repeat('ba', 200000))",
          "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM "
          "t"}) {
        auto ticket = engine_->start(request(sql), [&ended](Outcome) { ended++; });
        ASSERT_TRUE(ticket.ok());
        tickets.push_back(ticket.value());
    }
    expect_small_queries(20);
    EXPECT_EQ(ended, 0) << "the heavy ones must still run";
    for (uint64_t ticket : tickets) engine_->stop(ticket);
    engine_.reset();  // so that no callback is left to count when `ended` goes
}

}  // namespace
}  // namespace csd::query
