// SPDX-License-Identifier: BSD-3-Clause
//
// SPDK's bdev layer in this process, without its event framework: one thread of ours runs what belongs to nobody
// (controllers to look after, configuration), each transport runs its own I/O. Started with the first `bdev:`; ended
// with the process, so that drives are left in order.
//
// Threads: any. Tested by tests/spdk and tests/guest.
#pragma once

#include <string>

#include "csd/kv.hpp"
#include "csd/status.hpp"

namespace csd::kv {

// Starts the layer if nobody has, and carries out the file's configuration once. The environment has been started.
Status configure_bdevs(const std::string& file, const OpenOptions& options);

}  // namespace csd::kv
