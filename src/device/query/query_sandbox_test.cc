// SPDX-License-Identifier: BSD-3-Clause
//
// The sandbox from inside: a worker program that attacks (worker/attack_test.cc) instead of querying, and gets nowhere.
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "device/query/query_fixture.hpp"

namespace csd::query {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRows = "id,name\n1,ann\n";

class QuerySandbox : public testing::Test {
  protected:
    // A real file, writable by this user: what keeps the worker from it is the sandbox alone.
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "csd-sandbox-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        std::ofstream(folder_ / "object") << kRows;
        Options options;
        options.memory_bytes = 400'000'000;
        options.result_bytes = 1 << 20;
        options.deadline_ms = 1500;
        engine_ = open_engine(options);
    }
    void TearDown() override {
        std::ifstream object(folder_ / "object");
        std::string now((std::istreambuf_iterator<char>(object)), {});
        EXPECT_EQ(now, kRows);
        engine_.reset();
        fs::remove_all(folder_);
    }

    Outcome run(const std::string& sql) {
        Request request = request_of({"", sql});
        request.value.reset(open((folder_ / "object").c_str(), O_RDONLY | O_CLOEXEC));
        request.value_bytes = kRows.size();
        return engine_->run(std::move(request), {});
    }
    Outcome attack(const std::string& name) { return run("ATTACK " + name); }
    void expect_serving() {
        Outcome outcome = run("SELECT name FROM t");
        ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
        EXPECT_EQ(bytes_of(outcome), "name\nann\n");
    }

    fs::path folder_;
    std::unique_ptr<QueryEngine> engine_;
};

TEST_F(QuerySandbox, NoAttackSucceeds) {
    Outcome list = attack("?");
    ASSERT_TRUE(list.status.ok()) << list.status.message();
    std::istringstream names(bytes_of(list));
    int count = 0;
    for (std::string name; names >> name; count++) {
        Outcome outcome = attack(name);
        EXPECT_EQ(outcome.status.code(), Code::kQueryFailed)
            << name << ": " << outcome.status.message();
        EXPECT_TRUE(outcome.status.message().starts_with("refused: "))
            << name << ": " << outcome.status.message();
    }
    EXPECT_GT(count, 80);
    expect_serving();
}

TEST_F(QuerySandbox, AResultCannotChangeAfterItsAnswer) {
    for (int i = 0; i < 10; i++) {
        Outcome outcome = attack("says-ok-and-keeps-writing");
        ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
        std::string first = bytes_of(outcome);
        EXPECT_EQ(first.size(), 4u);
        EXPECT_EQ(bytes_of(outcome), first);
    }
    Outcome mapped = attack("says-ok-with-the-result-mapped");
    ASSERT_TRUE(mapped.status.ok()) << mapped.status.message();  // its owner is dead by now
    std::string first = bytes_of(mapped);
    EXPECT_EQ(bytes_of(mapped), first);
}

TEST_F(QuerySandbox, WordsOfAWorkerAreNotBelieved) {
    EXPECT_EQ(attack("says-another-code").status.code(), Code::kQueryEngine);
    EXPECT_EQ(attack("says-nonsense").status.code(), Code::kQueryEngine);
    EXPECT_EQ(attack("says-too-much").status.code(), Code::kQueryEngine);
    std::string text = attack("says-control-characters").status.message();
    EXPECT_EQ(text.find_first_of("\x1B\x07\n"), std::string::npos) << text;
    expect_serving();
}

TEST_F(QuerySandbox, DescriptorsOfAWorkerAreNotTaken) {
    auto count = [] {
        return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
    };
    expect_serving();
    auto before = count();
    for (int i = 0; i < 10; i++) attack("sends-descriptors");
    EXPECT_LE(count(), before + 8);  // the sockets of workers that are dying
    expect_serving();
}

TEST_F(QuerySandbox, OddEndsAreOneFailedQuery) {
    for (const char* name :
         {"hangs-up-and-stays", "overflows-the-stack", "aborts", "no-such-attack"})
        EXPECT_EQ(attack(name).status.code(), Code::kQueryEngine) << name;
    EXPECT_EQ(attack("floods").status.code(), Code::kQueryFailed);
    EXPECT_EQ(attack("makes-threads").status.code(), Code::kQueryFailed);
    expect_serving();
}

TEST_F(QuerySandbox, NothingOutlivesTheDeadline) {
    // How soon depends on how much processor time a busy machine gives it; by the clock there is an end.
    EXPECT_EQ(attack("ignores-signals-and-spins").status.code(), Code::kQueryLimit);
    expect_serving();
}

}  // namespace
}  // namespace csd::query
