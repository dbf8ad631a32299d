// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_memory_test.cc.
#include "kv/transport/linux_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>

namespace csd::kv {

static constexpr size_t kPageBytes = 4096;

TransferMemory::~TransferMemory() {
    for (uint8_t* page : huge_pages_) munmap(page, kHugePageBytes);
}

bool TransferMemory::use_huge_pages(size_t scattered_bytes, size_t piece_bytes) {
    assert(piece_bytes <= kHugePageBytes);
    piece_bytes_ = std::bit_ceil(piece_bytes);
    scattered_bytes_ = scattered_bytes;
    if (add_huge_page()) return true;
    piece_bytes_ = 0;
    return false;
}

// Twice the size contains an aligned huge page; the rest goes back.
bool TransferMemory::add_huge_page() {
    void* const got = mmap(nullptr, 2 * kHugePageBytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED) return false;
    auto* const begin = static_cast<uint8_t*>(got);
    const size_t before = -reinterpret_cast<uintptr_t>(begin) % kHugePageBytes;
    uint8_t* const page = begin + before;
    if (before > 0) munmap(begin, before);
    munmap(page + kHugePageBytes, kHugePageBytes - before);
    *page = 0;  // a page that is there is what can be made huge
    if (!kernel_.make_huge(MutableBytes(page, kHugePageBytes))) {
        munmap(page, kHugePageBytes);
        return false;
    }
    huge_pages_.push_back(page);
    for (size_t at = 0; at < kHugePageBytes; at += piece_bytes_) free_.push_back(page + at);
    return true;
}

Result<MutableBytes> TransferMemory::allocate(size_t bytes) {
    if (is_piece(bytes) && (!free_.empty() || add_huge_page())) {
        uint8_t* const piece = free_.back();
        free_.pop_back();
        return MutableBytes(piece, bytes);
    }
    const size_t rounded = (std::max<size_t>(bytes, 1) + kPageBytes - 1) / kPageBytes * kPageBytes;
    auto* const memory = static_cast<uint8_t*>(std::aligned_alloc(kPageBytes, rounded));
    if (memory == nullptr) return Status(Code::kTransport, "out of memory");
    return MutableBytes(memory, bytes);
}

void TransferMemory::release(MutableBytes memory) {
    if (is_contiguous(memory)) return free_.push_back(memory.data());
    std::free(memory.data());
}

bool TransferMemory::is_contiguous(MutableBytes memory) const {
    return std::any_of(huge_pages_.begin(), huge_pages_.end(), [&memory](const uint8_t* page) {
        return memory.data() >= page && memory.data() < page + kHugePageBytes;
    });
}

}  // namespace csd::kv
