// SPDX-License-Identifier: BSD-3-Clause
//
// Duck: the yardstick for selects. libduckdb in this process, with nothing around it.
//
// It does the work the drive does: the answer is written by COPY into a memory file and read from there.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <string>

namespace csd::bench {

class Duck {
  public:
    explicit Duck(int threads);
    ~Duck();
    Duck(const Duck&) = delete;
    Duck& operator=(const Duck&) = delete;

    void execute(const std::string& sql);  // throws Failure with what DuckDB says
    // The answer as CSV without a header.
    std::string select(const std::string& sql);

  private:
    duckdb_database database_ = nullptr;
    duckdb_connection connection_ = nullptr;
};

// SQL for a table of so many rows: id, customer, colour, price, quantity, sold, note. Any version of DuckDB makes
// the same: arithmetic only, and a column that does not compress. `quantity >= 990` is 1 % of it.
std::string made_table(uint64_t rows);

}  // namespace csd::bench
