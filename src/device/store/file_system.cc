// SPDX-License-Identifier: BSD-3-Clause
//
// The real file system: thin wrappers that turn errno into a return value. Tested through the store.
#include "device/store/file_system.hpp"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/bytes.hpp"
#include "base/unique_fd.hpp"

namespace csd::store {

static constexpr char kMarkName[] = "user.csd.mark";

template <typename Call>
static auto retry(Call call) -> decltype(call()) {
    for (;;) {
        const auto result = call();
        if (result >= 0) return result;
        if (errno != EINTR) return -errno;
    }
}

int RealFileSystem::open_at(int dir, const char* name, int flags, mode_t mode) {
    return retry([&] { return ::openat(dir, name, flags | O_CLOEXEC, mode); });
}

int RealFileSystem::open_unnamed(int dir) {
    return retry([&] { return ::openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); });
}

int RealFileSystem::make_directory(int dir, const char* name) {
    return retry([&] { return ::mkdirat(dir, name, 0700); });
}

ssize_t RealFileSystem::write(int fd, std::span<const iovec> data, uint64_t offset) {
    return retry([&] {
        return ::pwritev(fd, data.data(), static_cast<int>(data.size()),
                         static_cast<off_t>(offset));
    });
}

ssize_t RealFileSystem::read(int fd, std::span<const iovec> buffers, uint64_t offset) {
    return retry([&] {
        return ::preadv(fd, buffers.data(), static_cast<int>(buffers.size()),
                        static_cast<off_t>(offset));
    });
}

ssize_t RealFileSystem::read_nowait(int fd, std::span<const iovec> buffers, uint64_t offset) {
    return retry([&] {
        return ::preadv2(fd, buffers.data(), static_cast<int>(buffers.size()),
                         static_cast<off_t>(offset), RWF_NOWAIT);
    });
}

ssize_t RealFileSystem::copy(int from, uint64_t from_offset, int to, uint64_t to_offset,
                             uint64_t bytes) {
    return retry([&] {
        auto in = static_cast<off64_t>(from_offset);
        auto out = static_cast<off64_t>(to_offset);
        return ::copy_file_range(from, &in, to, &out, bytes, 0);
    });
}

