// SPDX-License-Identifier: BSD-3-Clause
#include "kv/status.hpp"

#include <gtest/gtest.h>

namespace csd::kv {
namespace {

TEST(StatusTable, SuccessIsOk) {
    EXPECT_TRUE(to_status(nvme::kSuccess).ok());
    EXPECT_EQ(Code::kOk, to_code(nvme::kDoNotRetry));
}

TEST(StatusTable, EveryStatusOfTheDriveHasItsOwnCode) {
    const std::pair<uint16_t, Code> expected[] = {
        {nvme::kInvalidOpcode, Code::kInvalidOpcode},
        {nvme::kInvalidField, Code::kInvalidField},
        {nvme::kInternalError, Code::kInternal},
        {nvme::kAbortRequested, Code::kAborted},
        {nvme::kCapacityExceeded, Code::kNoSpace},
        {nvme::kNamespaceNotReady, Code::kNotReady},
        {nvme::kFormatInProgress, Code::kFormatInProgress},
        {nvme::kInvalidValueSize, Code::kInvalidValueSize},
        {nvme::kInvalidKeySize, Code::kInvalidKeySize},
        {nvme::kKeyDoesNotExist, Code::kNotFound},
        {nvme::kUnrecoveredError, Code::kIo},
        {nvme::kKeyExists, Code::kExists},
        {nvme::kInvalidDataFormat2023, Code::kInvalidFormat},
        {nvme::kQueryRefused, Code::kQueryRefused},
        {nvme::kQueryData, Code::kQueryData},
        {nvme::kQueryFailed, Code::kQueryFailed},
        {nvme::kQueryLimit, Code::kQueryLimit},
        {nvme::kQueryEngine, Code::kQueryEngine},
        {nvme::kQueryBusy, Code::kQueryBusy},
        {nvme::kQueryRunning, Code::kQueryRunning},
        {nvme::kOffsetMismatch, Code::kOffsetMismatch},
    };
    for (const auto& [status, code] : expected) {
        EXPECT_EQ(code, to_code(status)) << nvme::status_name(status);
        EXPECT_EQ(code, to_code(nvme::status_kind(status))) << "without DNR";
        EXPECT_FALSE(to_status(status).message().empty());
    }
}

TEST(StatusTable, TheFirstRevisionsCommandSpecificCodesMeanTheSame) {
    EXPECT_EQ(Code::kNotFound, to_code(nvme::make_status(1, 0x87)));
    EXPECT_EQ(Code::kExists, to_code(nvme::make_status(1, 0x89)));
}

TEST(StatusTable, PathRelatedStatusesAreTheTransports) {
    EXPECT_EQ(Code::kTransport, to_code(kPathError));
    EXPECT_EQ(Code::kTransport, to_code(nvme::make_status(3, 0x01)));
}

TEST(StatusTable, ACommandThatTheSystemRefusedSaysWhatItNeeds) {
    EXPECT_EQ(Code::kTransport, to_code(kOperationDenied));
    EXPECT_NE(std::string::npos, to_status(kOperationDenied).message().find("CAP_SYS_ADMIN"));
}

TEST(StatusTable, AnUnknownStatusIsNamed) {
    const Status unknown = to_status(nvme::make_status(2, 0x81));
    EXPECT_EQ(Code::kIo, unknown.code());
    EXPECT_NE(std::string::npos, unknown.message().find("81h")) << unknown.message();
}

}  // namespace
}  // namespace csd::kv
