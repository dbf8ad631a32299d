// SPDX-License-Identifier: BSD-3-Clause
//
// The forms of DEVICE that SPDK serves: pcie:, tcp: and bdev:. This program has nothing of SPDK. The transports are in
// libcsd-spdk.so, which is loaded with the first such DEVICE: SPDK and DPDK take memory and threads, and most
// programs never need them.
//
// The library is what $CSD_SPDK_TRANSPORT names, or libcsd-spdk.so beside the program, in ../lib or in libexec/csd. It comes from the
// same build as the program: the one entry point carries the version in its name. Tested by spdk_test.cc.
#pragma once

#include <memory>
#include <string_view>

#include "csd/kv.hpp"
#include "kv/transport/spdk_spec.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

Result<std::unique_ptr<Transport>> open_spdk(std::string_view device, const OpenOptions& options);

// The entry point of libcsd-spdk.so. Any thread; nothing is thrown. The library stays loaded.
#define CSD_SPDK_ENTRY csd_spdk_open_transport_1
#define CSD_SPDK_ENTRY_NAME "csd_spdk_open_transport_1"
using SpdkEntry = void (*)(const SpdkSpec& spec, const OpenOptions& options,
                           Result<std::unique_ptr<Transport>>& opened);

}  // namespace csd::kv
