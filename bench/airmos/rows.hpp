// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the node's table, a function a group. docs/benchmarks.md says what each means.
#pragma once

#include "airmos/s3.hpp"
#include "measure.hpp"

namespace csd::bench {

struct Servers {
    S3 node;
    Endpoint nginx;
    std::string nginx_root;  // the directory that it serves, and that takes PUTs
    bool at_length = false;  // the sizes of --long
};

void rows_get(const Setting& setting, const Servers& servers);
void rows_put(const Setting& setting, const Servers& servers);
void rows_list(const Setting& setting, const Servers& servers);
void rows_select(const Setting& setting, const Servers& servers);
// From now until a node that was just started is ready.
void row_ready(const Setting& setting, const S3& node, const std::string& work);

// Says the latencies of a load on standard error, for those who wait.
void tell(const std::string& who, const Load& load);
// Bytes that look random, the same in every run.
std::string made_bytes(size_t count);

}  // namespace csd::bench
