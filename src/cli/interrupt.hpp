// SPDX-License-Identifier: BSD-3-Clause
//
// Interruptions: the first SIGINT, SIGTERM or SIGHUP asks the verb to stop and clean up; the second one kills.
// Tested by tests/cli.
#pragma once

#include "csd/cancel.hpp"

namespace csd::cli {

void catch_interrupts();
CancelToken interrupt_token();
inline bool interrupted() {
    return interrupt_token().cancelled();
}

}  // namespace csd::cli