int RealFileSystem::truncate(int fd, uint64_t size) {
    return retry([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

int RealFileSystem::link_unnamed(int fd, int dir, const char* name) {
    // The direct form is cheaper, but older kernels allow it only to the privileged.
    const int direct = retry([&] { return ::linkat(fd, "", dir, name, AT_EMPTY_PATH); });
    if (direct != -ENOENT && direct != -EPERM) return direct;
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return retry([&] { return ::linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW); });
}

int RealFileSystem::link_at(int from_dir, const char* from, int to_dir, const char* to) {
    return retry([&] { return ::linkat(from_dir, from, to_dir, to, 0); });
}

int RealFileSystem::rename_at(int from_dir, const char* from, int to_dir, const char* to,
                              unsigned flags) {
    return retry([&] { return ::renameat2(from_dir, from, to_dir, to, flags); });
}

int RealFileSystem::unlink_at(int dir, const char* name, int flags) {
    return retry([&] { return ::unlinkat(dir, name, flags); });
}

static int stat_with(int dir, const char* name, int flags, FileStat* stat) {
    struct statx raw {};
    const int done = retry([&] {
        return ::statx(dir, name, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME, &raw);
    });
    if (done < 0) return done;
    const auto nanoseconds = [](const statx_timestamp& time) {
        return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + time.tv_nsec;
    };
    stat->regular = S_ISREG(raw.stx_mode);
    stat->directory = S_ISDIR(raw.stx_mode);
    stat->links = raw.stx_nlink;
    stat->size = raw.stx_size;
    stat->inode = raw.stx_ino;
    stat->born_ns = (raw.stx_mask & STATX_BTIME) != 0 ? nanoseconds(raw.stx_btime) : 0;
    stat->changed_ns = nanoseconds(raw.stx_ctime);
    stat->modified_ns = nanoseconds(raw.stx_mtime);
    return 0;
}

int RealFileSystem::stat_at(int dir, const char* name, FileStat* stat) {
    return stat_with(dir, name, AT_SYMLINK_NOFOLLOW, stat);
}

int RealFileSystem::stat(int fd, FileStat* stat) {
    return stat_with(fd, "", AT_EMPTY_PATH, stat);
}

ssize_t RealFileSystem::read_directory(int fd, std::span<char> buffer) {
    return retry([&] { return ::getdents64(fd, buffer.data(), buffer.size()); });
}

int RealFileSystem::sync_data(int fd) {
    return retry([&] { return ::fdatasync(fd); });
}

int RealFileSystem::sync_file(int fd) {
    return retry([&] { return ::fsync(fd); });
}

int RealFileSystem::sync_file_system(int fd) {
    return retry([&] { return ::syncfs(fd); });
}

int RealFileSystem::lock(int fd) {
    return retry([&] { return ::flock(fd, LOCK_EX | LOCK_NB); });
}

int RealFileSystem::set_mark(int fd, const Mark& mark) {
    uint8_t bytes[16];
    store_le<uint64_t>(bytes, 0, mark.size);
    store_le<uint64_t>(bytes, 8, mark.modified_ns);
    return retry([&] { return ::fsetxattr(fd, kMarkName, bytes, sizeof bytes, 0); });
}

int RealFileSystem::get_mark(int fd, Mark* mark) {
    uint8_t bytes[16];
    const ssize_t got = retry([&] { return ::fgetxattr(fd, kMarkName, bytes, sizeof bytes); });
    if (got < 0) return static_cast<int>(got);
    if (got != sizeof bytes) return -ENODATA;
    *mark = {load_le<uint64_t>(bytes, 0), load_le<uint64_t>(bytes, 8)};
    return 0;
}

int64_t RealFileSystem::first_hole(int fd) {
    const int64_t at = retry([&] { return ::lseek(fd, 0, SEEK_HOLE); });
    return at == -ENXIO ? 0 : at;  // an empty file has no data to seek
}

int RealFileSystem::space(int fd, DiskSpace* space) {
    struct statvfs raw {};
    const int done = retry([&] { return ::fstatvfs(fd, &raw); });
    if (done < 0) return done;
    space->available_bytes = static_cast<uint64_t>(raw.f_bavail) * raw.f_frsize;
    return 0;
}

// The line of /proc/self/mountinfo for the device of `dir`; empty when there is none.
static std::string mount_line(int dir) {
    struct stat raw {};
    if (::fstat(dir, &raw) != 0) return {};
    const std::string device =
        std::to_string(major(raw.st_dev)) + ":" + std::to_string(minor(raw.st_dev));
    std::ifstream lines("/proc/self/mountinfo");
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string id, parent, number;
        words >> id >> parent >> number;
        if (number == device) return line;
    }
    return {};
}

Promises RealFileSystem::promises(int dir) {
    struct statfs raw {};
    if (::fstatfs(dir, &raw) != 0) return {};
    Promises promises;
    const auto type = static_cast<uint64_t>(raw.f_type);
    promises.forgets_everything = type == TMPFS_MAGIC || type == RAMFS_MAGIC;
    promises.rename_orders_data = type == BTRFS_SUPER_MAGIC;
    if (type == EXT4_SUPER_MAGIC) {
        // ext4 allocates the new file's blocks at the rename, and its ordered journal writes them before
        // the rename commits. Mount options can take either away; ext2 and ext3 share the magic number.
        const std::string line = mount_line(dir);
        const auto has = [&](const char* text) { return line.find(text) != std::string::npos; };
        promises.rename_orders_data = has(" - ext4 ") && !has("noauto_da_alloc") &&
                                      !has("data=writeback") && !has("nobarrier") &&
                                      !has("barrier=0");
    }
    const UniqueFd probe(open_unnamed(dir));
    promises.keeps_marks = probe.valid() && set_mark(probe.get(), {}) == 0;
    return promises;
}

uint64_t RealFileSystem::boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    std::getline(file, text);
    uint64_t hash = 0xCBF29CE484222325u;
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
    return hash;
}

int write_whole(FileSystem& fs, int fd, std::span<const uint8_t> bytes, uint64_t offset) {
    while (!bytes.empty()) {
        const iovec data{const_cast<uint8_t*>(bytes.data()), bytes.size()};
        const ssize_t written = fs.write(fd, {&data, 1}, offset);
        if (written < 0) return static_cast<int>(written);
        if (written == 0) return -EIO;
        bytes = bytes.subspan(static_cast<size_t>(written));
        offset += static_cast<uint64_t>(written);
    }
    return 0;
}

FileSystem& real_file_system() {
    static RealFileSystem instance;
    return instance;
}

}  // namespace csd::store
