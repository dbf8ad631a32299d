// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/body/hash_helper.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace csd::airmos {
namespace {

TEST(HashHelper, EveryPieceOfWorkIsDoneBeforeItsTicketEnds) {
    HashHelper helper(2);
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; caller++) {
        callers.emplace_back([&] {
            for (int i = 0; i < 200; i++) {
                int value = 0;
                std::binary_semaphore done(0);
                {
                    const HashHelper::Ticket ticket = helper.start(done, [&] { value = i + 1; });
                }
                ASSERT_EQ(value, i + 1);
            }
        });
    }
    for (std::thread& caller : callers) caller.join();
}

TEST(HashHelper, WithoutThreadsTheCallerWorks) {
    HashHelper helper(0);
    std::binary_semaphore done(0);
    std::thread::id worker;
    const HashHelper::Ticket ticket =
        helper.start(done, [&] { worker = std::this_thread::get_id(); });
    EXPECT_EQ(worker, std::this_thread::get_id());
}

}  // namespace
}  // namespace csd::airmos
