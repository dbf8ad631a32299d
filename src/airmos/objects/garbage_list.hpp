// SPDX-License-Identifier: BSD-3-Clause
//
// GarbageList: keys of values that nothing names any more. A drive erases them when it has nothing else to do, and between
// other work once there are many. Losing the list costs nothing: the next start finds such values.
//
// Threads: its owner's lock guards it. Tested by garbage_list_test.cc.
#pragma once

#include <deque>
#include <optional>

#include "csd/key.hpp"

namespace csd::airmos::objects {

class GarbageList {
  public:
    static constexpr size_t kManyKeys = 1024;

    bool empty() const { return keys_.empty(); }
    // There are so many that they take turns with other work.
    bool has_many() const { return keys_.size() > kManyKeys; }
    void add(const Key& key) { keys_.push_back(key); }
    // The oldest; nothing: another thread took it.
    std::optional<Key> take() {
        if (keys_.empty()) return std::nullopt;
        const Key key = keys_.front();
        keys_.pop_front();
        return key;
    }

  private:
    std::deque<Key> keys_;
};

}  // namespace csd::airmos::objects
