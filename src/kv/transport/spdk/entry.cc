// SPDX-License-Identifier: BSD-3-Clause
//
// The one door of libcsd-spdk.so. Tested by tests/spdk and tests/guest.
#include "kv/transport/spdk.hpp"

#include <exception>

#include "kv/transport/spdk/bdev_transport.hpp"
#include "kv/transport/spdk/nvme_transport.hpp"

using csd::Code;
using csd::Result;
using csd::Status;
using csd::kv::OpenOptions;
using csd::kv::SpdkSpec;
using csd::kv::Transport;

// The types are the program's own: both come from one build.
extern "C" __attribute__((visibility("default"))) void CSD_SPDK_ENTRY(
    const SpdkSpec& spec, const OpenOptions& options, Result<std::unique_ptr<Transport>>& opened) {
    try {
        const bool is_bdev = spec.form == SpdkSpec::Form::kBdev;
        opened = is_bdev ? csd::kv::open_bdev(spec, options) : csd::kv::open_nvme(spec, options);
    } catch (const std::exception& failure) {
        opened = Status(Code::kTransport, failure.what());
    }
}
