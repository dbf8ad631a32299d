// SPDX-License-Identifier: BSD-3-Clause
//
// The forms of DEVICE and the transports that serve them: one table, in registry.cc.
// Tested by registry_test.cc.
#pragma once

#include <memory>
#include <string_view>

#include "csd/kv.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

Result<std::unique_ptr<Transport>> open_transport(std::string_view device,
                                                  const OpenOptions& options);

}  // namespace csd::kv
