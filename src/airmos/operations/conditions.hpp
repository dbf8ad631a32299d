// SPDX-License-Identifier: BSD-3-Clause
//
// Conditional requests, RFC 9110 section 13, with S3's rules for what may be conditional.
// Threads: pure. Tested by conditions_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "airmos/core/exchange.hpp"
#include "airmos/objects/objects.hpp"

namespace csd::airmos::ops {

enum class Verdict { kGo, kNotModified, kFailed };

// Judges a read by If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in the order of RFC 9110 13.2.2.
// `prefix` is "" or "x-amz-copy-source-". Dates that cannot be read are ignored.
Verdict judge_read(const Fields& headers, std::string_view prefix, std::string_view etag,
                   uint64_t modified_ms);

// Whether a Range is to be obeyed, by If-Range.
bool range_applies(const Fields& headers, std::string_view etag, uint64_t modified_ms);

// If-Match and If-None-Match of a write. If-None-Match takes only `*` there: NotImplemented else.
Outcome<Condition> write_condition(const Fields& headers);

}  // namespace csd::airmos::ops
