// SPDX-License-Identifier: BSD-3-Clause
#include "device/completion.hpp"

#include <gtest/gtest.h>

#include <set>

namespace csd::device {

using nvme::Dialect;

TEST(Completion, KeyValueStatusesAreDistinctForEveryCodeAHostCanActOn) {
    const Code actionable[] = {Code::kNotFound,        Code::kExists,
                               Code::kInvalidField,    Code::kInvalidKeySize,
                               Code::kInvalidOpcode,   Code::kOffsetMismatch,
                               Code::kNoSpace,         Code::kIo,
                               Code::kNotReady,        Code::kFormatInProgress,
                               Code::kAborted,         Code::kQueryRefused,
                               Code::kQueryData,       Code::kQueryFailed,
                               Code::kQueryLimit,      Code::kQueryEngine,
                               Code::kQueryBusy,       Code::kQueryRunning,
                               Code::kInvalidValueSize};
    std::set<uint16_t> seen;
    for (const Code code : actionable) {
        EXPECT_TRUE(seen.insert(nvme_status(code, Dialect::kKeyValue)).second) << code_name(code);
    }
}

TEST(Completion, DoNotRetryIsSetButForFormatInProgressAndBusy) {
    for (int i = 1; i <= static_cast<int>(Code::kInternal); i++) {
        const Code code = static_cast<Code>(i);
        const bool retry = code == Code::kFormatInProgress || code == Code::kQueryBusy;
        EXPECT_EQ((nvme_status(code, Dialect::kKeyValue) & nvme::kDoNotRetry) == 0, retry)
            << code_name(code);
    }
}

TEST(Completion, The2023DialectAnswersUnrecoveredErrorToWhatItNeverKnew) {
    EXPECT_EQ(nvme_status(Code::kNoSpace, Dialect::k2023), 0x4088);
    EXPECT_EQ(nvme_status(Code::kQueryRefused, Dialect::k2023), 0x4088);
    EXPECT_EQ(nvme_status(Code::kQueryBusy, Dialect::k2023), 0x4088);
    EXPECT_EQ(nvme_status(Code::kNotFound, Dialect::k2023), 0x4087);
    EXPECT_EQ(nvme_status(Code::kExists, Dialect::k2023), 0x4089);
    EXPECT_EQ(nvme_status(Code::kInvalidKeySize, Dialect::k2023), 0x4086);
    EXPECT_EQ(nvme_status(Code::kInvalidFormat, Dialect::k2023), 0x4090);
}

TEST(Completion, SizesAboveThirtyTwoBitsReadAllOnesInDw0) {
    const Completion small = completed_size(0x12345678, Dialect::kKeyValue);
    EXPECT_EQ(small.dw0, 0x12345678u);
    EXPECT_EQ(small.dw1, 0u);
    const Completion large = completed_size(0x1'00000005, Dialect::kKeyValue);
    EXPECT_EQ(large.dw0, 0xFFFFFFFFu);
    EXPECT_EQ(large.dw1, 1u);
    const Completion old = completed_size(0x1'00000005, Dialect::k2023);
    EXPECT_EQ(old.dw0, 0xFFFFFFFFu);
    EXPECT_EQ(old.dw1, 0u);
    EXPECT_EQ(completed_size(0xFFFFFFFF, Dialect::k2023).dw0, 0xFFFFFFFFu);
}

}  // namespace csd::device
