// SPDX-License-Identifier: BSD-3-Clause
//
// bdev:, an NVMe namespace behind SPDK's bdev layer, which passes commands through and carries DW0 and the status, but
// neither DW1 nor Do Not Retry. Tested by tests/contract over it, in tests/spdk and tests/guest.
#pragma once

#include <memory>

#include "csd/kv.hpp"
#include "kv/transport/spdk_spec.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

Result<std::unique_ptr<Transport>> open_bdev(const SpdkSpec& spec, const OpenOptions& options);

}  // namespace csd::kv
