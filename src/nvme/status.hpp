// SPDX-License-Identifier: BSD-3-Clause
//
// NVMe status values: the ones this drive returns, and their names.
//
// Base Specification 2.1, Status Code Type (SCT) and Status Code (SC). The Key Value codes 81h to
// 89h are Generic Command Status (SCT 0), as Key Value Command Set 1.0d and later say. Tested by
// status_test.cc.
#pragma once

#include <cstdint>
#include <string>

namespace csd::nvme {

inline constexpr uint16_t kDoNotRetry = 1u << 14;

inline constexpr uint8_t kSctGeneric = 0;
inline constexpr uint8_t kSctCommandSpecific = 1;
inline constexpr uint8_t kSctVendor = 7;

constexpr uint16_t make_status(uint8_t sct, uint8_t sc, bool dnr = true) {
    return static_cast<uint16_t>(sct << 8 | sc | (dnr ? kDoNotRetry : 0));
}
constexpr uint8_t status_code_type(uint16_t status) {
    return (status >> 8) & 7;
}
constexpr uint8_t status_code(uint16_t status) {
    return status & 0xFF;
}
// Without More and Do Not Retry: what to compare.
constexpr uint16_t status_kind(uint16_t status) {
    return status & 0x7FF;
}

// Every status that the engine, the emulated controller and the bdev return; docs/command-set.md lists the same ones, and
// docs_test.cc reads these lines. Every failure says Do Not Retry, but for the two that a host should simply send again.
inline constexpr uint16_t kSuccess = 0;
inline constexpr uint16_t kInvalidOpcode = make_status(kSctGeneric, 0x01);
inline constexpr uint16_t kInvalidField = make_status(kSctGeneric, 0x02);
inline constexpr uint16_t kDataTransferError = make_status(kSctGeneric, 0x04);
inline constexpr uint16_t kInternalError = make_status(kSctGeneric, 0x06);
inline constexpr uint16_t kAbortRequested = make_status(kSctGeneric, 0x07);
inline constexpr uint16_t kInvalidNamespaceOrFormat = make_status(kSctGeneric, 0x0B);
inline constexpr uint16_t kCapacityExceeded = make_status(kSctGeneric, 0x81);
inline constexpr uint16_t kNamespaceNotReady = make_status(kSctGeneric, 0x82);
inline constexpr uint16_t kFormatInProgress = make_status(kSctGeneric, 0x84, false);
inline constexpr uint16_t kInvalidValueSize = make_status(kSctGeneric, 0x85);
inline constexpr uint16_t kInvalidKeySize = make_status(kSctGeneric, 0x86);
inline constexpr uint16_t kKeyDoesNotExist = make_status(kSctGeneric, 0x87);
inline constexpr uint16_t kUnrecoveredError = make_status(kSctGeneric, 0x88);
inline constexpr uint16_t kKeyExists = make_status(kSctGeneric, 0x89);
inline constexpr uint16_t kInvalidDataFormat2023 = make_status(kSctGeneric, 0x90);

inline constexpr uint16_t kInvalidLogPage = make_status(kSctCommandSpecific, 0x09);
inline constexpr uint16_t kInvalidFormat = make_status(kSctCommandSpecific, 0x0A);
inline constexpr uint16_t kFeatureNotSaveable = make_status(kSctCommandSpecific, 0x0D);
inline constexpr uint16_t kInvalidCommandSet = make_status(kSctCommandSpecific, 0x2C);

inline constexpr uint16_t kQueryRefused = make_status(kSctVendor, 0x01);
inline constexpr uint16_t kQueryData = make_status(kSctVendor, 0x02);
inline constexpr uint16_t kQueryFailed = make_status(kSctVendor, 0x03);
inline constexpr uint16_t kQueryLimit = make_status(kSctVendor, 0x04);
inline constexpr uint16_t kQueryEngine = make_status(kSctVendor, 0x05);
inline constexpr uint16_t kQueryBusy = make_status(kSctVendor, 0x06, false);
inline constexpr uint16_t kQueryRunning = make_status(kSctVendor, 0x07);
inline constexpr uint16_t kOffsetMismatch = make_status(kSctVendor, 0x08);

// "KV Key Does Not Exist (SCT 0h, SC 87h)", as nvme-cli would say it; unknown ones by number.
std::string status_name(uint16_t status);

}  // namespace csd::nvme
