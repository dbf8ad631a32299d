// SPDX-License-Identifier: BSD-3-Clause
//
// Many threads at once: conditions without races, and readers that see one whole version.
#include <atomic>
#include <thread>

#include "device/store/store_fixture.hpp"

namespace csd::store {

class RaceTest : public StoreTest {
  protected:
    RaceTest() : StoreTest(Where::kMemory) {}

    template <typename Body>
    static void in_threads(int count, Body body) {
        std::vector<std::thread> threads;
        for (int i = 0; i < count; i++) threads.emplace_back([=] { body(i); });
        for (std::thread& thread : threads) thread.join();
    }
};

TEST_F(RaceTest, OfManyStoresThatMustNotFindTheKeyOneWins) {
    for (const SyncMode sync : {SyncMode::kFlush, SyncMode::kAlways}) {
        options_.sync = sync;
        open();
        for (int round = 0; round < 20; round++) {
            std::atomic<int> won = 0;
            std::atomic<int> lost = 0;
            const std::string key = "key" + std::to_string(round);
            in_threads(16, [&](int i) {
                const std::string status = put(key, std::to_string(i), {.must_not_exist = true});
                if (status == "ok") won++;
                if (status == "exists") lost++;
            });
            EXPECT_EQ(won, 1);
            EXPECT_EQ(lost, 15);
            std::atomic<int> deleted = 0;
            in_threads(8, [&](int) { deleted += erase(key) == "ok" ? 1 : 0; });
            EXPECT_EQ(deleted, 1);
        }
    }
}

TEST_F(RaceTest, GuardedAppendsOfManyThreadsAllHappenOnce) {
    open();
    in_threads(8, [&](int i) {
        for (int n = 0; n < 50; n++) {
            for (;;) {
                const Result<ValueInfo> info = store_->info(key_of("k"));
                const std::string entry(1, static_cast<char>('a' + i));
                if (append("k", entry, info.ok() ? info.value().size : 0) == "ok") break;
            }
        }
    });
    const std::string value = get("k");
    EXPECT_EQ(value.size(), 400u);
    for (int i = 0; i < 8; i++) EXPECT_EQ(std::ranges::count(value, 'a' + i), 50);
}

// Each version repeats one letter; an append adds the same letter. So any mixture is visible.
static void expect_whole(const std::string& value) {
    if (value == "<not found>" || value.empty()) return;
    EXPECT_EQ(value.find_first_not_of(value[0]), std::string::npos);
    EXPECT_EQ(value.size() % 3000, 0u);
}

TEST_F(RaceTest, ReadersSeeOneWholeVersion) {
    // With and without the index, the second half of the rounds on fresh openings.
    for (int round = 0; round < 4; round++) {
        open();
        std::atomic<bool> stop = false;
        std::thread janitor([&] {
            if (round % 2 == 1) {
                EXPECT_TRUE(store_->load_index({}).ok());
            }
            while (!stop) store_->housekeeping({});
        });
        std::thread writer([&] {
            for (int i = 0; i < 400; i++) {
                const std::string piece(3000, static_cast<char>('a' + i % 26));
                EXPECT_EQ(put("k", piece), "ok");
                EXPECT_EQ(append("k", piece), "ok");
                if (i % 3 == 0) {
                    EXPECT_EQ(append("k", piece), "ok");
                }
                if (i % 5 == 0) {
                    EXPECT_EQ(erase("k"), "ok");
                }
                if (i % 50 == 0) {
                    EXPECT_EQ(say().flush(), "ok");
                }
            }
            stop = true;
        });
        in_threads(3, [&](int i) {
            std::string buffer(9001, '?');
            while (!stop) {
                std::fill(buffer.begin(), buffer.end(), '?');
                const iovec slice = slice_of(buffer);
                if (i == 0) {
                    const auto tried = store_->try_read(key_of("k"), 0, {&slice, 1});
                    if (tried && tried->ok()) expect_whole(buffer.substr(0, tried->value().bytes));
                } else if (i == 1) {
                    const auto held = store_->open_value(key_of("k"));
                    if (!held.ok()) continue;
                    const ssize_t got =
                        ::pread(held.value()->fd(), buffer.data(), buffer.size(), 0);
                    EXPECT_EQ(static_cast<uint64_t>(got), held.value()->size());
                    expect_whole(buffer.substr(0, static_cast<size_t>(got)));
                } else {
                    const Result<ReadResult> got = store_->read(key_of("k"), 0, {&slice, 1}, {});
                    if (got.ok()) expect_whole(buffer.substr(0, got.value().bytes));
                    if (!got.ok()) {
                        EXPECT_EQ(code_of(got), "not found");
                    }
                }
            }
        });
        writer.join();
        janitor.join();
    }
}

TEST_F(RaceTest, AReadAfterAStoreHasReturnedNeverSeesTheOldValue) {
    open();
    ASSERT_EQ(put("k", "0"), "ok");
    std::atomic<bool> stop = false;
    std::thread reader([&] {
        while (!stop) get("k");
    });
    for (int i = 1; i < 1000; i++) {
        ASSERT_EQ(put("k", std::to_string(i)), "ok");
        ASSERT_EQ(get("k"), std::to_string(i));
    }
    stop = true;
    reader.join();
}

TEST_F(RaceTest, EverythingAtOnceWithACapacityEndsWithTrueUsage) {
    options_.capacity_bytes = 40'000;
    options_.sync = SyncMode::kAlways;
    open();
    in_threads(8, [&](int i) {
        unsigned random = static_cast<unsigned>(i) * 7919 + 1;
        const auto key = [&] { return "key" + std::to_string((random >> 16) % 5); };
        for (int n = 0; n < 100; n++) {
            random = random * 1664525u + 1013904223u;
            const std::string value(random % 5000, 'v');
            switch ((random >> 8) % 7) {
                case 0: put(key(), value); break;
                case 1: append(key(), value); break;
                case 2: erase(key()); break;
                case 3: say().compose(key(), {key(), "key0"}, {}, n % 2 == 0); break;
                case 4:
                    say().stage(static_cast<uint32_t>(i), key(), 0, value);
                    say().publish(static_cast<uint32_t>(i), key(), value.size(), "end");
                    break;
                case 5: say().flush(); break;
                case 6: keys(); break;
            }
            EXPECT_LE(store_->usage().used_bytes, 40'000u);
        }
    });
    for (uint32_t owner = 0; owner < 8; owner++) store_->discard_staged(owner);
    uint64_t bytes = 0;
    for (const std::string& key : keys()) bytes += key.size() + get(key).size();
    EXPECT_EQ(store_->usage().used_bytes, bytes);
    EXPECT_EQ(put("last", std::string(40'000 - bytes - 3, 'x')), "no space");
    EXPECT_EQ(put("last", std::string(40'000 - bytes - 4, 'x')), "ok");
}

}  // namespace csd::store
