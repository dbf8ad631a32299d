// SPDX-License-Identifier: BSD-3-Clause
#include "device/store/key_locks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace csd::store {

static Key key_of(int i) {
    return *Key::from_text("key" + std::to_string(i));
}

TEST(KeyLocks, OneHolderPerKeyAndNoneInTheWayOfAnother) {
    KeyLocks locks;
    std::vector<KeyLocks::Held> held;
    for (int i = 0; i < 1000; i++) held.push_back(locks.lock(key_of(i)));  // far more than shards
    held.clear();
    int counters[3] = {};
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; t++) {
        threads.emplace_back([&] {
            for (int n = 0; n < 3000; n++) {
                const KeyLocks::Held own = locks.lock(key_of(n % 3));
                counters[n % 3]++;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const int counter : counters) EXPECT_EQ(counter, 6000);
}

TEST(KeyLocks, AWaitCanBeCancelled) {
    KeyLocks locks;
    KeyLocks::Held held = locks.lock(key_of(1));
    std::atomic<uint32_t> flag = 0;
    std::thread waiter([&] { EXPECT_FALSE(locks.lock(key_of(1), CancelToken(&flag))); });
    flag = 1;
    waiter.join();
    held.release();
    EXPECT_TRUE(locks.lock(key_of(1), CancelToken(&flag)));
}

}  // namespace csd::store
