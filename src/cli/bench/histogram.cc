// SPDX-License-Identifier: BSD-3-Clause
// Tested by histogram_test.cc.
#include "cli/bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace csd::cli {

// Values below 64 have a bucket each; above, the highest bit chooses the power and the six below it the bucket.
size_t Histogram::bucket_of(uint64_t value) {
    if (value < kPerPower) return value;
    const auto power = static_cast<unsigned>(std::bit_width(value)) - kBits;
    return power * kPerPower + (value >> (power - 1)) % kPerPower;
}

uint64_t Histogram::highest_of(size_t bucket) {
    if (bucket < kPerPower) return bucket;
    const size_t power = bucket / kPerPower;
    const uint64_t lowest = (kPerPower + bucket % kPerPower) << (power - 1);
    return lowest + (uint64_t{1} << (power - 1)) - 1;
}

void Histogram::add(uint64_t value) {
    buckets_[bucket_of(value)]++;
    count_++;
    max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other) {
    for (size_t i = 0; i < kBuckets; i++) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

uint64_t Histogram::quantile(double part) const {
    const auto rank = static_cast<uint64_t>(std::ceil(part * static_cast<double>(count_)));
    uint64_t seen = 0;
    for (size_t i = 0; i < kBuckets; i++) {
        seen += buckets_[i];
        if (seen >= rank && seen > 0) return std::min(highest_of(i), max_);
    }
    return max_;
}

}  // namespace csd::cli
