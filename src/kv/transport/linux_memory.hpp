// SPDX-License-Identifier: BSD-3-Clause
//
// TransferMemory: memory that one NVMe command can move.
//
// The kernel describes a transfer to the drive as so many contiguous segments, and page by page that is about half a
// mebibyte. A larger transfer must come from memory that is contiguous, which a huge page is; each is cut into
// pieces of one transfer, and kept until the end.
//
// Threads: one at a time. Tested by linux_memory_test.cc.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "csd/status.hpp"
#include "kv/transport/linux_kernel.hpp"

namespace csd::kv {

class TransferMemory {
  public:
    static constexpr size_t kHugePageBytes = 2 * kMiB;

    explicit TransferMemory(LinuxKernel& kernel) : kernel_(kernel) {}
    ~TransferMemory();
    TransferMemory(const TransferMemory&) = delete;
    TransferMemory& operator=(const TransferMemory&) = delete;

    // From now on, memory of more than `scattered_bytes` and at most `piece_bytes` is contiguous. False: this machine has
    // no huge page now, and nothing has changed.
    bool use_huge_pages(size_t scattered_bytes, size_t piece_bytes);

    // Ordinary memory also where the machine has run out of huge pages: is_contiguous() tells.
    Result<MutableBytes> allocate(size_t bytes);
    void release(MutableBytes memory);
    bool is_contiguous(MutableBytes memory) const;

  private:
    bool is_piece(size_t bytes) const { return bytes > scattered_bytes_ && bytes <= piece_bytes_; }
    bool add_huge_page();

    LinuxKernel& kernel_;
    size_t scattered_bytes_ = 0;
    size_t piece_bytes_ = 0;  // 0: no huge pages; else a divisor of kHugePageBytes
    std::vector<uint8_t*> huge_pages_;
    std::vector<uint8_t*> free_;  // pieces of them
};

}  // namespace csd::kv
