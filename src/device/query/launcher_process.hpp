// SPDX-License-Identifier: BSD-3-Clause
//
// LauncherProcess: the one child that the engine's process ever has.
//
// It is made by posix_spawn, which shares memory instead of copying it and runs none of the host's code in
// the child, so that a large host with many threads can make one at any time. It inherits one socket and
// nothing else: no descriptor, no environment, no signal state. It ends when the socket closes, and its
// workers with it. Not for several threads at once. Tested by query_process_test.cc.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "base/unique_fd.hpp"
#include "csd/status.hpp"
#include "device/query/protocol.hpp"

namespace csd::query {

class LauncherProcess {
  public:
    LauncherProcess() = default;
    LauncherProcess(LauncherProcess&& other) noexcept
        : socket_(std::move(other.socket_)), pid_(std::exchange(other.pid_, -1)) {}
    LauncherProcess& operator=(LauncherProcess&& other) noexcept {
        std::swap(socket_, other.socket_);
        std::swap(pid_, other.pid_);
        return *this;
    }
    ~LauncherProcess() { end(); }

    static Result<LauncherProcess> start(const std::string& program, const Config& config);

    bool running() const { return socket_.valid(); }
    int socket() const { return socket_.get(); }
    bool order(const Order& order);
    // Ends the process, its workers with it, and waits for it. Says how it had ended.
    std::string end();

  private:
    UniqueFd socket_;
    pid_t pid_ = -1;
};

// Beside the running program, else where it was installed, else beside the library. Empty: nowhere.
std::string find_worker_program();

}  // namespace csd::query
