// SPDX-License-Identifier: BSD-3-Clause
//
// RawFiles: the yardstick for values. The shortest sequence of system calls that does what was asked.
//
// Names are relative to an open directory and made before the clock starts, so nothing but the calls counts.
#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace csd::bench {

class RawFiles {
  public:
    explicit RawFiles(const std::string& dir);  // created if absent

    const std::string& dir() const { return dir_; }

    // open, pread, close. Any thread, as are the others.
    void read(const char* name, void* data, size_t bytes) const;
    // O_TMPFILE, write, linkat, close: a new file that appears whole.
    void write(const char* name, std::string_view value) const;
    // The same, with fdatasync before and fsync of the directory after: it survives a power loss.
    void write_durably(const char* name, std::string_view value) const;
    void remove(const char* name) const;

  private:
    UniqueFd written(std::string_view value) const;
    void link(int fd, const char* name) const;

    std::string dir_;
    UniqueFd dir_fd_;
};

}  // namespace csd::bench
