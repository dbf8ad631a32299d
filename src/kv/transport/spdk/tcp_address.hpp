// SPDX-License-Identifier: BSD-3-Clause
//
// Where a host's name leads to, and whether somebody listens there, found out before SPDK is asked: its driver knows
// numbers only, and tells a wrong address from a dead machine late or not at all. Tested by tcp_address_test.cc.
#pragma once

#include <cstdint>
#include <string>

#include "csd/status.hpp"

namespace csd::kv {

struct TcpAddress {
    std::string number;  // such as 127.0.0.1 or ::1
    bool is_ipv6 = false;
};
// The first address of the name that accepts a connection within the time.
Result<TcpAddress> reach(const std::string& host, uint16_t port, uint32_t timeout_ms);

}  // namespace csd::kv
