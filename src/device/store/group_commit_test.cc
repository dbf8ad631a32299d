// SPDX-License-Identifier: BSD-3-Clause
//
// Every caller is covered by a sync that began after its call; few syncs serve many callers.
#include "device/store/group_commit.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace csd::store {

TEST(GroupCommit, ManyCallersShareFewSyncsThatBeganAfterTheirCalls) {
    for (const unsigned most : {1u, 4u}) {
        std::atomic<int> begun = 0;
        std::atomic<unsigned> running = 0;
        std::atomic<bool> too_many = false;
        GroupCommit group(
            [&]() -> Status {
                begun++;
                if (++running > most) too_many = true;
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                running--;
                return {};
            },
            most);
        std::vector<std::thread> threads;
        for (int i = 0; i < 16; i++) {
            threads.emplace_back([&] {
                for (int n = 0; n < 20; n++) {
                    const int before = begun;
                    EXPECT_TRUE(group.commit().ok());
                    EXPECT_GT(begun, before);
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        EXPECT_FALSE(too_many);
        EXPECT_LT(begun, 320 / 2);
    }
}

TEST(GroupCommit, AFailureReachesItsBatchAndNoOther) {
    int calls = 0;
    GroupCommit group([&] { return ++calls == 1 ? Status(Code::kIo, "lost") : Status(); }, 1);
    EXPECT_EQ(group.commit().code(), Code::kIo);
    EXPECT_TRUE(group.commit().ok());
}

}  // namespace csd::store
