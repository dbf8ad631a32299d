// SPDX-License-Identifier: BSD-3-Clause
//
// TempFile: a value in the making. It has no name, or on file systems without O_TMPFILE a name in the
// engine's directory that goes with it. Threads: one owner. Tested through the store.
#pragma once

#include <string>
#include <utility>

#include "base/unique_fd.hpp"
#include "device/store/file_system.hpp"

namespace csd::store {

class TempFile {
  public:
    TempFile() = default;
    explicit TempFile(UniqueFd fd) : fd_(std::move(fd)) {}
    TempFile(UniqueFd fd, FileSystem& fs, int directory, std::string name)
        : fd_(std::move(fd)), fs_(&fs), directory_(directory), name_(std::move(name)) {}
    TempFile(TempFile&& other) noexcept
        : fd_(std::move(other.fd_)),
          fs_(other.fs_),
          directory_(other.directory_),
          name_(std::exchange(other.name_, {})) {}
    TempFile& operator=(TempFile&& other) noexcept {
        if (this != &other) {
            remove();
            fd_ = std::move(other.fd_);
            fs_ = other.fs_;
            directory_ = other.directory_;
            name_ = std::exchange(other.name_, {});
        }
        return *this;
    }
    ~TempFile() { remove(); }

    int fd() const { return fd_.get(); }
    // Empty: it has none yet.
    const std::string& name() const { return name_; }
    // It got, or lost, a name in `directory`.
    void named(FileSystem& fs, int directory, std::string name) {
        fs_ = &fs;
        directory_ = directory;
        name_ = std::move(name);
    }
    void unnamed() { name_.clear(); }

  private:
    void remove() {
        if (!name_.empty()) fs_->unlink_at(directory_, name_.c_str(), 0);
        name_.clear();
    }

    UniqueFd fd_;
    FileSystem* fs_ = nullptr;
    int directory_ = -1;
    std::string name_;
};

}  // namespace csd::store
