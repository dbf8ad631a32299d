// SPDX-License-Identifier: BSD-3-Clause
//
// machine.hpp, done: from /proc, uname and statfs.
#include "machine.hpp"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <fstream>
#include <thread>

namespace csd::bench {

namespace {

// The rest of the first line of `file` that begins with `name`, without the colon and space around it.
std::string field(const char* file, const std::string& name) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(name)) continue;
        const size_t colon = line.find(':');
        const size_t begin = line.find_first_not_of(" \t", colon + 1);
        return begin == std::string::npos ? "" : line.substr(begin);
    }
    return "";
}

std::string file_system_of(const std::string& path) {
    struct statfs info;
    if (statfs(path.c_str(), &info) != 0) return "unknown";
    switch (static_cast<unsigned long>(info.f_type)) {
        case EXT4_SUPER_MAGIC: return "ext4";
        case XFS_SUPER_MAGIC: return "xfs";
        case BTRFS_SUPER_MAGIC: return "btrfs";
        case F2FS_SUPER_MAGIC: return "f2fs";
        case OVERLAYFS_SUPER_MAGIC: return "overlayfs";
        case TMPFS_MAGIC: return "tmpfs (syncs cost nothing here: the durable rows mean little)";
        default: return "another file system";
    }
}

}  // namespace

nlohmann::json describe_machine(const std::string& path) {
    utsname system;
    uname(&system);
    double load = 0;
    (void)getloadavg(&load, 1);
    return {{"processors", std::thread::hardware_concurrency()},
            {"processor", field("/proc/cpuinfo", "model name")},
            {"kernel", system.release},
            {"file_system", file_system_of(path)},
            {"load", load}};
}

uint64_t resident_bytes() {
    return std::stoull(field("/proc/self/status", "RssAnon")) * 1024;
}

}  // namespace csd::bench
