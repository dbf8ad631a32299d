// SPDX-License-Identifier: BSD-3-Clause
// Tested by waiting_selects_test.cc.
#include "waiting_selects.hpp"

#include <algorithm>

namespace csd::spdk {

void WaitingSelects::sent(uint32_t id, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(last_asked_, [&](const auto& select) { return now - select.second > kLongest; });
    last_asked_[id] = now;
}

void WaitingSelects::asked(uint32_t id, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = last_asked_.find(id);
    if (found != last_asked_.end()) found->second = now;
}

void WaitingSelects::ended(uint32_t id) {
    const std::lock_guard lock(mutex_);
    last_asked_.erase(id);
}

std::vector<uint32_t> WaitingSelects::forgotten(Clock::duration patience,
                                                Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<Clock::time_point, uint32_t>> found;
    for (const auto& [id, asked] : last_asked_) {
        if (now - asked >= patience) found.emplace_back(asked, id);
    }
    std::sort(found.begin(), found.end());
    std::vector<uint32_t> ids;
    for (const auto& select : found) ids.push_back(select.second);
    return ids;
}

}  // namespace csd::spdk
