// SPDX-License-Identifier: BSD-3-Clause
// Tested by store_open_test.cc.
#include "device/store/layout.hpp"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "base/bytes.hpp"
#include "device/store/errors.hpp"

namespace csd::store {

using std::chrono::steady_clock;

// The programs of one pipeline overlap for an instant. A longer wait for the lock is logged.
constexpr std::chrono::milliseconds kSilentWait{500};

// The process that has locked the file, such as ", process 4711 (airmos)". Empty where the kernel does not tell, as in a
// container that does not see the process: the message is only less specific then.
static std::string holder_of(int lock) {
    struct stat file {};
    if (::fstat(lock, &file) != 0) return "";
    char place[64];
    (void)snprintf(place, sizeof place, "%02x:%02x:%ju", major(file.st_dev), minor(file.st_dev),
                   static_cast<uintmax_t>(file.st_ino));
    // Lines such as "1: FLOCK ADVISORY WRITE 4711 fe:01:1234 0 EOF"; proc_locks(5).
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number, kind, how, mode, process, where, name;
        if (!(words >> number >> kind >> how >> mode >> process >> where)) continue;
        if (kind != "FLOCK" || where != place) continue;
        if (std::ifstream("/proc/" + process + "/comm") >> name) {
            return ", process " + process + " (" + name + ")";
        }
    }
    return "";
}

Result<std::unique_ptr<Layout>> Layout::open(const Options& options, FileSystem& fs) {
    auto layout = std::make_unique<Layout>(Private(), options, fs);
    Status status = layout->open_directories();
    if (status.ok()) status = layout->take_lock();
    if (!status.ok()) return status;
    return layout;
}

Result<UniqueFd> Layout::open_directory(int parent, const std::string& name, int extra_flags,
                                        bool* made) {
    const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | extra_flags;
    int fd = fs_.open_at(parent, name.c_str(), flags, 0);
    if (fd == -ENOENT) {
        const int done = fs_.make_directory(parent, name.c_str());
        if (done < 0 && done != -EEXIST) return io_error(("cannot make " + name).c_str(), done);
        if (made != nullptr) *made = done == 0;
        fd = fs_.open_at(parent, name.c_str(), flags, 0);
    }
    if (fd < 0) return io_error(("cannot open the directory " + name).c_str(), fd);
    return UniqueFd(fd);
}

Status Layout::open_directories() {
    if (options_.root.empty()) return {Code::kUsage, "the root of the drive has no name"};
    for (size_t slash = 0; slash != std::string::npos;) {
        slash = options_.root.find('/', slash + 1);
        Result<UniqueFd> above = open_directory(AT_FDCWD, options_.root.substr(0, slash), 0);
        if (!above.ok()) return above.status();
        if (slash != std::string::npos) continue;
        // Beneath the root nothing is followed: a link there is not ours.
        values_name_ = std::to_string(options_.nsid);
        root_ = std::move(above).value();
        Result<UniqueFd> bus =
            open_directory(root_.get(), std::to_string(options_.bus_number), O_NOFOLLOW);
        if (!bus.ok()) return bus.status();
        bus_ = std::move(bus).value();
    }
    Result<UniqueFd> engine =
        open_directory(bus_.get(), values_name_ + ".csd", O_NOFOLLOW, &made_engine_);
    if (!engine.ok()) return engine.status();
    engine_ = std::move(engine).value();
    Result<UniqueFd> values = open_directory(bus_.get(), values_name_, O_NOFOLLOW, &made_values_);
    if (!values.ok()) return values.status();
    values_ = std::move(values).value();
    return {};
}

