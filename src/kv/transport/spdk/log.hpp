// SPDX-License-Identifier: BSD-3-Clause
//
// What SPDK and DPDK say. They write to standard error, and SPDK greets on standard output, where a value may be
// on its way; all of that is caught here. Of what is said while a LogScope of this thread lives, errors are kept to explain
// a failure, and everything goes to its Log; as information, since a failure is told by a Status. The rest is dropped.
//
// SPDK's words to standard output come through the wrapped functions in log.cc, see CMakeLists.txt.
// Tested by tests/spdk and tests/guest.
#pragma once

#include <string>

#include "csd/log.hpp"

namespace csd::kv {

// Once, before anything else of SPDK is called.
void catch_spdk_logs();

class LogScope {
  public:
    explicit LogScope(const Log& log);
    ~LogScope();
    LogScope(const LogScope&) = delete;
    LogScope& operator=(const LogScope&) = delete;

    void take(LogLevel level, std::string line);
    // The first error, which is nearest to the cause, else the last that was said. As the end of a sentence:
    // " (SPDK: ...)", or nothing.
    std::string reason() const;

  private:
    const Log& log_;
    LogScope* const outer_;
    std::string first_error_;
    std::string last_words_;
};

}  // namespace csd::kv
