// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_process_test.cc.
#include "device/query/launcher_process.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "device/query/socket.hpp"

namespace csd::query {

namespace {

constexpr const char* kProgramName = "csd-query-worker";

// posix_spawn's two argument objects, freed whatever happens.
struct SpawnSettings {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    explicit SpawnSettings(int control) {
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, control, kControlFd);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&actions, 0, 1);
        posix_spawn_file_actions_adddup2(&actions, 0, 2);
        posix_spawn_file_actions_addclosefrom_np(&actions, kControlFd + 1);
        posix_spawnattr_init(&attributes);
        sigset_t all, none;
        sigfillset(&all);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setsigmask(&attributes, &none);
        // A process group of its own: a terminal's Ctrl-C is for the host program. Not a session of its own: Linux shares
        // the processors out by session (autogroups) before it looks at a task's policy, so that the idle class of a
        // worker would weigh nothing against the host program.
        posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
};

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

Result<LauncherProcess> LauncherProcess::start(const std::string& program, const Config& config) {
    std::array<int, 2> ends;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return Status(Code::kQueryEngine,
                      std::string("no socket for the query launcher: ") + std::strerror(errno));
    LauncherProcess launcher;
    launcher.socket_.reset(ends[0]);
    UniqueFd theirs(ends[1]);
    // dup2 onto itself would keep close-on-exec, so the child's end must not have that number already.
    if (theirs.get() <= kControlFd)
        theirs.reset(fcntl(theirs.get(), F_DUPFD_CLOEXEC, kControlFd + 1));

    SpawnSettings settings(theirs.get());
    std::array<char*, 2> arguments{const_cast<char*>(program.c_str()), nullptr};
    std::array<char*, 1> environment{nullptr};
    int error = posix_spawn(&launcher.pid_, program.c_str(), &settings.actions,
                            &settings.attributes, arguments.data(), environment.data());
    if (error != 0) {
        launcher.pid_ = -1;
        return Status(
            Code::kQueryEngine,
            std::string("the query worker program could not be started (") + std::strerror(error) +
                "); install csd-query-worker beside the program or name it in the options");
    }
    iovec part{const_cast<Config*>(&config), sizeof(config)};
    (void)send_message(launcher.socket(), {&part, 1}, {}, false);
    return launcher;
}

bool LauncherProcess::order(const Order& order) {
    iovec part{const_cast<Order*>(&order), sizeof(order)};
    return send_message(socket_.get(), {&part, 1}, {}, false);
}

std::string LauncherProcess::end() {
    socket_.reset();
    if (pid_ <= 0) return {};
    // It ends by itself when the socket closes; SIGKILL only hastens it, and its workers die of its death.
    kill(pid_, SIGKILL);
    int status = 0;
    pid_t waited;
    do waited = waitpid(pid_, &status, 0);
    while (waited < 0 && errno == EINTR);
    pid_ = -1;
    if (waited < 0) return "it had ended";
    if (WIFEXITED(status)) return "it ended with status " + std::to_string(WEXITSTATUS(status));
    return "it ended by signal " + std::to_string(WTERMSIG(status));
}

std::string find_worker_program() {
    std::array<char, PATH_MAX> path{};
    std::string found;
    auto look = [&found](const std::string& candidate) {
        if (found.empty() && access(candidate.c_str(), X_OK) == 0) found = candidate;
    };
    ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
    if (length > 0) {
        std::string folder = folder_of(std::string(path.data(), static_cast<size_t>(length)));
        look(folder + kProgramName);
        look(folder + "../libexec/csd/" + kProgramName);
    }
    Dl_info library{};
    if (dladdr(reinterpret_cast<void*>(&find_worker_program), &library) != 0 &&
        library.dli_fname != nullptr) {
        std::string folder = folder_of(library.dli_fname);
        look(folder + kProgramName);
        look(folder + "../bin/" + kProgramName);
        look(folder + "../libexec/csd/" + kProgramName);
        look(folder + "../../libexec/csd/" + kProgramName);  // from lib/x86_64-linux-gnu
    }
    return found;
}

}  // namespace csd::query
