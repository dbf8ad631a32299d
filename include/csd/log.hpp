// SPDX-License-Identifier: BSD-3-Clause
//
// Log: where a library's few messages go. The library never writes to standard error by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace csd {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };

// Called from any thread, possibly from several at once. Empty: messages are dropped.
using Log = std::function<void(LogLevel, const std::string&)>;

}  // namespace csd
