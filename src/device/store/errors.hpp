// SPDX-License-Identifier: BSD-3-Clause
//
// From errno to Status: the one table of the store. Tested by the fault injection tests.
#pragma once

#include <errno.h>

#include <string>
#include <system_error>

#include "csd/status.hpp"

namespace csd::store {

// `result` is minus errno, as FileSystem returns it.
inline Status io_error(const char* what, int64_t result) {
    const int error = static_cast<int>(-result);
    const bool full = error == ENOSPC || error == EDQUOT;
    const Code code = full ? Code::kNoSpace : error == EFBIG ? Code::kInvalidValueSize : Code::kIo;
    return {code, std::string(what) + ": " + std::generic_category().message(error)};
}

inline Status cancelled() {
    return {Code::kAborted, "cancelled by the host"};
}
inline Status not_found() {
    return {Code::kNotFound, "the key does not exist"};
}

}  // namespace csd::store
