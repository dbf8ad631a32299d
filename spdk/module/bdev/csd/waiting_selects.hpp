// SPDX-License-Identifier: BSD-3-Clause
//
// WaitingSelects: which selects were sent to be fetched later, and when a host last asked for each.
//
// Behind a target all hosts are one controller. So nobody tells the engine that one of them is gone, and its selects run
// on until their deadline. Hosts that wait ask many times a second; a select that nobody asked for in a while is the one
// to give its place to a host that finds none.
//
// Threads: any. Tested by waiting_selects_test.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace csd::spdk {

class WaitingSelects {
  public:
    using Clock = std::chrono::steady_clock;
    // No query runs as long; what is older has ended.
    static constexpr Clock::duration kLongest = std::chrono::minutes(5);

    void sent(uint32_t id, Clock::time_point now);
    void asked(uint32_t id, Clock::time_point now);  // an unknown id is none of ours
    void ended(uint32_t id);
    // Not asked for in `patience`, those that wait longest first.
    std::vector<uint32_t> forgotten(Clock::duration patience, Clock::time_point now) const;

  private:
    mutable std::mutex mutex_;
    std::map<uint32_t, Clock::time_point> last_asked_;  // guarded by mutex_
};

}  // namespace csd::spdk
