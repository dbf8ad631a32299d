// SPDX-License-Identifier: BSD-3-Clause
//
// Store, Retrieve, Exist, Delete, Flush: what every drive of either dialect does with one value.
#include <algorithm>
#include <array>

#include "contract/contract.hpp"

namespace csd::contract {

class Values : public Contract {};
CONTRACT_OF(Values, anyone);

TEST_P(Values, OfEverySizeComeBackAsTheyWere) {
    const size_t most = std::min<size_t>(512 * kKiB + 1, abilities().max_transfer_bytes);
    for (const size_t bytes : {size_t{0}, size_t{1}, 4 * kKiB, most - 2, most - 1, most}) {
        const std::string value = pattern(bytes);
        const Answer stored = store("k", value);
        ASSERT_THAT(stored, Says(nvme::kSuccess)) << bytes;
        EXPECT_EQ(stored.dw0, bytes);
        const Answer got = retrieve("k", most);
        ASSERT_THAT(got, Says(nvme::kSuccess)) << bytes;
        EXPECT_EQ(got.dw0, bytes);
        EXPECT_TRUE(got.data == value) << bytes;
    }
}

TEST_P(Values, AStoreReplacesTheWholeValue) {
    store("k", pattern(10'000, 1));
    EXPECT_THAT(store("k", "short"), Says(nvme::kSuccess));
    EXPECT_EQ(retrieve("k").data, "short");
    EXPECT_THAT(store("k", ""), Says(nvme::kSuccess));
    EXPECT_EQ(retrieve("k").dw0, 0u);
    EXPECT_THAT(exist("k"), Says(nvme::kSuccess)) << "an empty value exists";
}

TEST_P(Values, ASmallBufferGetsTheBeginningAndTheSizeOfTheWhole) {
    store("k", "0123456789");
    const Answer got = retrieve("k", 4);
    EXPECT_EQ(got.data, "0123");
    EXPECT_EQ(got.dw0, 10u);
}

TEST_P(Values, AnAbsentKeyIsToldByStatus) {
    EXPECT_THAT(exist("none"), Says(nvme::kKeyDoesNotExist));
    EXPECT_THAT(retrieve("none"), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Values, DeleteEndsAKey) {
    store("k", "v");
    EXPECT_THAT(erase("k"), Says(nvme::kSuccess));
    EXPECT_THAT(exist("k"), Says(nvme::kKeyDoesNotExist));
    EXPECT_THAT(retrieve("k"), Says(nvme::kKeyDoesNotExist));
    EXPECT_THAT(store("k", "again"), Says(nvme::kSuccess));
    EXPECT_EQ(retrieve("k").data, "again");
}

TEST_P(Values, DeleteOfAnAbsentKeyIsAnErrorOnlyInThe2023Dialect) {
    EXPECT_THAT(erase("none"), Says(status(nvme::kSuccess, nvme::kKeyDoesNotExist)));
}

TEST_P(Values, MustExistStoresOnlyWhereAKeyIs) {
    const nvme::StoreCondition must_exist{.must_exist = true};
    EXPECT_THAT(store("k", "1", must_exist), Says(nvme::kKeyDoesNotExist));
    EXPECT_THAT(exist("k"), Says(nvme::kKeyDoesNotExist)) << "nothing was stored";
    store("k", "1");
    EXPECT_THAT(store("k", "2", must_exist), Says(nvme::kSuccess));
    EXPECT_EQ(retrieve("k").data, "2");
}

TEST_P(Values, MustNotExistStoresOnlyWhereNoKeyIs) {
    const nvme::StoreCondition must_not_exist{.must_not_exist = true};
    EXPECT_THAT(store("k", "1", must_not_exist), Says(nvme::kSuccess));
    EXPECT_THAT(store("k", "2", must_not_exist), Says(nvme::kKeyExists));
    EXPECT_EQ(retrieve("k").data, "1") << "the old value is whole";
}

TEST_P(Values, OfManyCreatorsOneWins) {
    std::vector<Request> creators;
    for (int i = 0; i < 32; i++) {
        nvme::Store create = store_command(key("k"), 1);
        create.condition.must_not_exist = true;
        creators.push_back(drive().request(create, std::string(1, static_cast<char>('A' + i))));
    }
    std::string winner;
    const auto answers = drive().run_together(creators);
    for (size_t i = 0; i < answers.size(); i++) {
        if (answers[i].status == nvme::kSuccess) {
            winner += creators[i].data;
        } else {
            EXPECT_THAT(answers[i], Says(nvme::kKeyExists));
        }
    }
    EXPECT_EQ(winner.size(), 1u);
    EXPECT_EQ(retrieve("k").data, winner);
}

TEST_P(Values, KeysHaveOneToSixteenBytes) {
    for (size_t bytes = prefix().size() + 1; bytes <= Key::kMaxBytes; bytes++) {
        const Key one = key(std::string(bytes - prefix().size(), 'x'));
        EXPECT_THAT(store(one, "of " + std::to_string(bytes)), Says(nvme::kSuccess)) << bytes;
    }
    for (size_t bytes = prefix().size() + 1; bytes <= Key::kMaxBytes; bytes++) {
        const Key one = key(std::string(bytes - prefix().size(), 'x'));
        EXPECT_EQ(retrieve(one).data, "of " + std::to_string(bytes));
    }
}

TEST_P(Values, AKeyOfOneByteIsAKey) {
    // One that nobody uses: the drive may hold other keys.
    for (int byte = 0; byte < 256; byte++) {
        const Key one = *Key::from_text(std::string(1, static_cast<char>(byte)));
        if (exist(one).status == nvme::kSuccess) continue;
        ASSERT_THAT(store(one, "v"), Says(nvme::kSuccess));
        EXPECT_EQ(retrieve(one).data, "v");
        EXPECT_THAT(erase(one), Says(nvme::kSuccess));
        return;
    }
    FAIL() << "all 256 of them are in use";
}

TEST_P(Values, AnyByteMayBeInAKey) {
    for (const std::string_view name : {std::string_view("\0", 1), std::string_view("\xFF\xFE", 2),
                                        std::string_view("/../", 4), std::string_view("\n%s", 3)}) {
        EXPECT_THAT(store(key(name), name), Says(nvme::kSuccess));
        EXPECT_EQ(retrieve(key(name)).data, name);
    }
}

TEST_P(Values, KeysOfAnotherLengthAreOtherKeys) {
    store("k", "without");
    EXPECT_THAT(exist(key(std::string_view("k\0", 2))), Says(nvme::kKeyDoesNotExist));
    store(key(std::string_view("k\0", 2)), "with");
    EXPECT_EQ(retrieve("k").data, "without");
}

TEST_P(Values, BytesBehindTheKeyAreIgnored) {
    store("k", "v");
    Request exists = drive().request(nvme::Exist{key("k")});
    nvme::Sqe all_ones = exists.entry;
    for (const size_t byte : {8, 9, 10, 11, 12, 13, 14, 15, 56, 57, 58, 59, 60, 61, 62, 63}) {
        if (all_ones.bytes[byte] == 0) all_ones.bytes[byte] = 0xFF;
    }
    EXPECT_NE(all_ones.bytes, exists.entry.bytes);
    EXPECT_THAT(drive().run_entry(all_ones), Says(nvme::kSuccess));
}

TEST_P(Values, DoNotCompressIsAccepted) {
    nvme::Store command = store_command(key("k"), 1);
    command.no_compression = true;
    if (is_key_value() && !abilities().standard)
        command.no_compression = false;  // 81h has no such bit
    EXPECT_THAT(drive().run(command, "v"), Says(nvme::kSuccess));
}

TEST_P(Values, AReaderSeesOneVersion) {
    constexpr size_t kBytes = 100'000;
    store("k", std::string(kBytes, 'a'));
    std::vector<Request> mixed;
    for (int i = 0; i < 40; i++) {
        const std::string value(kBytes, static_cast<char>('a' + i % 26));
        mixed.push_back(drive().request(store_command(key("k"), kBytes), value));
        mixed.push_back(drive().request(retrieve_command(key("k"), kBytes), {}, kBytes));
    }
    const auto answers = drive().run_together(mixed);
    for (const Answer& answer : answers) {
        ASSERT_THAT(answer, Says(nvme::kSuccess));
        EXPECT_EQ(answer.data.find_first_not_of(answer.data.substr(0, 1)), std::string::npos);
    }
}

TEST_P(Values, AFlushFollowsWhatWasStored) {
    store("k", "v");
    EXPECT_THAT(drive().run(nvme::Flush{}), Says(nvme::kSuccess));
    EXPECT_TRUE(client().flush().ok());
}

// A size query without a buffer; over fabrics hosts describe instead.
class SizeQueries : public Contract {};
CONTRACT_OF(SizeQueries, [](const Abilities& a) { return a.zero_reads; });

TEST_P(SizeQueries, ARetrieveWithoutABufferTellsTheSize) {
    store("k", "12345");
    const Answer got = drive().run(retrieve_command(key("k"), 0));
    EXPECT_THAT(got, Says(nvme::kSuccess));
    EXPECT_EQ(got.dw0, 5u);
    EXPECT_THAT(drive().run(retrieve_command(key("none"), 0)), Says(nvme::kKeyDoesNotExist));
}

class RawBytes : public Contract {};
CONTRACT_OF(RawBytes, with_standard_commands);

TEST_P(RawBytes, AreWhatARetrieveGivesAnyway) {
    store("k", "v");
    nvme::Retrieve raw = retrieve_command(key("k"), 1);
    raw.raw = true;
    EXPECT_EQ(drive().run(raw, {}, 1).data, "v");
}

class Statuses : public Contract {};
CONTRACT_OF(Statuses, [](const Abilities& a) { return a.do_not_retry; });

TEST_P(Statuses, SayThatRepeatingAFailureIsNoUse) {
    EXPECT_EQ(exist("none").status, nvme::kKeyDoesNotExist);
    store("k", "v");
    EXPECT_EQ(store("k", "v", {.must_not_exist = true}).status, nvme::kKeyExists);
    EXPECT_EQ(exist(Key()).status, nvme::kInvalidKeySize);
}

}  // namespace csd::contract
