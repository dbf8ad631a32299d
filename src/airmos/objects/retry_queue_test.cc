// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/retry_queue.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::objects {
namespace {

class Numbered : public Job {
  public:
    explicit Numbered(size_t number_) : number(number_) {}
    void run(kv::Client&) override {}
    void refuse(const Error&) override {}
    const size_t number;
};

size_t number_of(const std::unique_ptr<Job>& job) {
    return static_cast<const Numbered&>(*job).number;
}

TEST(RetryQueue, AJobThatFailedIsTheNextAgain) {
    RetryQueue queue;
    EXPECT_TRUE(queue.empty());
    queue.add(std::make_unique<Numbered>(1));
    queue.add(std::make_unique<Numbered>(2));
    auto first = queue.take();
    EXPECT_EQ(number_of(first), 1u);
    queue.put_back(std::move(first));
    EXPECT_EQ(number_of(queue.take()), 1u);
    EXPECT_EQ(number_of(queue.take()), 2u);
    EXPECT_TRUE(queue.empty());
}

TEST(RetryQueue, WhenItIsFullTheOldestAreDropped) {
    RetryQueue queue;
    for (size_t i = 0; i <= RetryQueue::kMaxJobs; i++) queue.add(std::make_unique<Numbered>(i));
    auto oldest = queue.take();
    EXPECT_EQ(number_of(oldest), 1u);
    queue.add(std::make_unique<Numbered>(RetryQueue::kMaxJobs + 1));
    queue.put_back(std::move(oldest));
    for (size_t i = 2; i <= RetryQueue::kMaxJobs + 1; i++) EXPECT_EQ(number_of(queue.take()), i);
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace csd::airmos::objects
