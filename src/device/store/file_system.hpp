// SPDX-License-Identifier: BSD-3-Clause
//
// FileSystem: the operating system as the store sees it.
//
// Every system call of the store that can fail goes through here, one method a call, so that a test can
// fail the n-th of them (fault_file_system.hpp) or forget what was never synced (power_loss.hpp). Only
// close() is missing: UniqueFd does it, and the store never depends on its result.
//
// A method returns what the call returns, or minus errno. The real one retries EINTR.
// Threads: every method may be called from any number of threads. Tested through the store.
#pragma once

#include <fcntl.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>

namespace csd::store {

// Tells a file from a later one that was given its inode number.
struct FileId {
    uint64_t inode = 0;
    uint64_t born_ns = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
};

struct FileStat {
    bool regular = false;
    bool directory = false;
    uint32_t links = 0;
    uint64_t size = 0;
    uint64_t inode = 0;
    uint64_t born_ns = 0;      // 0 where the file system does not know
    uint64_t changed_ns = 0;   // of anything about it
    uint64_t modified_ns = 0;  // of its bytes

    FileId id() const { return {inode, born_ns}; }
};

// Travels with a file as an extended attribute and says how it was when it became a value.
struct Mark {
    uint64_t size = 0;
    uint64_t modified_ns = 0;
};

struct DiskSpace {
    uint64_t available_bytes = 0;
};

// What a file system guarantees across a loss of power without being asked by a sync.
struct Promises {
    bool rename_orders_data = false;  // renaming over a file first writes the new file's data
    bool keeps_marks = false;         // extended attributes in the user namespace
    bool forgets_everything = false;  // memory only: nothing survives, so nothing needs care
};

class FileSystem {
  public:
    virtual ~FileSystem() = default;

    virtual int open_at(int dir, const char* name, int flags, mode_t mode) = 0;
    // An unnamed file in `dir`, readable and writable (O_TMPFILE).
    virtual int open_unnamed(int dir) = 0;
    virtual int make_directory(int dir, const char* name) = 0;
    virtual ssize_t write(int fd, std::span<const iovec> data, uint64_t offset) = 0;
    virtual ssize_t read(int fd, std::span<const iovec> buffers, uint64_t offset) = 0;
    // Reads only what needs no wait; -EAGAIN otherwise.
    virtual ssize_t read_nowait(int fd, std::span<const iovec> buffers, uint64_t offset) = 0;
    virtual ssize_t copy(int from, uint64_t from_offset, int to, uint64_t to_offset,
                         uint64_t bytes) = 0;
    virtual int truncate(int fd, uint64_t size) = 0;
    // Gives an unnamed file its name; -EEXIST if that is taken by anything.
    virtual int link_unnamed(int fd, int dir, const char* name) = 0;
    virtual int link_at(int from_dir, const char* from, int to_dir, const char* to) = 0;
    virtual int rename_at(int from_dir, const char* from, int to_dir, const char* to,
                          unsigned flags) = 0;
    virtual int unlink_at(int dir, const char* name, int flags) = 0;
    virtual int stat_at(int dir, const char* name, FileStat* stat) = 0;  // does not follow symlinks
    virtual int stat(int fd, FileStat* stat) = 0;
    virtual ssize_t read_directory(int fd, std::span<char> buffer) = 0;  // getdents64
    virtual int sync_data(int fd) = 0;
    virtual int sync_file(int fd) = 0;
    virtual int sync_file_system(int fd) = 0;
    virtual int lock(int fd) = 0;  // exclusive, without waiting; -EWOULDBLOCK when another has it
    virtual int set_mark(int fd, const Mark& mark) = 0;
    virtual int get_mark(int fd, Mark* mark) = 0;  // -ENODATA when there is none
    // Where the first hole begins: the size of the file when it has none.
    virtual int64_t first_hole(int fd) = 0;
    virtual int space(int fd, DiskSpace* space) = 0;
    virtual Promises promises(int dir) = 0;
    virtual uint64_t boot_id() = 0;  // another number after each start of the machine
};

class RealFileSystem : public FileSystem {
  public:
    int open_at(int dir, const char* name, int flags, mode_t mode) override;
    int open_unnamed(int dir) override;
    int make_directory(int dir, const char* name) override;
    ssize_t write(int fd, std::span<const iovec> data, uint64_t offset) override;
    ssize_t read(int fd, std::span<const iovec> buffers, uint64_t offset) override;
    ssize_t read_nowait(int fd, std::span<const iovec> buffers, uint64_t offset) override;
    ssize_t copy(int from, uint64_t from_offset, int to, uint64_t to_offset,
                 uint64_t bytes) override;
    int truncate(int fd, uint64_t size) override;
    int link_unnamed(int fd, int dir, const char* name) override;
    int link_at(int from_dir, const char* from, int to_dir, const char* to) override;
    int rename_at(int from_dir, const char* from, int to_dir, const char* to,
                  unsigned flags) override;
    int unlink_at(int dir, const char* name, int flags) override;
    int stat_at(int dir, const char* name, FileStat* stat) override;
    int stat(int fd, FileStat* stat) override;
    ssize_t read_directory(int fd, std::span<char> buffer) override;
    int sync_data(int fd) override;
    int sync_file(int fd) override;
    int sync_file_system(int fd) override;
    int lock(int fd) override;
    int set_mark(int fd, const Mark& mark) override;
    int get_mark(int fd, Mark* mark) override;
    int64_t first_hole(int fd) override;
    int space(int fd, DiskSpace* space) override;
    Promises promises(int dir) override;
    uint64_t boot_id() override;
};

FileSystem& real_file_system();

// Writes all of it, in more calls if it must be; 0 or minus errno.
int write_whole(FileSystem& fs, int fd, std::span<const uint8_t> bytes, uint64_t offset);

}  // namespace csd::store
