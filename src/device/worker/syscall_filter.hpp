// SPDX-License-Identifier: BSD-3-Clause
//
// The system calls that a worker may make, as a seccomp filter for x86-64: an allow-list. Everything else fails
// with EPERM (a worker that asks for too much gets an error, not a corpse: DuckDB handles errors).
// Tested by query_sandbox_test.cc, from inside.
#pragma once

namespace csd::worker {

// For this thread and those it will make; needs no_new_privs. False: the kernel refused.
bool load_syscall_filter();

}  // namespace csd::worker
