// SPDX-License-Identifier: BSD-3-Clause
// Tested by exit_code_test.cc.
#include "cli/exit_code.hpp"

namespace csd::cli {

int exit_code(Code code) {
    switch (code) {
        case Code::kOk: return kExitDone;
        case Code::kUsage: return kExitUsage;
        case Code::kNotFound: return kExitNotFound;
        case Code::kExists: return kExitExists;
        case Code::kIo:
        case Code::kNotReady:
        case Code::kFormatInProgress:
        case Code::kReset:
        case Code::kTransport: return kExitDevice;
        case Code::kNoSpace: return kExitNoSpace;
        case Code::kQueryRefused:
        case Code::kQueryData:
        case Code::kQueryFailed:
        case Code::kQueryLimit:
        case Code::kQueryEngine:
        case Code::kQueryBusy:
        case Code::kQueryRunning: return kExitQuery;
        case Code::kAborted: return kExitInterrupted;
        case Code::kInvalidField:
        case Code::kInvalidKeySize:
        case Code::kInvalidValueSize:
        case Code::kInvalidOpcode:
        case Code::kInvalidFormat:
        case Code::kOffsetMismatch:
        case Code::kUnsupported:
        case Code::kInternal: return kExitFailure;
    }
    return kExitFailure;
}

}  // namespace csd::cli
