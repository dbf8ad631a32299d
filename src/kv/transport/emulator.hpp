// SPDX-License-Identifier: BSD-3-Clause
//
// The emulator: a drive in this process, with no VM, root or device. It runs commands as QEMU's device does:
// decode, try at once, else execute on a thread that may block. Tested by emulator_test.cc and emulator_key_value_test.cc.
#pragma once

#include <memory>
#include <string_view>

#include "csd/kv.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

// `device` is `emulator:DIR[?...]` or a path.
Result<std::unique_ptr<Transport>> open_emulator(std::string_view device,
                                                 const OpenOptions& options);

}  // namespace csd::kv
