// SPDX-License-Identifier: BSD-3-Clause
//
// The rows that are measured in a guest. Each function adds some; each throws Failure when it cannot.
#pragma once

#include <cstdint>
#include <string>

#include "measure.hpp"

namespace csd::bench {

// Paths as the guest knows them.
struct Devices {
    std::string drive, block;
    std::string few_keys, many_keys;
    std::string table;
};

void small_commands(const Setting& setting, const Devices& devices);
void large_commands(const Setting& setting, const Devices& devices);
void list_pages(const Setting& setting, const Devices& devices);
// A select inside the drive against retrieving the value and asking DuckDB in the guest.
void near_data(const Setting& setting, const Devices& devices);
// Writes the table that near_data() asks.
void make_table(const std::string& file, uint64_t rows);

}  // namespace csd::bench
