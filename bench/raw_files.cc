// SPDX-License-Identifier: BSD-3-Clause
//
// raw_files.hpp, done.
#include "raw_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "measure.hpp"

namespace csd::bench {

RawFiles::RawFiles(const std::string& dir) : dir_(dir) {
    std::filesystem::create_directories(dir);
    dir_fd_.reset(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!dir_fd_) fail_errno("open " + dir);
}

void RawFiles::read(const char* name, void* data, size_t bytes) const {
    const UniqueFd fd(openat(dir_fd_.get(), name, O_RDONLY | O_CLOEXEC));
    if (!fd) fail_errno("open a yardstick file");
    if (pread(fd.get(), data, bytes, 0) != static_cast<ssize_t>(bytes)) fail_errno("pread");
}

UniqueFd RawFiles::written(std::string_view value) const {
    UniqueFd fd(openat(dir_fd_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (!fd) fail_errno("open with O_TMPFILE");
    if (::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
        fail_errno("write");
    }
    return fd;
}

void RawFiles::link(int fd, const char* name) const {
    if (linkat(fd, "", dir_fd_.get(), name, AT_EMPTY_PATH) == 0) return;
    // Without CAP_DAC_READ_SEARCH only the longer way is open.
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    if (linkat(AT_FDCWD, path.c_str(), dir_fd_.get(), name, AT_SYMLINK_FOLLOW) != 0) {
        fail_errno("linkat");
    }
}

void RawFiles::write(const char* name, std::string_view value) const {
    link(written(value).get(), name);
}

void RawFiles::write_durably(const char* name, std::string_view value) const {
    const UniqueFd fd = written(value);
    if (fdatasync(fd.get()) != 0) fail_errno("fdatasync");
    link(fd.get(), name);
    if (fsync(dir_fd_.get()) != 0) fail_errno("fsync");
}

void RawFiles::remove(const char* name) const {
    if (unlinkat(dir_fd_.get(), name, 0) != 0) fail_errno("unlink");
}

}  // namespace csd::bench
