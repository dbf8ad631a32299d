// SPDX-License-Identifier: BSD-3-Clause
//
// WaitingSelects: which selects were sent to be fetched later, and when a host last asked for each.
//
// A process that is killed may leave selects behind that run until their deadline: it may be one of several on its host,
// or a user of the bdev layer whose end SPDK does not tell. Hosts that wait ask many times a second. A select that no host
// asked for in a while is the one to give its place to a host that finds none.
//
// Threads: any. Tested by waiting_selects_test.cc.
#pragma once

#include <chrono>
#include <compare>
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

    struct Select {
        uint32_t controller = 0;  // whose it is
        uint32_t id = 0;          // of its result

        friend auto operator<=>(const Select&,
                                const Select&) = default;  // NOLINT(modernize-use-nullptr)
    };

    void sent(const Select& select, Clock::time_point now);
    void asked(const Select& select, Clock::time_point now);  // an unknown one is ignored
    void ended(const Select& select);
    // Not asked for in `patience`, those that wait longest first.
    std::vector<Select> forgotten(Clock::duration patience, Clock::time_point now) const;

  private:
    mutable std::mutex mutex_;
    std::map<Select, Clock::time_point> last_asked_;  // guarded by mutex_
};

}  // namespace csd::spdk
