// SPDX-License-Identifier: BSD-3-Clause
//
// LinuxSpec: what `/dev/ngXnY[?io=uring|ioctl&timeout=SECONDS]` or `/dev/nvmeX[?timeout=SECONDS]` says.
// Tested by linux_spec_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "csd/status.hpp"

namespace csd::kv {

struct LinuxSpec {
    enum class Io : uint8_t { kBest, kUring, kIoctl };

    std::string path;
    std::string name;  // without /dev/
    bool is_controller = false;
    Io io = Io::kBest;
    // After which the driver aborts an admin command, or one that may take long: its own 30 seconds are less than a
    // query may take.
    uint32_t timeout_ms = 300'000;
};
Result<LinuxSpec> parse_linux_spec(std::string_view device);

}  // namespace csd::kv
