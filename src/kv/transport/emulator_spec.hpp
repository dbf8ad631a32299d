// SPDX-License-Identifier: BSD-3-Clause
//
// EmulatorSpec: what `emulator:DIR[?nsid=N&bus=N&size=BYTES&sync=always&dialect=2023&extensions=off]` says.
// Tested by emulator_spec_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "csd/status.hpp"

namespace csd::kv {

struct EmulatorSpec {
    std::string root;
    uint32_t nsid = 1;
    uint32_t bus = 0;
    uint64_t size_bytes = 0;  // 0: what the host file system has
    bool sync_always = false;
    bool dialect_2023 = false;
    bool extensions = true;

    friend bool operator==(const EmulatorSpec&, const EmulatorSpec&) = default;
};

// A path without "emulator:" is taken as it is, so that any name can be given, even one with a question mark.
Result<EmulatorSpec> parse_emulator_spec(std::string_view device);

}  // namespace csd::kv
