// SPDX-License-Identifier: BSD-3-Clause
//
// Killed drives: a process plays on an emulated drive and tells its history in shared memory; SIGKILL ends it at a random
// moment, and another goes on with the same keys. The history across the kills is checked as one: a command that
// the kill left without completion took effect until the next process had opened the drive, or never.
#pragma once

#include <string>

#include "consistency/checking.hpp"
#include "consistency/workload.hpp"

namespace csd::consistency {

struct KillOptions {
    std::string device;  // emulator:...
    uint32_t max_life_ms = 60;
    uint32_t fillers = 0;  // values beside the group's, which the index takes time to load
    uint64_t operations = 0;
    uint64_t deadline_ns = kNever;
    bool progress = false;
};

// What went wrong apart from the promises; empty when nothing did. Counts the kills.
std::string play_and_kill(const WorkloadOptions& workload, const KillOptions& options,
                          Checking& checking, uint64_t& kills);

// The killed process: main() of `csd-consistency --child PATH`.
int run_killed_process(const char* path);

}  // namespace csd::consistency