Status Layout::take_lock() {
    const int fd =
        fs_.open_at(engine_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0) return io_error("cannot open the lock", fd);
    lock_.reset(fd);
    const auto began = steady_clock::now();
    const auto in_use = [&] {
        return "another drive uses namespace " + values_name_ + " of bus " +
               std::to_string(options_.bus_number) + " in " + options_.root + holder_of(fd);
    };
    for (bool told = false;;) {
        const int locked = fs_.lock(fd);
        if (locked == 0) return {};
        if (locked != -EWOULDBLOCK) return io_error("cannot lock the namespace", locked);
        const auto waited = steady_clock::now() - began;
        if (waited >= options_.lock_wait) return {Code::kNotReady, in_use()};
        if (waited >= kSilentWait && !told && options_.log) {
            options_.log(LogLevel::kInfo, in_use() + "; waiting for it");
            told = true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

Status Layout::make_reachable() {
    if (reachable_) return {};
    for (const int directory : {root_.get(), bus_.get()}) {
        const int synced = fs_.sync_file(directory);
        if (synced < 0) return {Code::kIo, io_error("cannot sync a directory", synced).message()};
    }
    reachable_ = true;
    return {};
}

std::string Layout::fresh_name(const char* prefix) {
    return prefix + std::to_string(next_name_.fetch_add(1, std::memory_order_relaxed));
}

Status Layout::each_name(int directory, const std::function<bool(const char*)>& visit) {
    const UniqueFd fd(fs_.open_at(directory, ".", O_RDONLY | O_DIRECTORY, 0));
    if (!fd.valid()) return io_error("cannot open a directory", fd.get());
    std::vector<char> buffer(128 * 1024);
    for (;;) {
        const ssize_t bytes = fs_.read_directory(fd.get(), buffer);
        if (bytes < 0) return io_error("cannot read a directory", bytes);
        if (bytes == 0) return {};
        for (ssize_t at = 0; at < bytes;) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            if (!visit(entry->d_name)) return {};
        }
    }
}

static bool begins(const char* name, const char* prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

Result<Layout::Leftovers> Layout::clean() {
    Leftovers left;
    std::vector<std::string> temporaries;
    uint64_t highest = 0;
    const Status listed = each_name(engine_.get(), [&](const char* name) {
        if (begins(name, "t-")) temporaries.emplace_back(name);
        if (begins(name, "garbage-")) left.garbage.emplace_back(name);
        if (begins(name, "compose-")) left.composes.emplace_back(name);
        if (const char* dash = strrchr(name, '-')) {
            highest = std::max<uint64_t>(highest, strtoull(dash + 1, nullptr, 10));
        }
        return true;
    });
    if (!listed.ok()) return listed;
    next_name_ = highest + 1;
    for (const std::string& name : temporaries) {
        const int done = fs_.unlink_at(engine_.get(), name.c_str(), 0);
        if (done < 0) return io_error(("cannot remove " + name).c_str(), done);
        left.removed++;
    }
    return left;
}

Status Layout::replace_values(std::string* old_name) {
    // Made under the garbage name, so that a crash on either side of the exchange leaves garbage there.
    std::string garbage = fresh_name("garbage-");
    int done = fs_.make_directory(engine_.get(), garbage.c_str());
    if (done < 0) return io_error("cannot make an empty namespace", done);
    const UniqueFd fresh(
        fs_.open_at(engine_.get(), garbage.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
    done = fresh.valid() ? 0 : fresh.get();
    if (done == 0) {
        done = fs_.rename_at(engine_.get(), garbage.c_str(), bus_.get(), values_name_.c_str(),
                             RENAME_EXCHANGE);
    }
    if (done == -EINVAL || done == -ENOSYS) {
        // A file system without exchange. A crash between the two renames leaves no directory of values: the
        // next opening makes an empty one, and the format has happened.
        const std::string empty = std::exchange(garbage, fresh_name("garbage-"));
        const char* values = values_name_.c_str();
        done = fs_.rename_at(bus_.get(), values, engine_.get(), garbage.c_str(), 0);
        if (done == 0) {
            done = fs_.rename_at(engine_.get(), empty.c_str(), bus_.get(), values, 0);
            if (done < 0) fs_.rename_at(engine_.get(), garbage.c_str(), bus_.get(), values, 0);
        }
        if (done < 0) garbage = empty;
    }
    if (done < 0) {
        fs_.unlink_at(engine_.get(), garbage.c_str(), AT_REMOVEDIR);
        return io_error("cannot exchange the namespace for an empty one", done);
    }
    *old_name = garbage;
    // The number stays: threads that are about to use it simply meet the new directory.
    if (::dup3(fresh.get(), values_.get(), O_CLOEXEC) < 0) return io_error("dup3", -errno);
    if (options_.sync == SyncMode::kAlways) {
        done = fs_.sync_file(bus_.get());
        if (done == 0) done = fs_.sync_file(engine_.get());
        if (done < 0) return io_error("cannot sync the format", done);
    }
    return {};
}

Result<std::vector<uint8_t>> Layout::read_whole(const char* name) {
    const UniqueFd file(fs_.open_at(engine_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0));
    FileStat stat;
    int done = file.valid() ? fs_.stat(file.get(), &stat) : file.get();
    std::vector<uint8_t> content(done == 0 ? stat.size : 0);
    for (uint64_t at = 0; done == 0 && at < content.size();) {
        const iovec buffer{content.data() + at, content.size() - at};
        const ssize_t got = fs_.read(file.get(), {&buffer, 1}, at);
        if (got < 0) done = static_cast<int>(got);
        if (got == 0) content.resize(at);
        at += got > 0 ? static_cast<uint64_t>(got) : 0;
    }
    if (done < 0) return io_error(("cannot read " + std::string(name)).c_str(), done);
    return content;
}

Result<std::string> Layout::read_small(const char* name) {
    const int fd = fs_.open_at(engine_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd == -ENOENT) return std::string();
    if (fd < 0) return io_error(("cannot open " + std::string(name)).c_str(), fd);
    const UniqueFd file(fd);
    std::string content(4096, '\0');
    const iovec buffer{content.data(), content.size()};
    const ssize_t got = fs_.read(fd, {&buffer, 1}, 0);
    if (got < 0) return io_error(("cannot read " + std::string(name)).c_str(), got);
    content.resize(static_cast<size_t>(got));
    return content;
}

Status Layout::write_small(const char* name, const std::string& content, bool durable) {
    const std::string temporary = fresh_name("t-");
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    const UniqueFd file(fs_.open_at(engine_.get(), temporary.c_str(), flags, 0600));
    if (!file.valid()) return io_error("cannot make a small file", file.get());
    int done = write_whole(fs_, file.get(), as_bytes(content), 0);
    if (done == 0 && durable) done = fs_.sync_data(file.get());
    if (done == 0) done = fs_.rename_at(engine_.get(), temporary.c_str(), engine_.get(), name, 0);
    if (done < 0) {
        fs_.unlink_at(engine_.get(), temporary.c_str(), 0);
        return io_error(("cannot write " + std::string(name)).c_str(), done);
    }
    if (durable) done = fs_.sync_file(engine_.get());
    if (done < 0) return io_error(("cannot sync " + std::string(name)).c_str(), done);
    return durable ? make_reachable() : Status();
}

}  // namespace csd::store
