// SPDX-License-Identifier: BSD-3-Clause
#include "nvme/status.hpp"

#include <gtest/gtest.h>

#include <set>

namespace csd::nvme {
namespace {

// Every failure this drive returns, with the number nvme-cli prints for it.
struct Case {
    uint16_t status;
    uint16_t number;
    const char* name;
};
constexpr Case kFailures[] = {
    {kInvalidOpcode, 0x4001, "Invalid Command Opcode (SCT 0h, SC 01h)"},
    {kInvalidField, 0x4002, "Invalid Field in Command (SCT 0h, SC 02h)"},
    {kInternalError, 0x4006, "Internal Error (SCT 0h, SC 06h)"},
    {kAbortRequested, 0x4007, "Command Abort Requested (SCT 0h, SC 07h)"},
    {kInvalidNamespaceOrFormat, 0x400B, "Invalid Namespace or Format (SCT 0h, SC 0Bh)"},
    {kCapacityExceeded, 0x4081, "Capacity Exceeded (SCT 0h, SC 81h)"},
    {kNamespaceNotReady, 0x4082, "Namespace Not Ready (SCT 0h, SC 82h)"},
    {kFormatInProgress, 0x0084, "Format In Progress (SCT 0h, SC 84h)"},
    {kInvalidValueSize, 0x4085, "Invalid Value Size (SCT 0h, SC 85h)"},
    {kInvalidKeySize, 0x4086, "Invalid Key Size (SCT 0h, SC 86h)"},
    {kKeyDoesNotExist, 0x4087, "KV Key Does Not Exist (SCT 0h, SC 87h)"},
    {kUnrecoveredError, 0x4088, "Unrecovered Error (SCT 0h, SC 88h)"},
    {kKeyExists, 0x4089, "Key Exists (SCT 0h, SC 89h)"},
    {kInvalidDataFormat2023, 0x4090, "Invalid Data Format (SCT 0h, SC 90h)"},
    {kQueryRefused, 0x4701, "Query Refused (SCT 7h, SC 01h)"},
    {kQueryData, 0x4702, "Value Not Readable As Format (SCT 7h, SC 02h)"},
    {kQueryFailed, 0x4703, "Query Failed (SCT 7h, SC 03h)"},
    {kQueryLimit, 0x4704, "Query Limit Exceeded (SCT 7h, SC 04h)"},
    {kQueryEngine, 0x4705, "Query Engine Failure (SCT 7h, SC 05h)"},
    {kQueryBusy, 0x0706, "Query Engine Busy (SCT 7h, SC 06h)"},
    {kQueryRunning, 0x4707, "Query Still Running (SCT 7h, SC 07h)"},
    {kOffsetMismatch, 0x4708, "Offset Mismatch (SCT 7h, SC 08h)"},
};

TEST(Status, NumbersAndNamesAreWhatTheHostShows) {
    for (const Case& one : kFailures) {
        EXPECT_EQ(one.status, one.number) << one.name;
        EXPECT_EQ(status_name(one.status), one.name);
    }
}

TEST(Status, OnlyFormatInProgressAndABusyEngineAreWorthARetry) {
    for (const Case& one : kFailures) {
        const bool retry = one.status == kFormatInProgress || one.status == kQueryBusy;
        EXPECT_EQ((one.status & kDoNotRetry) == 0, retry) << one.name;
    }
}

TEST(Status, NameDoesNotDependOnDoNotRetryOrMore) {
    EXPECT_EQ(status_name(0x0087), status_name(0x4087));
    EXPECT_EQ(status_name(0x6087), status_name(0x4087));
    EXPECT_EQ(status_kind(0x6087), 0x087);
}

TEST(Status, EveryNumberHasAText) {
    EXPECT_EQ(status_name(kSuccess), "Successful Completion (SCT 0h, SC 00h)");
    EXPECT_EQ(status_name(0x4355), "Unknown Status (SCT 3h, SC 55h)");
    std::set<std::string> names;
    for (uint32_t kind = 0; kind < 0x800; kind++)
        names.insert(status_name(static_cast<uint16_t>(kind)));
    EXPECT_EQ(names.size(), 0x800u);
}

TEST(Status, PartsComeBack) {
    const uint16_t status = make_status(kSctVendor, 0x08);
    EXPECT_EQ(status_code_type(status), kSctVendor);
    EXPECT_EQ(status_code(status), 0x08);
}

}  // namespace
}  // namespace csd::nvme
