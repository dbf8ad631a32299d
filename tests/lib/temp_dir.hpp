// SPDX-License-Identifier: BSD-3-Clause
//
// TempDir: a directory of a test's own under $TMPDIR, gone with its owner.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace csd::test {

class TempDir {
  public:
    explicit TempDir(std::string_view purpose) {
        const std::string name = "csd-" + std::string(purpose) + "-XXXXXX";
        std::string path = (std::filesystem::temp_directory_path() / name).string();
        if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no directory like " + path);
        path_ = path;
    }
    ~TempDir() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::string& path() const { return path_; }
    // It stays on disk, for whoever looks into a failure.
    void keep() { path_.clear(); }

  private:
    std::string path_;
};

}  // namespace csd::test
