// SPDX-License-Identifier: BSD-3-Clause
//
// How a library makes a thread that takes none of the host program's signals. Tested by device_test.cc and
// query_process_test.cc, through the threads that are made so.
#pragma once

#include <signal.h>

namespace csd {

// A thread made while this lives inherits a mask that blocks every signal. For the thread that made it only.
class AllSignalsBlocked {
  public:
    AllSignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace csd
