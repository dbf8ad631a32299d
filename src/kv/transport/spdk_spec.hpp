// SPDX-License-Identifier: BSD-3-Clause
//
// SpdkSpec: what the three forms of DEVICE that SPDK serves say.
//
//     pcie:DDDD:BB:DD.F[/NSID]       tcp:HOST:PORT/SUBNQN[/NSID]       bdev:NAME@CONFIG.json
//
// An IPv6 address is in brackets; a `/` or a `%` within a subsystem's name is written %2F or %25.
// Tested by spdk_spec_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "csd/status.hpp"

namespace csd::kv {

struct SpdkSpec {
    enum class Form : uint8_t { kPcie, kTcp, kBdev };

    Form form = Form::kPcie;
    std::string device;   // as it was given, for messages
    std::string address;  // pcie: in full, lower case; tcp: the host, without brackets
    uint16_t port = 0;    // tcp
    std::string subnqn;   // tcp
    uint32_t nsid = 1;    // pcie, tcp
    std::string bdev;     // bdev: its name
    std::string config;   // bdev: the file
};
Result<SpdkSpec> parse_spdk_spec(std::string_view device);

}  // namespace csd::kv
