// SPDX-License-Identifier: BSD-3-Clause
//
// The client on a real drive, in both dialects.
#include <algorithm>
#include <thread>

#include "base/bytes.hpp"
#include "kv/transport/emulated_fixture.hpp"

namespace csd::kv {
namespace {

class EmulatedDialects : public Emulated, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Both, EmulatedDialects, ::testing::Values("", "?dialect=2023"),
                         [](const auto& one) {
                             return *one.param == '\0' ? "KeyValue" : "Dialect2023";
                         });

TEST_P(EmulatedDialects, ValuesAroundTheTransferSizeComeBackWhole) {
    open(GetParam(), 4096);
    for (const size_t bytes : {0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 70000}) {
        const auto stored = value(bytes, static_cast<uint8_t>(bytes));
        ASSERT_TRUE(client().store(key("k"), stored).ok());
        EXPECT_EQ(bytes, client().describe(key("k")).value().size);
        EXPECT_EQ(stored, got(client().retrieve(key("k")))) << bytes;
        EXPECT_EQ(stored, file_of("6B"));
    }
}

TEST_P(EmulatedDialects, ValuesAroundTheDrivesOwnTransferSize) {
    open(GetParam());
    const size_t most = client().max_transfer_bytes();
    EXPECT_EQ(2 * kMiB, most);
    for (const size_t bytes : {most - 1, most, most + 1, 3 * most + 5}) {
        const auto stored = value(bytes);
        EXPECT_EQ(bytes, client().store(key("big"), Source::from(stored)).value());
        EXPECT_EQ(stored, got(client().retrieve(key("big"))));
    }
}

TEST_P(EmulatedDialects, RangesOfALongValue) {
    open(GetParam(), 4096);
    const auto stored = value(20000);
    ASSERT_TRUE(client().store(key("k"), stored).ok());
    for (const auto& [offset, length] : std::vector<std::pair<size_t, size_t>>{{0, 1},
                                                                               {0, 4096},
                                                                               {1, 4096},
                                                                               {4096, 4097},
                                                                               {19999, 100},
                                                                               {20000, 1},
                                                                               {50000, 1},
                                                                               {3, 0}}) {
        const size_t from = std::min<size_t>(offset, 20000);
        const size_t to = std::min<size_t>(from + length, 20000);
        EXPECT_EQ(std::vector<uint8_t>(stored.begin() + from, stored.begin() + to),
                  got(client().retrieve(key("k"), {offset, length})))
            << offset << " " << length;
    }
}

TEST_P(EmulatedDialects, ConditionsHoldWhateverTheSize) {
    open(GetParam(), 4096);
    for (const size_t bytes : {10, 10000}) {
        const std::string name = "k" + std::to_string(bytes);
        EXPECT_EQ(Code::kNotFound,
                  client().store(key(name), value(bytes), When::kOnlyUpdate).code());
        EXPECT_TRUE(client().store(key(name), value(bytes), When::kOnlyAdd).ok());
        EXPECT_EQ(Code::kExists, client().store(key(name), value(bytes, 9), When::kOnlyAdd).code());
        EXPECT_TRUE(client().store(key(name), value(bytes, 9), When::kOnlyUpdate).ok());
        EXPECT_EQ(value(bytes, 9), got(client().retrieve(key(name))));
    }
}

TEST_P(EmulatedDialects, AppendAddsToTheEnd) {
    open(GetParam(), 4096);
    EXPECT_EQ(3u, client().append(key("k"), as_bytes("abc")).value());
    EXPECT_EQ(10003u, client().append(key("k"), value(10000)).value());
    EXPECT_EQ(10003u, client().append(key("k"), Bytes()).value());
    auto whole = value(10000);
    whole.insert(whole.begin(), {'a', 'b', 'c'});
    EXPECT_EQ(whole, got(client().retrieve(key("k"))));
    EXPECT_EQ(Code::kNotFound,
              client().append(key("new"), as_bytes("x"), When::kOnlyUpdate).code());
    EXPECT_EQ(Code::kExists, client().append(key("k"), as_bytes("x"), When::kOnlyAdd).code());
    EXPECT_EQ(5000u, client().append(key("new"), value(5000), When::kOnlyAdd).value());
}

TEST_P(EmulatedDialects, KeysOfEveryLengthAndByte) {
    open(GetParam());
    for (size_t bytes = 1; bytes <= Key::kMaxBytes; bytes++) {
        std::vector<uint8_t> raw(bytes, 0);
        raw.back() = static_cast<uint8_t>(0xF0 + bytes);
        const Key name = *Key::from_bytes(raw);
        ASSERT_TRUE(client().store(name, raw).ok());
        EXPECT_TRUE(client().exists(name).value());
        EXPECT_EQ(raw, file_of(name.file_name()));
    }
    EXPECT_EQ(Key::kMaxBytes, client().list().value().size());
}

TEST_P(EmulatedDialects, KeysAreListedInOrderPageByPage) {
    open(GetParam(), 4096);
    std::vector<Key> keys;
    for (int i = 0; i < 2000; i++)
        keys.push_back(key((i % 3 == 0 ? "a" : "bb") + std::to_string(i)));
    for (const Key& name : keys) ASSERT_TRUE(client().store(name, Bytes()).ok());
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(keys, client().list().value());
    const auto middle = std::lower_bound(keys.begin(), keys.end(), key("bb"));
    EXPECT_EQ(std::vector<Key>(middle, keys.end()), client().list({.prefix = key("bb")}).value());
    EXPECT_EQ(std::vector<Key>(middle, middle + 5),
              client().list({.start = key("bb"), .limit = 5}).value());
}

TEST_P(EmulatedDialects, EraseExistsFlushAndFormat) {
    open(GetParam());
    ASSERT_TRUE(client().store(key("a"), as_bytes("1")).ok());
    ASSERT_TRUE(client().store(key("b"), as_bytes("2")).ok());
    EXPECT_TRUE(client().exists(key("a")).value());
    EXPECT_TRUE(client().erase(key("a")).ok());
    EXPECT_FALSE(client().exists(key("a")).value());
    EXPECT_EQ(Code::kNotFound, client().retrieve(key("a")).code());
    EXPECT_TRUE(client().flush().ok());
    EXPECT_TRUE(client().format().ok());
    EXPECT_TRUE(client().list().value().empty());
}

TEST_P(EmulatedDialects, ValuesStayWhenTheDriveIsClosed) {
    open(GetParam());
    ASSERT_TRUE(client().store(key("k"), as_bytes("still here")).ok());
    open(GetParam());
    EXPECT_EQ("still here", as_text(got(client().retrieve(key("k")))));
}

TEST_P(EmulatedDialects, ManyCommandsInFlight) {
    open(GetParam());
    constexpr int kCount = 600;
    int stored = 0;
    int matched = 0;
    std::vector<std::vector<uint8_t>> buffers(kCount, std::vector<uint8_t>(100));
    const auto name = [](int i) { return key("k" + std::to_string(i)); };
    std::vector<std::vector<uint8_t>> values;
    for (int i = 0; i < kCount; i++) values.push_back(value(100, static_cast<uint8_t>(i)));
    for (int i = 0; i < kCount; i++) {
        client().async_store(name(i), values[i], When::kAlways, [&stored](Result<uint64_t> done) {
            stored += done.ok() && done.value() == 100 ? 1 : 0;
        });
    }
    while (client().in_flight() > 0) client().wait(100);
    for (int i = 0; i < kCount; i++) {
        client().async_retrieve(name(i), buffers[i], 0, [&, i](Result<Retrieved> done) {
            matched += done.ok() && done.value().bytes == 100 && buffers[i] == values[i] ? 1 : 0;
        });
    }
    while (client().in_flight() > 0) client().poll();
    EXPECT_EQ(kCount, stored);
    EXPECT_EQ(kCount, matched);
}

TEST_P(EmulatedDialects, ThreadsWithClientsOfTheirOwnShareTheDrive) {
    open(GetParam());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([this, t] {
            const auto mine = another(GetParam(), 4096);
            ASSERT_NE(nullptr, mine);
            for (int i = 0; i < 20; i++) {
                const Key name = key("t" + std::to_string(t) + "." + std::to_string(i));
                const auto stored = value(5000 + 100 * i, static_cast<uint8_t>(t));
                ASSERT_TRUE(mine->store(name, stored).ok());
                ASSERT_EQ(stored, got(mine->retrieve(name)));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(80u, client().list().value().size());
}
}  // namespace
}  // namespace csd::kv
