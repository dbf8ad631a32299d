// SPDX-License-Identifier: BSD-3-Clause
// Tested by waiting_selects_test.cc.
#include "waiting_selects.hpp"

#include <algorithm>

namespace csd::spdk {

void WaitingSelects::sent(const Select& select, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(last_asked_, [&](const auto& waits) { return now - waits.second > kLongest; });
    last_asked_[select] = now;
}

void WaitingSelects::asked(const Select& select, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = last_asked_.find(select);
    if (found != last_asked_.end()) found->second = now;
}

void WaitingSelects::ended(const Select& select) {
    const std::lock_guard lock(mutex_);
    last_asked_.erase(select);
}

std::vector<WaitingSelects::Select> WaitingSelects::forgotten(Clock::duration patience,
                                                              Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<Clock::time_point, Select>> found;
    for (const auto& [select, asked] : last_asked_) {
        if (now - asked >= patience) found.emplace_back(asked, select);
    }
    std::sort(found.begin(), found.end());
    std::vector<Select> selects;
    for (const auto& waits : found) selects.push_back(waits.second);
    return selects;
}

}  // namespace csd::spdk
