// SPDX-License-Identifier: BSD-3-Clause
//
// The client's verbs over the transport: values of any size, listings, many commands and threads at once.
#include <atomic>
#include <thread>

#include "contract/contract.hpp"
#include "lib/scale.hpp"

namespace csd::contract {

using ::testing::ElementsAre;

class Verbs : public Contract {};
CONTRACT_OF(Verbs, anyone);

TEST_P(Verbs, StoreRetrieveExistsErase) {
    EXPECT_FALSE(client().exists(key("k")).value());
    ASSERT_TRUE(client().store(key("k"), as_bytes("value")).ok());
    EXPECT_TRUE(client().exists(key("k")).value());
    EXPECT_EQ(as_text(client().retrieve(key("k")).value()), "value");
    EXPECT_EQ(client().describe(key("k")).value().size, 5u);
    ASSERT_TRUE(client().erase(key("k")).ok());
    EXPECT_FALSE(client().exists(key("k")).value());
    EXPECT_EQ(client().retrieve(key("k")).code(), Code::kNotFound);
}

TEST_P(Verbs, ConditionsOfAStore) {
    EXPECT_EQ(client().store(key("k"), as_bytes("1"), kv::When::kOnlyUpdate).code(),
              Code::kNotFound);
    EXPECT_TRUE(client().store(key("k"), as_bytes("1"), kv::When::kOnlyAdd).ok());
    EXPECT_EQ(client().store(key("k"), as_bytes("2"), kv::When::kOnlyAdd).code(), Code::kExists);
    EXPECT_EQ(nvme::status_kind(client().last_nvme_status()), nvme::status_kind(nvme::kKeyExists));
    EXPECT_EQ(as_text(client().retrieve(key("k")).value()), "1");
}

TEST_P(Verbs, ListByPrefixStartAndLimit) {
    for (const char* name : {"a1", "a2", "a3", "b1"}) {
        ASSERT_TRUE(client().store(key(name), Bytes()).ok());
    }
    EXPECT_THAT(names(), ElementsAre("a1", "a2", "a3", "b1"));
    EXPECT_THAT(client().list({.prefix = key("a")}).value(),
                ElementsAre(key("a1"), key("a2"), key("a3")));
    EXPECT_THAT(client().list({.prefix = key(""), .start = key("a3")}).value(),
                ElementsAre(key("a3"), key("b1")));
    EXPECT_THAT(client().list({.prefix = key("a"), .limit = 2}).value(),
                ElementsAre(key("a1"), key("a2")));
}

TEST_P(Verbs, InfoTellsTheDialectAndTheLimits) {
    const auto info = client().info();
    ASSERT_TRUE(info.ok()) << info.status().message();
    EXPECT_EQ(info.value().dialect, abilities().dialect);
    EXPECT_EQ(info.value().max_key_bytes, 16u);
    EXPECT_GE(info.value().max_value_bytes, info.value().max_transfer_bytes);
}

TEST_P(Verbs, AsynchronousCommandsFinishAtAnyDepth) {
    constexpr int kCommands = 1000;
    int finished = 0, wrong = 0;
    for (int i = 0; i < kCommands; i++) {
        const Key which = key(std::to_string(i % 50));
        client().async_store(which, as_bytes("value"), kv::When::kAlways,
                             [&](Result<uint64_t> size) {
                                 finished++;
                                 if (!size.ok() || size.value() != 5) wrong++;
                             });
    }
    while (client().in_flight() > 0) client().wait(1000);
    EXPECT_EQ(finished, kCommands);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(names().size(), 50u);
}

TEST_P(Verbs, ThreadsWithAClientEachShareTheDrive) {
    const int threads = test::is_long_scale() ? 64 : 8;
    std::atomic<int> wrong{0};
    std::vector<std::thread> running;
    for (int t = 0; t < threads; t++) {
        running.emplace_back([&, t] {
            const auto opened = drive().another_client();
            if (!opened.ok()) {
                wrong++;
                return;
            }
            const auto& mine = opened.value();
            for (int i = 0; i < 50; i++) {
                const Key which = key(std::to_string(t) + "-" + std::to_string(i % 7));
                const std::string value =
                    pattern(static_cast<size_t>(i) * 100, static_cast<unsigned>(t));
                if (!mine->store(which, as_bytes(value)).ok()) wrong++;
                const auto got = mine->retrieve(which);
                if (!got.ok() || as_text(got.value()) != value) wrong++;
                if (i % 3 == 0 && !mine->erase(which).ok()) wrong++;
            }
        });
    }
    for (std::thread& thread : running) thread.join();
    EXPECT_EQ(wrong, 0);
}

// Values larger than one transfer.
class LargeValues : public Contract {
  protected:
    std::string whole(std::string_view name) {
        const auto got = client().retrieve(key(name));
        if (got.ok()) return std::string(as_text(got.value()));
        ADD_FAILURE() << got.status().message();
        return "";
    }
};
CONTRACT_OF(LargeValues, with_large_values);

TEST_P(LargeValues, TravelAsSeveralCommands) {
    const size_t transfer = client().max_transfer_bytes();
    for (const size_t bytes : {transfer - 1, transfer, transfer + 1, size_t{3} * kMiB}) {
        const std::string value = pattern(bytes, 3);
        ASSERT_TRUE(client().store(key("k"), as_bytes(value)).ok()) << bytes;
        EXPECT_TRUE(whole("k") == value) << bytes;
        EXPECT_EQ(client().describe(key("k")).value().size, bytes);
    }
}

TEST_P(LargeValues, OfSixtyFourMebibytes) {
    const std::string value = pattern((test::is_small_scale() ? 9 : 64) * kMiB + 12345, 4);
    ASSERT_TRUE(client().store(key("k"), as_bytes(value)).ok());
    EXPECT_TRUE(whole("k") == value);
}

TEST_P(LargeValues, ARangeIsFetchedAlone) {
    const std::string value = pattern(5 * kMiB, 6);
    ASSERT_TRUE(client().store(key("k"), as_bytes(value)).ok());
    const auto range = [&](uint64_t offset, std::optional<uint64_t> length) {
        const auto got = client().retrieve(key("k"), {.offset = offset, .length = length});
        EXPECT_TRUE(got.ok()) << got.status().message();
        return got.ok() ? std::string(as_text(got.value())) : "";
    };
    EXPECT_EQ(range(3 * kMiB + 1, 100), value.substr(3 * kMiB + 1, 100));
    EXPECT_TRUE(range(1 * kMiB, 3 * kMiB) == value.substr(1 * kMiB, 3 * kMiB));
    EXPECT_TRUE(range(5 * kMiB - 7, std::nullopt) == value.substr(5 * kMiB - 7));
    EXPECT_EQ(range(5 * kMiB, std::nullopt), "");
    EXPECT_EQ(range(50 * kMiB, 10), "");
}

TEST_P(LargeValues, AppendJoinsPiecesOfAnySize) {
    const std::string first = pattern(3 * kMiB, 1), second = pattern(3 * kMiB + 1, 2);
    EXPECT_EQ(client().append(key("k"), as_bytes(first)).value(), first.size());
    EXPECT_EQ(client().append(key("k"), as_bytes(second)).value(), first.size() + second.size());
    EXPECT_TRUE(whole("k") == first + second);
}

// What only the extensions of a Key Value namespace make possible.
class AllAtOnce : public LargeValues {};
CONTRACT_OF(AllAtOnce, with_extensions);

TEST_P(AllAtOnce, ASourceThatFailsStoresNothing) {
    ASSERT_TRUE(client().store(key("k"), as_bytes("old")).ok());
    int calls = 0;
    kv::Source failing;
    failing.read = [&](MutableBytes buffer) -> Result<size_t> {
        if (++calls > 3) return Status(Code::kIo, "the source broke");
        return buffer.size();
    };
    const auto stored = client().store(key("k"), failing);
    ASSERT_FALSE(stored.ok());
    EXPECT_EQ(stored.status().message(), "the source broke");
    EXPECT_EQ(whole("k"), "old");
}

TEST_P(AllAtOnce, AReaderNeverSeesAPartOfALargeStore) {
    const size_t bytes = client().max_transfer_bytes() + 100'000;
    ASSERT_TRUE(client().store(key("k"), as_bytes(std::string(bytes, 'a'))).ok());
    std::atomic<bool> ended{false};
    std::thread writer([&] {
        const auto mine = drive().another_client();
        EXPECT_TRUE(mine.ok()) << mine.status().message();
        for (int i = 0; i < 20 && mine.ok(); i++) {
            const std::string value(bytes, static_cast<char>('a' + i));
            EXPECT_TRUE(mine.value()->store(key("k"), as_bytes(value)).ok());
        }
        ended = true;
    });
    while (!ended) {
        const auto got = client().retrieve(key("k"));
        if (got.code() == Code::kOffsetMismatch) continue;  // it changed each time it was looked at
        EXPECT_TRUE(got.ok()) << got.status().message();
        if (!got.ok()) continue;
        const std::string_view value = as_text(got.value());
        EXPECT_TRUE(value == std::string(bytes, value.empty() ? '?' : value[0])) << "mixed";
    }
    writer.join();
}

TEST_P(AllAtOnce, PartsBecomeOneValue) {
    ASSERT_TRUE(client().store(key("a"), as_bytes("part 1 ")).ok());
    ASSERT_TRUE(client().store(key("b"), as_bytes("part 2")).ok());
    const auto size = client().compose(key("k"), {key("a"), key("b")}, {.delete_sources = true});
    ASSERT_TRUE(size.ok()) << size.status().message();
    EXPECT_EQ(size.value(), 13u);
    EXPECT_EQ(as_text(client().retrieve(key("k")).value()), "part 1 part 2");
    EXPECT_THAT(names(), ElementsAre("k"));
}

}  // namespace csd::contract
