// SPDX-License-Identifier: BSD-3-Clause
//
// The user's SQL before DuckDB parses it: bounded, plain text, and with the one piece of S3 Select's grammar that
// DuckDB's parser does not know, S3Object[*] and S3Object[*].path, turned into names that it does.
//
//     FROM S3Object[*] s             ->  FROM S3Object s
//     FROM s3object[*].a.b[*] x      ->  FROM "s3object[*].a.b" x
//
// It skips string literals, quoted names, dollar quotes and comments (which nest). Pure; any thread.
// Tested by sql_text_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/status.hpp"

namespace csd::worker {

// Errors are kQueryRefused: empty, a NUL byte, brackets nested too deeply.
Result<std::string> prepare_sql(std::string_view sql);

// What stands between an object's name and its path in a name that prepare_sql made.
inline constexpr std::string_view kPathMark = "[*].";

}  // namespace csd::worker
