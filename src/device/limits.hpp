// SPDX-License-Identifier: BSD-3-Clause
//
// Every bound on what a host can ask for, in one place.
//
// Those a host can choose at open are defaults here; identify pages report the ones in force.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace csd::device {

inline constexpr uint32_t kDefaultTransferBytes = 2 * kMiB;
inline constexpr uint32_t kMostTransferBytes = 1 * kGiB;

// A u64 in CSDX. Above the largest file of ext4 (16 TiB) a store fails with Capacity Exceeded
// anyway.
inline constexpr uint64_t kMostValueBytes = 16 * kTiB;

// The longest record of CSV or JSON that a select reads. With what the query needs beside it, it fits the default memory.
inline constexpr uint64_t kMaxRecordBytes = 256 * kMiB;

inline constexpr uint32_t kDefaultSqlBytes = 64 * kKiB;
inline constexpr uint32_t kDefaultQueryThreads = 2;
inline constexpr uint32_t kDefaultQueriesAtOnce = 8;
inline constexpr uint32_t kDefaultQueryDeadlineMs = 60'000;
inline constexpr uint64_t kDefaultQueryMemoryBytes = 1'500'000'000;

inline constexpr uint64_t kDefaultResultBytes = 1 * kGiB;   // of one result
inline constexpr uint64_t kDefaultResultsBytes = 1 * kGiB;  // of all held results
inline constexpr uint32_t kDefaultResultsHeld = 128;
inline constexpr uint32_t kDefaultResultIdleMs = 300'000;
inline constexpr uint32_t kDefaultStagedIdleMs = 600'000;

// The reason of a failed select is text of this length at most, and this many are kept: a new
// failure takes the place of the oldest reason, never of a result.
inline constexpr size_t kMostReasonBytes = 2048;
inline constexpr size_t kMostReasons = 64;

// csd_try copies no more than this, since its caller may be holding a virtual CPU.
inline constexpr uint32_t kMostTryBytes = 64 * kKiB;
inline constexpr uint32_t kMostTryListBytes = 16 * kKiB;

// Commands that move more than this are CSD_PACE_BULK.
inline constexpr uint32_t kBulkBytes = 64 * kKiB;

}  // namespace csd::device
