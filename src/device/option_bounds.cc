// SPDX-License-Identifier: BSD-3-Clause
// Tested by option_bounds_test.cc.
#include "device/option_bounds.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "device/limits.hpp"

namespace csd::device {
namespace {

template <auto Member>
constexpr OptionBounds bounds(const char* name, uint64_t least, uint64_t most) {
    using Value = std::remove_reference_t<decltype(std::declval<csd_options>().*Member)>;
    return {
        name, [](const csd_options& options) { return uint64_t{options.*Member}; },
        [](csd_options& options, uint64_t value) { options.*Member = static_cast<Value>(value); },
        least, most};
}

constexpr uint64_t kExbibyte = 1024 * 1024 * kTiB;
constexpr uint64_t kDayMs = 24 * 60 * 60 * 1000;

// ARCHITECTURE.md and docs/guide-qemu.md show these to readers.
constexpr OptionBounds kBounds[] = {
    bounds<&csd_options::size_bytes>("size", 4096, kExbibyte),
    bounds<&csd_options::bus_number>("bus-number", 0, 255),  // as PCI numbers its buses
    bounds<&csd_options::nsid>("nsid", 1, 0xFFFFFFFE),       // FFFFFFFFh means all namespaces
    bounds<&csd_options::max_transfer_bytes>("max_transfer_bytes", 512, kMostTransferBytes),
    bounds<&csd_options::query_threads>("query-threads", 1, 64),
    bounds<&csd_options::query_concurrent>("query-concurrent", 1, 256),
    bounds<&csd_options::query_deadline_ms>("query-deadline-ms", 1, kDayMs),
    // With 32 MiB no query worker starts.
    bounds<&csd_options::query_memory_bytes>("query-memory", 64 * kMiB, 1 * kTiB),
    bounds<&csd_options::result_bytes>("result-size", 1, 1 * kTiB),
    bounds<&csd_options::results_bytes>("results-size", 1, 1 * kTiB),
    bounds<&csd_options::results_held>("results-held", 1, 65536),
    bounds<&csd_options::result_idle_ms>("result-idle-ms", 1, kDayMs),
    bounds<&csd_options::staged_idle_ms>("staged-idle-ms", 1, kDayMs),
    bounds<&csd_options::sql_bytes>("sql-size", 1, 1 * kMiB),
};

}  // namespace

std::span<const OptionBounds> option_bounds() {
    return kBounds;
}

std::string check_numbers(const csd_options& options) {
    for (const OptionBounds& bound : kBounds) {
        const uint64_t value = bound.value(options);
        if (value == 0 || (value >= bound.least && value <= bound.most)) continue;
        return std::string(bound.name) + " must be between " + std::to_string(bound.least) +
               " and " + std::to_string(bound.most) + ", not " + std::to_string(value);
    }
    const uint64_t together =
        options.results_bytes != 0 ? options.results_bytes : kDefaultResultsBytes;
    if (options.result_bytes > together) {
        return "result-size, " + std::to_string(options.result_bytes) +
               ", is more than all results may have together; make results-size, " +
               std::to_string(together) + ", as large";
    }
    return "";
}

}  // namespace csd::device
