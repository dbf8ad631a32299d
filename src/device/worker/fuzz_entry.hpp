// SPDX-License-Identifier: BSD-3-Clause
//
// One function per parser of strangers' bytes, for the fuzzers in fuzz/: any bytes in, no crash, and the assertions
// that must hold for all of them. Tested by fuzz_entry_test.cc.
#pragma once

#include "base/bytes.hpp"

namespace csd::worker {

void fuzz_sql_text(Bytes data);
void fuzz_gate(Bytes data);            // the bytes as what json_serialize_sql might say
void fuzz_select_options(Bytes data);  // the first byte chooses the formats
void fuzz_csv(Bytes data);             // the first byte chooses the dialect

}  // namespace csd::worker
