// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_sandbox_test.cc.
#include "device/worker/sandbox.hpp"

#include <errno.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/unique_fd.hpp"
#include "device/worker/syscall_filter.hpp"

namespace csd::worker {

namespace {

constexpr int kNewestKnown = 7;
constexpr rlim_t kMaxDescriptors = 64;

// Debian 12's headers know version 2; the rest is by number, from the kernel's ABI.
constexpr uint64_t kFsRightsOf[] = {0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF};
constexpr uint64_t kReadFile = 1ull << 2;
constexpr uint64_t kNetworkRights = 0x3;  // bind and connect of TCP, from version 4
constexpr uint64_t kScopes = 0x3;         // abstract UNIX sockets and signals, from version 6

struct RulesetAttributes {
    uint64_t fs;
    uint64_t network;
    uint64_t scoped;
};

// The kernel takes a shorter structure from those who know less.
size_t attribute_bytes(int version) {
    return version >= 6 ? 24 : version >= 4 ? 16 : 8;
}

Status failed(const char* what) {
    return Status(Code::kQueryEngine, std::string("the sandbox could not be closed: ") + what);
}

bool limit(__rlimit_resource resource, rlim_t value) {
    rlimit both{value, value};
    return setrlimit(resource, &both) == 0;
}

uint64_t address_space_bytes() {
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

int landlock_version() {
    long version =
        syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return static_cast<int>(std::clamp<long>(version, 0, kNewestKnown));
}

Status close_sandbox(const Limits& limits, int parent_pid) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return failed("parent's death");
    if (getppid() != parent_pid) _exit(0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("privileges");
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return failed("dumpable");
    uint64_t used = address_space_bytes();
    if (used == 0) return failed("address space in use");
    bool limited = limit(RLIMIT_AS, used + limits.memory_bytes) &&
                   limit(RLIMIT_FSIZE, limits.file_bytes) && limit(RLIMIT_CORE, 0) &&
                   limit(RLIMIT_NOFILE, kMaxDescriptors) && limit(RLIMIT_MEMLOCK, 0) &&
                   limit(RLIMIT_MSGQUEUE, 0);
    if (!limited) return failed("limits");
    return load_syscall_filter() ? Status() : failed("system calls");
}

Status restrict_files_to(int object_fd, int version) {
    if (version == 0) return {};
    RulesetAttributes attributes{kFsRightsOf[version], version >= 4 ? kNetworkRights : 0,
                                 version >= 6 ? kScopes : 0};
    UniqueFd ruleset(static_cast<int>(
        syscall(SYS_landlock_create_ruleset, &attributes, attribute_bytes(version), 0)));
    if (!ruleset) return failed("file rules");
    landlock_path_beneath_attr rule{};
    rule.allowed_access = kReadFile;
    rule.parent_fd = object_fd;
    // A memory file (a test's, say) belongs to no file system and takes no rule: EBADFD. Others must.
    if (syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0 &&
        errno != EBADFD)
        return failed("the object's rule");
    if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return failed("files");
    return {};
}

}  // namespace csd::worker
