// SPDX-License-Identifier: BSD-3-Clause
//
// The sandbox of a worker: what holds when a stranger's SQL has taken DuckDB over.
//
//     limits     address space, file size, no core file, few descriptors, no new privileges, dies with its parent
//     seccomp    an allow-list of system calls: memory, reading, threads of its own, its one socket
//     Landlock   no file at all but the object, for reading; no network; no signal or socket to others
//
// Each is set on the process while it has one thread, so that later threads have it too. None can be undone.
// Landlock's rules are about files, and memory files are none: the result and scratch files stay open to the worker.
// Tested by query_sandbox_test.cc, from inside.
#pragma once

#include <cstdint>

#include "csd/status.hpp"

namespace csd::worker {

// The newest version of Landlock here that we know; 0: this kernel has none or it is off.
int landlock_version();

struct Limits {
    uint64_t memory_bytes = 0;  // of address space, beyond what is in use now
    uint64_t file_bytes = 0;
};

// Before the object is known. `parent` is the launcher: if it is gone already, so is the worker.
Status close_sandbox(const Limits& limits, int parent_pid);
// After: from here on the object is the one file that exists. Version 0 does nothing.
Status restrict_files_to(int object_fd, int version);

}  // namespace csd::worker
