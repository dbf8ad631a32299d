// SPDX-License-Identifier: BSD-3-Clause
//
// Copies between the host's scattered memory and private buffers or files.
//
// What a command will judge (SQL, lists of keys) is copied in once and judged in the copy, because
// a guest can change its memory at any time. Tested by host_memory_test.cc.
#pragma once

#include <sys/uio.h>

#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "csd/status.hpp"

namespace csd::device {

using HostMemory = std::span<const iovec>;

// The first `bytes` of `memory`; the caller has bounded `bytes`. Shorter when the memory is.
std::vector<uint8_t> copy_in(HostMemory memory, size_t bytes);

// Returns how many bytes there was room for.
size_t copy_out(Bytes data, HostMemory memory);

// The first `bytes` of `memory` as a list of pieces of its own.
std::vector<iovec> first_bytes(HostMemory memory, size_t bytes);

// Fills `memory` from the file, from `offset` up to `end`; returns how many bytes it placed.
Result<uint64_t> read_file(int fd, uint64_t offset, uint64_t end, HostMemory memory);

}  // namespace csd::device
