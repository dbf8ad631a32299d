// SPDX-License-Identifier: BSD-3-Clause
//
// DriveProcess: a process of its own that opens the drive, verifies it, and works until it is killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "crash/journal.hpp"
#include "crash/verify.hpp"

namespace csd::crash {

// All that decides what the process does.
struct Plan {
    std::string root;
    uint64_t seed = 0;  // of this round
    int lanes = 1;
    bool selects = false;
    bool sync_always = false;
};
Random random_of(const Plan& plan, int lane);
Lane lane_of(const Plan& plan, int index);

class DriveProcess {
  public:
    // Forks. The calling process has one thread.
    DriveProcess(const Plan& plan, const Knowledge& knowledge, Journal& journal);
    ~DriveProcess() { kill(); }
    DriveProcess(const DriveProcess&) = delete;
    DriveProcess& operator=(const DriveProcess&) = delete;

    bool wait_for_work(Journal& journal, std::chrono::seconds most) const;
    // SIGKILL; false when the process had ended before.
    bool kill();

  private:
    pid_t pid_ = -1;
};

// Waits until no process that a killed drive had started is left. False: some live on.
bool orphans_end(std::chrono::milliseconds most);

}  // namespace csd::crash
