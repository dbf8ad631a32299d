// SPDX-License-Identifier: BSD-3-Clause
//
// The engine's processes: what it starts, what becomes of them, and what happens when they die.
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>
#include <vector>

#include "device/query/query_fixture.hpp"

namespace csd::query {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::string_view kRows = "id,name\n1,ann\n";
constexpr const char* kEndless =
    "SELECT sum(hash(a.range * b.range)) FROM range(10000000) a, range(10000000) b";

// Nothing if the process ends meanwhile: any on the machine may, and reading its open file then fails.
std::string read_file(const fs::path& path) {
    try {
        std::ifstream stream(path);
        return {std::istreambuf_iterator<char>(stream), {}};
    } catch (const std::ios_base::failure&) {
        return {};
    }
}

// The value of a line of /proc/PID/status, such as "Threads:"; 0 when there is none.
uint64_t status_number(const fs::path& process, const std::string& name, int base = 10) {
    std::string text = read_file(process / "status");
    size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + name.size()), nullptr, base);
}

// A zombie holds nothing; who its next parent is and when that looks is not ours.
bool alive(pid_t pid) {
    std::string text = read_file("/proc/" + std::to_string(pid) + "/status");
    return !text.empty() && text.find("State:\tZ") == std::string::npos;
}

// Living children of a process, by /proc.
std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> found;
    for (auto& entry : fs::directory_iterator("/proc")) {
        std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (alive(std::stoi(name)) &&
            status_number(entry.path(), "PPid:") == static_cast<uint64_t>(parent))
            found.push_back(std::stoi(name));
    }
    return found;
}

// Tests run one by one within a process, so the only child is this engine's launcher.
pid_t launcher() {
    auto children = children_of(getpid());
    EXPECT_EQ(children.size(), 1u);
    return children.empty() ? -1 : children[0];
}

uint64_t cpu_ticks(pid_t pid) {
    std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
    std::istringstream words(text.substr(std::min(text.size(), text.rfind(')') + 2)));
    std::string skipped;
    uint64_t user = 0, system = 0;
    for (int i = 0; i < 11; i++) words >> skipped;
    words >> user >> system;
    return user + system;
}

// Which of the launcher's workers computes.
pid_t busy_worker() {
    auto workers = children_of(launcher());
    return workers.empty()
               ? -1
               : *std::max_element(workers.begin(), workers.end(),
                                   [](pid_t a, pid_t b) { return cpu_ticks(a) < cpu_ticks(b); });
}

class QueryProcess : public testing::Test {
  protected:
    void open(Options options = {}) { engine_ = open_engine(options); }
    Answered ask_small() { return ask(*engine_, {kRows, "SELECT name FROM t"}); }
    void expect_serving() { EXPECT_EQ(ask_small().text, "name\nann\n"); }

    // An endless query that has run for a while.
    std::future<Status> start_endless() {
        auto promise = std::make_shared<std::promise<Status>>();
        auto ticket = engine_->start(request_of({kRows, kEndless}), [promise](Outcome outcome) {
            promise->set_value(outcome.status);
        });
        EXPECT_TRUE(ticket.ok());
        ticket_ = ticket.value();
        std::this_thread::sleep_for(400ms);
        return promise->get_future();
    }

    std::unique_ptr<QueryEngine> engine_;
    uint64_t ticket_ = 0;
};

TEST_F(QueryProcess, NothingIsLoadedBeforeTheFirstSelect) {
    open();
    std::this_thread::sleep_for(100ms);
    EXPECT_TRUE(children_of(launcher()).empty());
    std::string maps = read_file("/proc/" + std::to_string(launcher()) + "/maps");
    EXPECT_EQ(maps.find("duckdb"), std::string::npos);
    expect_serving();
    EXPECT_EQ(read_file("/proc/self/maps").find("duckdb"), std::string::npos);
}

TEST_F(QueryProcess, TheLauncherHasOneThreadAndNoDescriptorOfOurs) {
    UniqueFd ours(::open("/dev/zero", O_RDONLY));  // not close-on-exec
    open();
    expect_serving();
    fs::path process = "/proc/" + std::to_string(launcher());
    EXPECT_EQ(status_number(process, "Threads:"), 1u);
    for (auto& entry : fs::directory_iterator(process / "fd"))
        EXPECT_NE(fs::read_symlink(entry.path()), "/dev/zero");
    EXPECT_TRUE(read_file(process / "environ").empty());
}

TEST_F(QueryProcess, TheReaperIsNamedAndTakesNoSignals) {
    open();
    bool found = false;
    for (auto& entry : fs::directory_iterator("/proc/self/task")) {
        if (read_file(entry.path() / "comm") != "csd-reaper\n") continue;
        found = true;
        uint64_t blocked = status_number(entry.path(), "SigBlk:", 16);
        for (int number : {SIGTERM, SIGINT, SIGUSR1, SIGALRM, SIGCHLD})
            EXPECT_NE(blocked & (1ull << (number - 1)), 0u) << number;
    }
    EXPECT_TRUE(found);
}

