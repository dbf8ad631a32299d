// SPDX-License-Identifier: BSD-3-Clause
//
// The benchmarks: each a function that measures and reports its rows. bench/run starts one process for each,
// so that none inherits another's memory, threads or open files. main.cc holds the list.
#pragma once

#include "measure.hpp"

namespace csd::bench {

void bench_retrieve(const Setting& setting);      // bench_retrieve.cc: 4 KiB and exist
void bench_store(const Setting& setting);         // bench_store.cc: 4 KiB, volatile
void bench_durable(const Setting& setting);       // bench_store.cc: 4 KiB, sync=always
void bench_large(const Setting& setting);         // bench_large.cc: 8 MiB
void bench_index(const Setting& setting);         // bench_index.cc: a million keys
void bench_scan(const Setting& setting);          // bench_select.cc: select on 300 MB
void bench_small_select(const Setting& setting);  // bench_select.cc: select on 20 KB

}  // namespace csd::bench
