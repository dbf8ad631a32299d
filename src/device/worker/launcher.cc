// SPDX-License-Identifier: BSD-3-Clause
//
// csd-query-worker: the launcher, and by fork the workers. Started by the engine, with one socket.
//
// The launcher opens DuckDB once, with one thread, warms it with a few queries, and then forks a worker for each
// order. A forked copy of a warm engine is ready in a millisecond, where loading and opening one takes fifty.
// That is sound because the launcher has one thread, always: no lock can be held by anybody else at the fork. It
// checks that before each. It reads nothing but orders of the engine, never a value, SQL or a worker's words.
// Tested by query_process_test.cc.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>

#include "device/query/protocol.hpp"
#include "device/query/socket.hpp"
#include "device/worker/duckdb_api.hpp"
#include "device/worker/files.hpp"
#include "device/worker/sandbox.hpp"
#include "device/worker/warm_up.hpp"
#include "device/worker/worker.hpp"

namespace csd::worker {

namespace {

bool has_one_thread() {
    uint64_t threads = 0;
    std::string word;
    std::ifstream status("/proc/self/status");
    while (status >> word)
        if (word == "Threads:") status >> threads;
    return threads == 1;
}

class Launcher {
  public:
    explicit Launcher(const query::Config& config) : config_(config) {}

    void serve() {
        query::Order order;
        while (true) {
            iovec part{&order, sizeof(order)};
            query::Received received =
                query::receive_message(query::kControlFd, {&part, 1}, 0, false);
            bool nothing = received.bytes < 0 && errno == EAGAIN;
            bury();
            if (nothing) {
                // A child's end interrupts the wait, so that none stays a zombie.
                pollfd wait{query::kControlFd, POLLIN, 0};
                ppoll(&wait, 1, nullptr, &unblocked_);
                continue;
            }
            if (received.bytes != sizeof(order))
                return;  // the engine is gone, and the workers go with us
            if (order.kind == query::Order::Kind::kHire) hire();
            if (order.kind == query::Order::Kind::kDemote) demote(order.pid);
        }
    }

    // SIGCHLD comes only while serve() waits.
    void block_signals() {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        sigaction(SIGCHLD, &action, nullptr);
        sigset_t child;
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigprocmask(SIG_BLOCK, &child, &unblocked_);
        signal(SIGXFSZ, SIG_IGN);  // a full result is an error, not a death
        signal(SIGPIPE, SIG_IGN);
    }

  private:
    Status open_once() {
        if (database_) return {};
        landlock_version_ = landlock_version();
        if (landlock_version_ == 0 && config_.allow_without_landlock == 0)
            return Status(Code::kQueryEngine,
                          "this kernel does not offer Landlock, which the query sandbox needs; "
                          "enable it (lsm=landlock) "
                          "or allow queries without it (unsafe-query=on)");
        auto api = load_duckdb();
        if (!api.ok()) return api.status();
        auto opened = Database::open(api.value(), database_settings(config_));
        if (!opened.ok()) return opened.status();
        Status ready = warm_up_.whole(*opened.value());
        if (ready.ok()) database_ = std::move(opened).value();
        return ready;
    }

    void hire() {
        Status opened = open_once();
        if (opened.ok() && !has_one_thread())
            opened = Status(Code::kQueryEngine,
                            "the query launcher has more than one thread and cannot fork");
        if (!opened.ok()) return report(opened.message());
        std::array<int, 2> ends;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
            return report("no socket for a worker");
        UniqueFd engines(ends[0]), workers(ends[1]);
        int launcher = getpid();
        pid_t pid = fork();
        if (pid < 0) return report(std::string("no process for a worker: ") + std::strerror(errno));
        if (pid == 0) {
            sigprocmask(SIG_SETMASK, &unblocked_, nullptr);
            live({*database_, warm_up_, config_, landlock_version_, launcher}, workers.release());
        }
        UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
        query::Hired hired;
        hired.pid = pid;
        iovec part{&hired, sizeof(hired)};
        std::array<int, 2> fds{engines.get(), pidfd.get()};
        if (pidfd && query::send_message(query::kControlFd, {&part, 1}, fds, true)) return;
        // Nobody can give it work, and the engine waits for an answer.
        std::string why = std::strerror(errno);
        kill(pid, SIGKILL);
        report("a worker could not be handed over: " + why);
    }

    void report(const std::string& why) {
        query::Hired nobody;
        why.copy(nobody.reason, sizeof(nobody.reason) - 1);
        iovec part{&nobody, sizeof(nobody)};
        query::send_message(query::kControlFd, {&part, 1}, {}, true);
    }

    // Its threads too. The pid cannot have gone to another process: only we bury our children.
    void demote(pid_t pid) {
        std::string folder = "/proc/" + std::to_string(pid) + "/task";
        std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir(folder.c_str()), closedir);
        if (!tasks) return;
        sched_param none{};
        while (dirent* entry = readdir(tasks.get()))
            if (int task = std::atoi(entry->d_name); task > 0)
                sched_setscheduler(task, SCHED_IDLE, &none);
    }

    static void bury() {
        while (waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }

    const query::Config config_;
    int landlock_version_ = 0;
    sigset_t unblocked_{};
    std::unique_ptr<Database> database_;
    WarmUp warm_up_;
};

}  // namespace

int launcher_main() {
    prctl(PR_SET_NAME, "csd-query");
    query::Config config;
    iovec part{&config, sizeof(config)};
    query::Received received = query::receive_message(query::kControlFd, {&part, 1}, 0, true);
    if (received.bytes != sizeof(config)) {
        constexpr std::string_view kUsage =
            "csd-query-worker is started by the csd drive; it has no use of its own\n";
        (void)!write(STDERR_FILENO, kUsage.data(), kUsage.size());
        return 2;
    }
    (void)!chdir("/");
    Launcher launcher(config);
    launcher.block_signals();
    launcher.serve();
    _exit(0);  // nothing to tidy: DuckDB's own end takes longer than ours
}

}  // namespace csd::worker

int main() {
    return csd::worker::launcher_main();
}