TEST_F(QueryProcess, AWorkerThatCrashesIsOneFailedQuery) {
    open();
    expect_serving();
    for (int signal : {SIGSEGV, SIGKILL, SIGABRT}) {
        auto status = start_endless();
        kill(busy_worker(), signal);
        Status ended = status.get();
        EXPECT_EQ(ended.code(), Code::kQueryEngine);
        EXPECT_NE(ended.message().find("died"), std::string::npos);
        expect_serving();
    }
}

TEST_F(QueryProcess, ACrashLeavesOtherQueriesAlone) {
    open();
    auto other = start_endless();
    uint64_t ticket = ticket_;
    pid_t bystander = busy_worker();
    auto victim = start_endless();
    for (pid_t worker : children_of(launcher()))
        if (worker != bystander) kill(worker, SIGSEGV);
    EXPECT_EQ(victim.get().code(), Code::kQueryEngine);
    EXPECT_EQ(other.wait_for(200ms), std::future_status::timeout);
    engine_->stop(ticket);
    EXPECT_EQ(other.get().code(), Code::kAborted);
    expect_serving();
}

TEST_F(QueryProcess, AStoppedQuerysProcessIsGoneWithinASecond) {
    open();
    expect_serving();
    auto status = start_endless();
    pid_t worker = busy_worker();
    engine_->stop(ticket_);
    EXPECT_EQ(status.get().code(), Code::kAborted);
    for (int i = 0; i < 100 && alive(worker); i++) std::this_thread::sleep_for(10ms);
    EXPECT_FALSE(alive(worker));
}

TEST_F(QueryProcess, TheLaunchersDeathEndsItsWorkersAndIsSurvived) {
    open();
    expect_serving();
    auto status = start_endless();
    std::vector<pid_t> workers = children_of(launcher());
    kill(launcher(), SIGKILL);
    EXPECT_EQ(status.get().code(), Code::kQueryEngine);
    for (int i = 0; i < 100; i++) {
        std::erase_if(workers, [](pid_t pid) { return !alive(pid); });
        if (workers.empty()) break;
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_TRUE(workers.empty());
    expect_serving();
}

TEST_F(QueryProcess, ClosingLeavesNoProcess) {
    open();
    expect_serving();
    auto status = start_endless();
    pid_t process = launcher();
    std::vector<pid_t> workers = children_of(process);
    engine_.reset();
    EXPECT_EQ(status.get().code(), Code::kAborted);
    for (pid_t pid : workers) EXPECT_FALSE(alive(pid));
    EXPECT_FALSE(alive(process));
}

TEST_F(QueryProcess, DescriptorsComeBack) {
    open();
    auto count = [] {
        return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
    };
    expect_serving();
    std::this_thread::sleep_for(300ms);
    auto before = count();
    for (int i = 0; i < 30; i++) expect_serving();
    std::this_thread::sleep_for(500ms);
    EXPECT_LE(count(), before + 2);
}

TEST_F(QueryProcess, LongQueriesMoveToTheIdleClass) {
    open();
    auto status = start_endless();
    EXPECT_EQ(sched_getscheduler(busy_worker()), SCHED_IDLE);
    engine_->stop(ticket_);
    Options options;
    options.normal_priority = true;
    open(options);
    auto normal = start_endless();
    EXPECT_EQ(sched_getscheduler(busy_worker()), SCHED_OTHER);
    engine_->stop(ticket_);
}

TEST_F(QueryProcess, WorkersHaveAGroupOfTheirOwnInTheSessionOfTheHost) {
    open();
    auto status = start_endless();
    pid_t worker = busy_worker();
    EXPECT_NE(getpgid(worker), getpgrp());
    EXPECT_EQ(getsid(worker), getsid(0));
    engine_->stop(ticket_);
}

TEST_F(QueryProcess, AMissingProgramFailsTheSelectAndNotTheDrive) {
    Options options;
    options.worker_path = "/nonexistent/csd-query-worker";
    open(options);
    Answered answered = ask_small();
    EXPECT_EQ(answered.code, Code::kQueryEngine);
    EXPECT_NE(answered.text.find("install csd-query-worker"), std::string::npos);
}

TEST_F(QueryProcess, AProgramThatIsNoWorkerFailsTheSelect) {
    Options options;
    options.worker_path = "/bin/true";
    open(options);
    EXPECT_EQ(ask_small().code, Code::kQueryEngine);
    EXPECT_EQ(ask_small().code, Code::kQueryEngine);
}

TEST_F(QueryProcess, AMissingLibraryIsASentence) {
    std::string folder = (fs::temp_directory_path() / "csd-query-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    fs::copy(CSD_WORKER_PATH, fs::path(folder) / "csd-query-worker");
    Options options;
    options.worker_path = folder + "/csd-query-worker";
    open(options);
    Answered answered = ask_small();
    EXPECT_EQ(answered.code, Code::kQueryEngine);
    EXPECT_NE(answered.text.find("libduckdb.so"), std::string::npos) << answered.text;
    engine_.reset();
    fs::remove_all(folder);
}

}  // namespace
}  // namespace csd::query
