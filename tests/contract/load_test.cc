// SPDX-License-Identifier: BSD-3-Clause
//
// A queue that is always full: stores, retrieves and appends of random sizes, 128 at a time, for CSD_LOAD_SECONDS (a few,
// or a minute with --long). What was acknowledged is there, whole; what was appended is there once.
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "contract/contract.hpp"
#include "lib/scale.hpp"

namespace csd::contract {
namespace {

constexpr size_t kDepth = 128;
constexpr int kValues = 256;
constexpr size_t kMostBytes = 200'000;
constexpr size_t kMostAppended = 500;

int seconds_of_load() {
    const char* const given = std::getenv("CSD_LOAD_SECONDS");
    if (given != nullptr) return std::atoi(given);
    return test::is_long_scale() ? 60 : 3;
}

// One key with its value as it must be. Only one command at a time changes or reads it, so its state is known.
struct Value {
    Key key;
    unsigned seed = 0;
    size_t bytes = 0;  // 0: absent
    std::string data;  // in flight
};

}  // namespace

class Load : public Contract {
  protected:
    void start_any() {
        const int number = static_cast<int>(random_() % kValues);
        if (busy_.contains(number)) return append();
        Value& value = values_[number];
        busy_.insert(number);
        value.bytes == 0 || random_() % 2 == 0 ? store(number, value) : retrieve(number, value);
    }

    void store(int number, Value& value) {
        const size_t scale = size_t{1} << random_() % 18;  // as many small ones as large ones
        const size_t bytes = 1 + random_() % std::min(scale, most_bytes());
        const auto seed = static_cast<unsigned>(random_());
        value.data = pattern(bytes, seed);
        client().async_store(value.key, as_bytes(value.data), kv::When::kAlways,
                             [this, number, &value, bytes, seed](Result<uint64_t> stored) {
                                 busy_.erase(number);
                                 ended(stored.status());
                                 value.bytes = bytes;
                                 value.seed = seed;
                             });
    }

    void retrieve(int number, Value& value) {
        value.data.assign(value.bytes, '\0');
        const MutableBytes buffer(reinterpret_cast<uint8_t*>(value.data.data()), value.data.size());
        client().async_retrieve(value.key, buffer, 0,
                                [this, number, &value](const Result<kv::Retrieved>& got) {
                                    busy_.erase(number);
                                    ended(got.status());
                                    EXPECT_TRUE(value.data == pattern(value.bytes, value.seed));
                                });
    }

    // Guarded by the size, so there is one at a time.
    void append() {
        if (appending_ || !abilities().has(&nvme::Extensions::more)) return;
        appending_ = true;
        const size_t bytes = 1 + random_() % kMostAppended;
        piece_ = pattern(bytes, static_cast<unsigned>(random_()));
        client().async_append(key("log"), as_bytes(piece_), log_.size(),
                              [this](Result<uint64_t> appended) {
                                  appending_ = false;
                                  ended(appended.status());
                                  log_ += piece_;
                              });
    }

    void ended(const Status& status) {
        finished_++;
        EXPECT_TRUE(status.ok()) << status.message();
    }
    size_t most_bytes() const {
        return std::min<size_t>(kMostBytes, GetParam()->abilities().max_transfer_bytes);
    }

    std::mt19937 random_{20261122};
    std::map<int, Value> values_;
    std::set<int> busy_;
    std::string log_;
    std::string piece_;
    bool appending_ = false;
    uint64_t finished_ = 0;
};
CONTRACT_OF(Load, anyone);

TEST_P(Load, AFullQueueOfRandomSizesLosesNothing) {
    for (int i = 0; i < kValues; i++) values_[i].key = key("v" + std::to_string(i));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds_of_load());
    while (std::chrono::steady_clock::now() < end && !HasFailure()) {
        for (size_t tries = 0; tries < kDepth && client().in_flight() < kDepth; tries++)
            start_any();
        client().wait(100);
    }
    while (client().in_flight() > 0) client().wait(100);
    EXPECT_GT(finished_, 0u);
    for (auto& [number, value] : values_) {
        if (value.bytes == 0) continue;
        const auto got = client().retrieve(value.key);
        ASSERT_TRUE(got.ok()) << got.status().message();
        EXPECT_TRUE(as_text(got.value()) == pattern(value.bytes, value.seed)) << number;
    }
    if (log_.empty()) return;
    const auto got = client().retrieve(key("log"));
    ASSERT_TRUE(got.ok()) << got.status().message();
    EXPECT_TRUE(as_text(got.value()) == log_) << log_.size();
}

}  // namespace csd::contract
