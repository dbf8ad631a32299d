// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by credentials_test.cc.
#include "airmos/credentials.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.hpp"

namespace csd::airmos {
namespace {

// The first line, by which a node knows a file that it may replace.
constexpr const char* kMark = "# Written by airmos --credentials, which replaces it.";

Status failed(const std::string& file, const char* what) {
    return {Code::kIo,
            fmt::format("--credentials {}: it cannot be {}: {}", file, what, std::strerror(errno))};
}

}  // namespace

std::string credentials_text(const auth::Keys& keys, const std::string& region) {
    return fmt::format(
        "{}\n[default]\naws_access_key_id = {}\naws_secret_access_key = {}\nregion = {}\n", kMark,
        keys.access_key, keys.secret_key, region);
}

Status write_credentials(const std::string& file, const std::string& text) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
        std::string first;
        std::ifstream old(file);
        if (!std::getline(old, first) || first != kMark) {
            return {Code::kUsage,
                    "--credentials " + file +
                        ": there is a file that no node wrote; name one that is not there yet"};
        }
    }
    const std::string fresh = file + ".new";
    const UniqueFd fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid()) return failed(file, "written");
    const bool written =
        ::fchmod(fd.get(), 0600) == 0 &&
        ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::rename(fresh.c_str(), file.c_str()) == 0;
    if (written) return {};
    const Status status = failed(file, "written");
    (void)::unlink(fresh.c_str());
    return status;
}

std::string shell_word(const std::string& text) {
    constexpr const char* kPlain = "_-./=:,+@%";
    bool plain = !text.empty();
    std::string quoted = "'";
    for (const char c : text) {
        plain =
            plain && (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr(kPlain, c));
        quoted += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return plain ? text : quoted + "'";
}

}  // namespace csd::airmos
