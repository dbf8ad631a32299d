// SPDX-License-Identifier: BSD-3-Clause
// Tested by completion_test.cc, and its reverse by the client's status table.
#include "device/completion.hpp"

namespace csd::device {

static uint16_t key_value_status(Code code) {
    switch (code) {
        case Code::kOk: return nvme::kSuccess;
        case Code::kNotFound: return nvme::kKeyDoesNotExist;
        case Code::kExists: return nvme::kKeyExists;
        case Code::kInvalidField:
        case Code::kInvalidFormat:
        case Code::kUsage:
        case Code::kUnsupported: return nvme::kInvalidField;
        case Code::kInvalidKeySize: return nvme::kInvalidKeySize;
        case Code::kInvalidValueSize: return nvme::kInvalidValueSize;
        case Code::kInvalidOpcode: return nvme::kInvalidOpcode;
        case Code::kOffsetMismatch: return nvme::kOffsetMismatch;
        case Code::kNoSpace: return nvme::kCapacityExceeded;
        case Code::kIo: return nvme::kUnrecoveredError;
        case Code::kNotReady: return nvme::kNamespaceNotReady;
        case Code::kFormatInProgress: return nvme::kFormatInProgress;
        case Code::kAborted: return nvme::kAbortRequested;
        case Code::kQueryRefused: return nvme::kQueryRefused;
        case Code::kQueryData: return nvme::kQueryData;
        case Code::kQueryFailed: return nvme::kQueryFailed;
        case Code::kQueryLimit: return nvme::kQueryLimit;
        case Code::kQueryEngine: return nvme::kQueryEngine;
        case Code::kQueryBusy: return nvme::kQueryBusy;
        case Code::kQueryRunning: return nvme::kQueryRunning;
        case Code::kReset:  // the client's own
        case Code::kTransport:
        case Code::kInternal: return nvme::kInternalError;
    }
    return nvme::kInternalError;
}

// The 2023 device knew six statuses and answered 88h to everything else.
static uint16_t status_of_2023(Code code) {
    switch (code) {
        case Code::kOk: return nvme::kSuccess;
        case Code::kNotFound: return nvme::kKeyDoesNotExist;
        case Code::kExists: return nvme::kKeyExists;
        case Code::kInvalidKeySize: return nvme::kInvalidKeySize;
        case Code::kInvalidFormat: return nvme::kInvalidDataFormat2023;
        case Code::kInvalidOpcode: return nvme::kInvalidOpcode;
        case Code::kAborted: return nvme::kAbortRequested;
        default: return nvme::kUnrecoveredError;
    }
}

uint16_t nvme_status(Code code, nvme::Dialect dialect) {
    return dialect == nvme::Dialect::k2023 ? status_of_2023(code) : key_value_status(code);
}

Completion completed_size(uint64_t size, nvme::Dialect dialect) {
    return completed_data(size, 0, dialect);
}

Completion completed_data(uint64_t size, uint64_t data_bytes, nvme::Dialect dialect) {
    Completion done;
    done.dw0 = size > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(size);
    if (dialect == nvme::Dialect::kKeyValue) done.dw1 = static_cast<uint32_t>(size >> 32);
    done.data_bytes = static_cast<uint32_t>(data_bytes);
    return done;
}

Completion failed(Code code, nvme::Dialect dialect) {
    Completion done;
    done.status = nvme_status(code, dialect);
    return done;
}

}  // namespace csd::device
