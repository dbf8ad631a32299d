// SPDX-License-Identifier: BSD-3-Clause
//
// The rules for names of buckets, as S3 has them for general purpose buckets.
// Threads: pure. Tested by bucket_name_test.cc.
#pragma once

#include <string_view>

namespace csd::airmos::ops {

bool is_bucket_name(std::string_view name);

}  // namespace csd::airmos::ops
