// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the table: how a benchmark states what it measured, and how bench/run shows it.
//
//     report(setting, {.work = "retrieve 4 KiB, 1 thread", .unit = Unit::kPerSecond, .samples = samples,
//                      .yardstick = "open, pread, close", .target = Target::ratio_at_least(1.5)});
//
// The benchmarks are several processes, so rows travel in a file: one JSON object a line.
#pragma once

#include <cstdint>
#include <string>

#include "measure.hpp"

namespace csd::bench {

enum class Unit : uint8_t { kPerSecond, kMegabytesPerSecond, kMilliseconds, kBytes };

// What a row has to reach. The ratio is ours divided by the yardstick, in the unit of the row; so for
// speeds more is better, and for times less is.
struct Target {
    enum class Kind : uint8_t { kNone, kRatioAtLeast, kRatioAtMost, kAtLeast, kAtMost };
    Kind kind = Kind::kNone;
    double bound = 0;

    static Target ratio_at_least(double bound) { return {Kind::kRatioAtLeast, bound}; }
    static Target ratio_at_most(double bound) { return {Kind::kRatioAtMost, bound}; }
    static Target at_least(double bound) { return {Kind::kAtLeast, bound}; }
    static Target at_most(double bound) { return {Kind::kAtMost, bound}; }
};

struct Row {
    std::string work;
    Unit unit = Unit::kPerSecond;
    Samples samples;
    std::string yardstick;  // in words; empty: there is none
    Target target;
};

// Adds the row to the file of the setting, and says it on standard error for those who wait.
void report(const Setting& setting, const Row& row);

// Reads the rows, prints the table, and writes table and machine to `json_file`.
void print_table(const std::string& rows_file, const std::string& json_file);

}  // namespace csd::bench
