// SPDX-License-Identifier: BSD-3-Clause
// Tested by status_test.cc.
#include "csd/status.hpp"

namespace csd {

const char* code_name(Code code) {
    switch (code) {
        case Code::kOk: return "ok";
        case Code::kNotFound: return "not found";
        case Code::kExists: return "exists";
        case Code::kInvalidField: return "invalid field";
        case Code::kInvalidKeySize: return "invalid key size";
        case Code::kInvalidValueSize: return "invalid value size";
        case Code::kInvalidOpcode: return "invalid opcode";
        case Code::kInvalidFormat: return "invalid format";
        case Code::kOffsetMismatch: return "offset mismatch";
        case Code::kNoSpace: return "no space";
        case Code::kIo: return "input/output error";
        case Code::kNotReady: return "not ready";
        case Code::kFormatInProgress: return "format in progress";
        case Code::kAborted: return "aborted";
        case Code::kQueryRefused: return "query refused";
        case Code::kQueryData: return "value not readable as the format";
        case Code::kQueryFailed: return "query failed";
        case Code::kQueryLimit: return "query limit";
        case Code::kQueryEngine: return "query engine failure";
        case Code::kQueryBusy: return "query engine busy";
        case Code::kQueryRunning: return "query still running";
        case Code::kReset: return "reset";
        case Code::kUsage: return "usage";
        case Code::kUnsupported: return "unsupported";
        case Code::kTransport: return "transport";
        case Code::kInternal: return "internal";
    }
    return "unknown";
}

}  // namespace csd
