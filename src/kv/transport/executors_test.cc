// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/executors.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <latch>

namespace csd::kv {
namespace {

TEST(Executors, StartNoThreadUntilThereIsWork) {
    Executors executors(4);
    EXPECT_EQ(0u, executors.threads());
}

TEST(Executors, RunAtOnceAsManyAsAllowed) {
    Executors executors(3);
    std::latch all_there(3);
    std::latch done(3);
    for (int i = 0; i < 3; i++) {
        executors.run([&] {
            all_there.arrive_and_wait();
            done.count_down();
        });
    }
    done.wait();
    EXPECT_EQ(3u, executors.threads());
}

TEST(Executors, FinishWhatWasQueuedBeforeTheyEnd) {
    std::atomic<int> ran{0};
    {
        Executors executors(2);
        for (int i = 0; i < 100; i++) executors.run([&ran] { ran++; });
    }
    EXPECT_EQ(100, ran);
}

TEST(Executors, LeaveSignalsToTheProgram) {
    Executors executors(1);
    std::latch done(1);
    sigset_t mask;
    executors.run([&] {
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        done.count_down();
    });
    done.wait();
    EXPECT_EQ(1, sigismember(&mask, SIGINT));
    EXPECT_EQ(1, sigismember(&mask, SIGTERM));
    sigset_t mine;
    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    EXPECT_EQ(0, sigismember(&mine, SIGINT));
}

}  // namespace
}  // namespace csd::kv
