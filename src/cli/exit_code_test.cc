// SPDX-License-Identifier: BSD-3-Clause
#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace csd::cli {
namespace {

TEST(ExitCode, IsWhatTheManualSays) {
    const std::pair<Code, int> expected[] = {
        {Code::kOk, 0},           {Code::kUsage, 2},          {Code::kNotFound, 3},
        {Code::kExists, 4},       {Code::kTransport, 5},      {Code::kIo, 5},
        {Code::kNotReady, 5},     {Code::kReset, 5},          {Code::kNoSpace, 6},
        {Code::kQueryRefused, 7}, {Code::kQueryData, 7},      {Code::kQueryFailed, 7},
        {Code::kQueryLimit, 7},   {Code::kQueryEngine, 7},    {Code::kQueryBusy, 7},
        {Code::kAborted, 130},    {Code::kUnsupported, 1},    {Code::kInternal, 1},
        {Code::kInvalidField, 1}, {Code::kOffsetMismatch, 1},
    };
    for (const auto& [code, status] : expected)
        EXPECT_EQ(status, exit_code(code)) << code_name(code);
}

}  // namespace
}  // namespace csd::cli
