// SPDX-License-Identifier: BSD-3-Clause
//
// FaultFileSystem: the real one, except that the n-th call fails, for tests.
//
//     FaultFileSystem fs;
//     fs.fail(3, ENOSPC);        // the fourth call from now, once
//     ... use the store ...
//     fs.disarm();               // true if it happened
//
// Threads: any, but counting is only meaningful with one.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "device/store/file_system.hpp"

namespace csd::store {

class FaultFileSystem : public RealFileSystem {
  public:
    void fail(uint64_t call, int error) {
        error_ = error;
        happened_ = false;
        countdown_ = static_cast<int64_t>(call);
    }
    // From that call on, every one fails.
    void fail_from(uint64_t call, int error) {
        fail(call, error);
        again_ = true;
    }
    bool disarm() {
        countdown_ = -1;
        again_ = false;
        return happened_;
    }
    // Which call failed last.
    std::string where() const { return where_; }
    void write_short(bool on) { short_writes_ = on; }
    // Called in the place of the call that fails.
    virtual void on_fault() {}

    int open_at(int dir, const char* name, int flags, mode_t mode) override {
        if (const int e = fault("open")) return e;
        return RealFileSystem::open_at(dir, name, flags, mode);
    }
    int open_unnamed(int dir) override {
        if (const int e = fault("open_unnamed")) return e;
        return RealFileSystem::open_unnamed(dir);
    }
    int make_directory(int dir, const char* name) override {
        if (const int e = fault("mkdir")) return e;
        return RealFileSystem::make_directory(dir, name);
    }
    ssize_t write(int fd, std::span<const iovec> data, uint64_t offset) override {
        if (const int e = fault("write")) return e;
        if (short_writes_ && data[0].iov_len > 1) {
            const iovec half{data[0].iov_base, data[0].iov_len / 2};
            return RealFileSystem::write(fd, {&half, 1}, offset);
        }
        return RealFileSystem::write(fd, data, offset);
    }
    ssize_t read(int fd, std::span<const iovec> buffers, uint64_t offset) override {
        if (const int e = fault("read")) return e;
        return RealFileSystem::read(fd, buffers, offset);
    }
    ssize_t copy(int from, uint64_t from_offset, int to, uint64_t to_offset,
                 uint64_t bytes) override {
        if (const int e = fault("copy")) return e;
        return RealFileSystem::copy(from, from_offset, to, to_offset, bytes);
    }
    int truncate(int fd, uint64_t size) override {
        if (const int e = fault("truncate")) return e;
        return RealFileSystem::truncate(fd, size);
    }
    int link_unnamed(int fd, int dir, const char* name) override {
        if (const int e = fault("link_unnamed")) return e;
        return RealFileSystem::link_unnamed(fd, dir, name);
    }
    int link_at(int from_dir, const char* from, int to_dir, const char* to) override {
        if (const int e = fault("link")) return e;
        return RealFileSystem::link_at(from_dir, from, to_dir, to);
    }
    int rename_at(int from_dir, const char* from, int to_dir, const char* to,
                  unsigned flags) override {
        if (const int e = fault("rename")) return e;
        return RealFileSystem::rename_at(from_dir, from, to_dir, to, flags);
    }
    int unlink_at(int dir, const char* name, int flags) override {
        if (const int e = fault("unlink")) return e;
        return RealFileSystem::unlink_at(dir, name, flags);
    }
    int stat_at(int dir, const char* name, FileStat* stat) override {
        if (const int e = fault("stat_at")) return e;
        return RealFileSystem::stat_at(dir, name, stat);
    }
    int stat(int fd, FileStat* stat) override {
        if (const int e = fault("stat")) return e;
        return RealFileSystem::stat(fd, stat);
    }
    ssize_t read_directory(int fd, std::span<char> buffer) override {
        if (const int e = fault("getdents")) return e;
        return RealFileSystem::read_directory(fd, buffer);
    }
    int sync_data(int fd) override {
        if (const int e = fault("fdatasync")) return e;
        return RealFileSystem::sync_data(fd);
    }
    int sync_file(int fd) override {
        if (const int e = fault("fsync")) return e;
        return RealFileSystem::sync_file(fd);
    }
    int sync_file_system(int fd) override {
        if (const int e = fault("syncfs")) return e;
        return RealFileSystem::sync_file_system(fd);
    }
    int lock(int fd) override {
        if (const int e = fault("lock")) return e;
        return RealFileSystem::lock(fd);
    }
    int set_mark(int fd, const Mark& mark) override {
        if (const int e = fault("set_mark")) return e;
        return RealFileSystem::set_mark(fd, mark);
    }
    int get_mark(int fd, Mark* mark) override {
        if (const int e = fault("get_mark")) return e;
        return RealFileSystem::get_mark(fd, mark);
    }
    int64_t first_hole(int fd) override {
        if (const int e = fault("first_hole")) return e;
        return RealFileSystem::first_hole(fd);
    }
    int space(int fd, DiskSpace* space) override {
        if (const int e = fault("space")) return e;
        return RealFileSystem::space(fd, space);
    }

    // Also in memory, where the tests run when they can, the store takes the care a disk needs.
    Promises promises(int dir) override {
        Promises promises = RealFileSystem::promises(dir);
        promises.forgets_everything = false;
        return promises;
    }

  private:
    int fault(const char* call) {
        if (countdown_ < 0 || (happened_ && !again_)) return 0;
        if (countdown_-- > 0) return 0;
        countdown_ = 0;
        happened_ = true;
        where_ = call;
        on_fault();
        return -error_;
    }

    std::atomic<int64_t> countdown_ = -1;
    std::atomic<int> error_ = 0;
    std::atomic<bool> happened_ = false;
    std::atomic<bool> again_ = false;
    std::atomic<bool> short_writes_ = false;
    std::string where_;
};

}  // namespace csd::store
