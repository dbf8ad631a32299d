// SPDX-License-Identifier: BSD-3-Clause
//
// Histogram: latencies in nanoseconds, within 1/64 of what they were, in 30 KiB whatever their number.
//
// Each power of two has 64 buckets of equal width. Not thread-safe; merge one of each thread.
// Tested by histogram_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace csd::cli {

class Histogram {
  public:
    void add(uint64_t value);
    void merge(const Histogram& other);

    uint64_t count() const { return count_; }
    uint64_t max() const { return max_; }
    // The value that the given part of all values does not exceed: 0.5 is the median. 0 without values.
    uint64_t quantile(double part) const;

  private:
    static constexpr unsigned kBits = 6;
    static constexpr size_t kPerPower = size_t{1} << kBits;
    static constexpr size_t kBuckets = (64 - kBits + 1) * kPerPower;

    static size_t bucket_of(uint64_t value);
    static uint64_t highest_of(size_t bucket);

    std::array<uint64_t, kBuckets> buckets_{};
    uint64_t count_ = 0;
    uint64_t max_ = 0;
};

}  // namespace csd::cli
