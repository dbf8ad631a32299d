// SPDX-License-Identifier: BSD-3-Clause
//
// 81h, 82h and 8Dh: append, offset, more, describe, compose.
#include <algorithm>
#include <set>

#include "contract/contract.hpp"

namespace csd::contract {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What both dialects have: appends, and retrieves from an offset.
class Appending : public Contract {
  protected:
    Answer append(std::string_view name, std::string_view data,
                  nvme::StoreCondition condition = {}) {
        nvme::Store command = store_command(key(name), data.size());
        command.extended = true;
        command.append = true;
        command.condition = condition;
        return drive().run(command, data);
    }
};
CONTRACT_OF(Appending, with_large_values);

TEST_P(Appending, JoinsTheEndAndTellsTheNewSize) {
    store("k", "01234");
    const Answer appended = append("k", "567");
    EXPECT_THAT(appended, Says(nvme::kSuccess));
    EXPECT_EQ(appended.dw0, 8u);
    EXPECT_EQ(retrieve("k").data, "01234567");
    EXPECT_EQ(append("k", "").dw0, 8u) << "of nothing";
}

TEST_P(Appending, CreatesAnAbsentKey) {
    EXPECT_EQ(append("k", "first").dw0, 5u);
    EXPECT_EQ(retrieve("k").data, "first");
}

TEST_P(Appending, CreatesNothingWhereTheKeyMustExist) {
    EXPECT_THAT(append("k", "v", {.must_exist = true}), Says(nvme::kKeyDoesNotExist));
    EXPECT_THAT(exist("k"), Says(nvme::kKeyDoesNotExist));
    store("k", "a");
    EXPECT_EQ(append("k", "b", {.must_exist = true}).dw0, 2u);
}

TEST_P(Appending, OnlyCreatesWhereTheKeyMustNotExist) {
    EXPECT_EQ(append("k", "a", {.must_not_exist = true}).dw0, 1u);
    EXPECT_THAT(append("k", "b", {.must_not_exist = true}), Says(nvme::kKeyExists));
    EXPECT_EQ(retrieve("k").data, "a");
}

TEST_P(Appending, ManyAtOnceLoseNothing) {
    std::vector<Request> appends;
    for (int i = 0; i < 200; i++) {
        nvme::Store command = store_command(key("k"), 4);
        command.extended = true;
        command.append = true;
        appends.push_back(drive().request(command, std::to_string(1000 + i)));
    }
    for (const Answer& answer : drive().run_together(appends)) {
        EXPECT_THAT(answer, Says(nvme::kSuccess));
    }
    const std::string whole = retrieve("k").data;
    ASSERT_EQ(whole.size(), 800u);
    std::set<std::string> pieces;
    for (size_t at = 0; at < whole.size(); at += 4) pieces.insert(whole.substr(at, 4));
    EXPECT_EQ(pieces.size(), 200u);
    EXPECT_EQ(*pieces.begin(), "1000");
    EXPECT_EQ(*pieces.rbegin(), "1199");
}

TEST_P(Appending, ARetrieveMayStartAnywhere) {
    store("k", "0123456789");
    EXPECT_EQ(retrieve("k", 4, 3).data, "3456");
    EXPECT_EQ(retrieve("k", 100, 9).data, "9");
    for (const uint64_t past : {10, 11, 1'000'000}) {
        const Answer got = retrieve("k", 4, past);
        EXPECT_THAT(got, Says(nvme::kSuccess)) << past;
        EXPECT_EQ(got.dw0, 10u) << "the true size";
    }
    EXPECT_THAT(retrieve("none", 4, 3), Says(nvme::kKeyDoesNotExist));
}

// What only Key Value namespaces have.
class Extended : public Contract {
  protected:
    struct At {
        uint64_t offset = 0;
        bool append = false;
        bool guarded = false;
        bool more = false;
        nvme::StoreCondition condition = {};
    };
    Answer send(std::string_view name, std::string_view data, const At& at) {
        nvme::Store command = store_command(key(name), data.size());
        command.extended = true;
        command.offset = at.offset;
        command.append = at.append;
        command.at_offset = at.guarded;
        command.more = at.more;
        command.condition = at.condition;
        return drive().run(command, data);
    }
    Answer piece(std::string_view data, uint64_t offset) {
        return send("k", data, {.offset = offset, .more = true});
    }
    Answer last(std::string_view data, uint64_t offset, nvme::StoreCondition condition = {}) {
        return send("k", data, {.offset = offset, .condition = condition});
    }
    nvme::ValueDescription describe(std::string_view name) {
        nvme::Retrieve command;
        command.key = key(name);
        command.bytes = nvme::kDescribeBytes;
        command.extended = true;
        command.describe = true;
        const Answer answer = drive().run(command, {}, nvme::kDescribeBytes);
        EXPECT_THAT(answer, Says(nvme::kSuccess));
        EXPECT_EQ(answer.data.substr(16), std::string(48, '\0')) << "the rest is zero";
        return nvme::read_value_description(as_bytes(answer.data));
    }
    Answer compose_list(std::string_view name, const std::string& list,
                        const nvme::Compose& options = {}) {
        nvme::Compose command = options;
        command.key = key(name);
        command.bytes = static_cast<uint32_t>(list.size());
        return drive().run(command, list);
    }
    Answer compose(std::string_view name, const std::vector<std::string>& sources,
                   const nvme::Compose& options = {}) {
        std::vector<Key> keys;
        for (const std::string& source : sources) keys.push_back(key(source));
        const auto list = nvme::build_key_list(keys, nvme::Dialect::kKeyValue);
        return compose_list(name, std::string(as_text(list)), options);
    }
};
CONTRACT_OF(Extended, with_extensions);

TEST_P(Extended, StoreIsAStore) {
    EXPECT_EQ(send("k", "value", {}).dw0, 5u);
    EXPECT_EQ(retrieve("k").data, "value");
    EXPECT_THAT(send("k", "v", {.condition = {.must_not_exist = true}}), Says(nvme::kKeyExists));
    EXPECT_THAT(send("l", "v", {.condition = {.must_exist = true}}), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Extended, AGuardedAppendHappensOnce) {
    store("k", "0123");
    const At at_four{.offset = 4, .append = true, .guarded = true};
    EXPECT_EQ(send("k", "45", at_four).dw0, 6u);
    EXPECT_THAT(send("k", "45", at_four), Says(nvme::kOffsetMismatch)) << "sent again";
    EXPECT_EQ(retrieve("k").data, "012345");
    EXPECT_THAT(send("none", "v", {.offset = 1, .append = true, .guarded = true}),
                Says(nvme::kOffsetMismatch));
    EXPECT_EQ(send("new", "v", {.append = true, .guarded = true}).dw0, 1u)
        << "an absent value has size 0";
}

TEST_P(Extended, PiecesBecomeTheValueWithTheLastOne) {
    store("k", "old");
    EXPECT_EQ(piece("abc", 0).dw0, 3u) << "the size of what is hidden";
    EXPECT_EQ(piece("def", 3).dw0, 6u);
    EXPECT_EQ(retrieve("k").data, "old");
    EXPECT_EQ(last("gh", 6).dw0, 8u);
    EXPECT_EQ(retrieve("k").data, "abcdefgh");
}

TEST_P(Extended, TheLastPieceMayBeEmpty) {
    piece("abc", 0);
    EXPECT_EQ(last("", 3).dw0, 3u);
    EXPECT_EQ(retrieve("k").data, "abc");
}

TEST_P(Extended, WhatIsHiddenIsNeitherListedNorFound) {
    piece("abc", 0);
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_THAT(exist("k"), Says(nvme::kKeyDoesNotExist));
    EXPECT_THAT(retrieve("k"), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Extended, APieceAtTheWrongOffsetIsRefusedAndChangesNothing) {
    EXPECT_THAT(piece("abc", 3), Says(nvme::kOffsetMismatch)) << "nothing is hidden yet";
    piece("abc", 0);
    EXPECT_THAT(piece("def", 2), Says(nvme::kOffsetMismatch));
    EXPECT_THAT(piece("def", 4), Says(nvme::kOffsetMismatch));
    EXPECT_THAT(last("def", 4), Says(nvme::kOffsetMismatch));
    EXPECT_EQ(last("def", 3).dw0, 6u);
    EXPECT_EQ(retrieve("k").data, "abcdef");
}

TEST_P(Extended, OffsetZeroStartsAfresh) {
    piece("to be dropped", 0);
    piece("ab", 0);
    EXPECT_EQ(last("c", 2).dw0, 3u);
    EXPECT_EQ(retrieve("k").data, "abc");
}

TEST_P(Extended, APlainStoreDiscardsWhatWasHidden) {
    piece("abc", 0);
    EXPECT_THAT(store("k", "plain"), Says(nvme::kSuccess));
    EXPECT_THAT(last("def", 3), Says(nvme::kOffsetMismatch));
    EXPECT_EQ(retrieve("k").data, "plain");
}

TEST_P(Extended, AnAppendLeavesWhatIsHidden) {
    piece("abc", 0);
    send("k", "x", {.append = true});
    send("k", "y", {.append = true, .condition = {.must_not_exist = true}});
    EXPECT_EQ(last("d", 3).dw0, 4u);
    EXPECT_EQ(retrieve("k").data, "abcd");
}

TEST_P(Extended, ConditionsAreJudgedWithTheLastPiece) {
    EXPECT_THAT(send("k", "abc", {.more = true, .condition = {.must_exist = true}}),
                Says(nvme::kSuccess));
    EXPECT_THAT(last("d", 3, {.must_exist = true}), Says(nvme::kKeyDoesNotExist));
    store("k", "old");
    piece("abc", 0);
    EXPECT_THAT(last("d", 3, {.must_not_exist = true}), Says(nvme::kKeyExists));
    EXPECT_EQ(retrieve("k").data, "old");
    piece("abc", 0);
    EXPECT_THAT(last("d", 3, {.must_exist = true}), Says(nvme::kSuccess));
    EXPECT_EQ(retrieve("k").data, "abcd");
}

TEST_P(Extended, TheLargestValueIsAnnouncedAndKept) {
    const uint64_t most = abilities().extensions->max_value_bytes;
    EXPECT_THAT(send("k", "x", {.offset = most, .append = true, .guarded = true}),
                Says(nvme::kInvalidValueSize));
}

TEST_P(Extended, DescribeTellsSizeAndVersion) {
    store("k", "12345");
    const auto first = describe("k");
    EXPECT_EQ(first.size, 5u);
    EXPECT_EQ(describe("k").version, first.version) << "nothing changed";
    store("k", "54321");
    const auto second = describe("k");
    EXPECT_NE(second.version, first.version);
    send("k", "6", {.append = true});
    const auto third = describe("k");
    EXPECT_EQ(third.size, 6u);
    EXPECT_NE(third.version, second.version);
    erase("k");
    store("k", "12345");
    EXPECT_NE(describe("k").version, first.version) << "a key that came back is another value";
}

TEST_P(Extended, DescribeOfAnAbsentKeyIsNotFound) {
    nvme::Retrieve command;
    command.key = key("none");
    command.bytes = nvme::kDescribeBytes;
    command.extended = true;
    command.describe = true;
    EXPECT_THAT(drive().run(command, {}, nvme::kDescribeBytes), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Extended, DescribeWithASmallBufferGivesItsBeginning) {
    store("k", "12345");
    nvme::Retrieve command;
    command.key = key("k");
    command.bytes = 8;
    command.extended = true;
    command.describe = true;
    const Answer answer = drive().run(command, {}, 8);
    EXPECT_EQ(answer.data, std::string("\5\0\0\0\0\0\0\0", 8));
}

TEST_P(Extended, DescribeWithoutAKeyIsTheIdentifyPage) {
    nvme::Retrieve command;
    command.bytes = nvme::kPageBytes;
    command.extended = true;
    command.describe = true;
    const Answer answer = drive().run(command, {}, nvme::kPageBytes);
    ASSERT_THAT(answer, Says(nvme::kSuccess));
    EXPECT_EQ(answer.dw0, nvme::kPageBytes);
    const auto page = nvme::read_key_value_namespace(as_bytes(answer.data));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->extensions, abilities().extensions);
    EXPECT_EQ(page->max_key_bytes, 16);
}

TEST_P(Extended, ComposeJoinsTheSourcesInTheirOrder) {
    store("a", "one ");
    store("b", "two ");
    const Answer composed = compose("k", {"a", "b", "a"});
    EXPECT_THAT(composed, Says(nvme::kSuccess));
    EXPECT_EQ(composed.dw0, 12u);
    EXPECT_EQ(retrieve("k").data, "one two one ");
    EXPECT_EQ(retrieve("a").data, "one ") << "the sources stay";
}

TEST_P(Extended, ComposeMayReadTheValueItMakes) {
    store("k", "ab");
    EXPECT_EQ(compose("k", {"k", "k"}).dw0, 4u);
    EXPECT_EQ(retrieve("k").data, "abab");
}

TEST_P(Extended, ComposeDeletesTheSourcesWhenAsked) {
    store("a", "1");
    store("b", "2");
    store("k", "0");
    EXPECT_THAT(compose("k", {"k", "a", "b"}, {.delete_sources = true}), Says(nvme::kSuccess));
    EXPECT_EQ(retrieve("k").data, "012");
    EXPECT_THAT(names(), ElementsAre("k")) << "the value itself stays";
}

TEST_P(Extended, ComposeNeedsEverySource) {
    store("a", "1");
    store("k", "old");
    EXPECT_THAT(compose("k", {"a", "none"}, {.delete_sources = true}),
                Says(nvme::kKeyDoesNotExist));
    EXPECT_EQ(retrieve("k").data, "old");
    EXPECT_EQ(retrieve("a").data, "1");
}

TEST_P(Extended, ComposeKnowsTheConditionsOfAStore) {
    store("a", "1");
    EXPECT_THAT(compose("k", {"a"}, {.condition = {.must_exist = true}}),
                Says(nvme::kKeyDoesNotExist));
    EXPECT_THAT(compose("k", {"a"}, {.condition = {.must_not_exist = true}}), Says(nvme::kSuccess));
    EXPECT_THAT(compose("k", {"a"}, {.condition = {.must_not_exist = true}}),
                Says(nvme::kKeyExists));
}

TEST_P(Extended, ComposeOfNothingIsAnEmptyValue) {
    EXPECT_EQ(compose("k", {}).status, nvme::kSuccess);
    EXPECT_EQ(retrieve("k").dw0, 0u);
    EXPECT_THAT(exist("k"), Says(nvme::kSuccess));
}

TEST_P(Extended, ComposeTrustsNoLengthInItsList) {
    using namespace std::string_literals;
    store("a", "1");
    const std::string lists[] = {
        "\1\0\0\0"s,                           // a count, and no entry
        "\xFF\xFF\xFF\xFF\1\0a\0"s,            // a count beyond all bounds
        "\1\0\0\0\5\0a\0"s,                    // a key that ends behind the data
        "\1\0\0\0\0\0\0\0"s,                   // a key of no bytes
        "\1\0\0\0\x11\0aaaaaaaaaaaaaaaaa\0"s,  // and one of 17
        "\2\0\0\0\1\0a\0"s,                    // one entry for two
    };
    for (const std::string& list : lists) {
        EXPECT_THAT(compose_list("k", list), Says(nvme::kInvalidField)) << list.size();
    }
    EXPECT_THAT(compose_list("k", "\0\0"s), IsRefusedWith(nvme::kInvalidField))
        << "not even a count";
    EXPECT_THAT(exist("k"), Says(nvme::kKeyDoesNotExist));
}

TEST_P(Extended, ComposeMakesLargeValuesInsideTheDrive) {
    const size_t bytes = std::min<size_t>(1 * kMiB, abilities().max_transfer_bytes);
    const std::string part = pattern(bytes, 5);
    store("a", part);
    EXPECT_EQ(compose("k", {"a", "a", "a"}).dw0, 3 * bytes);
    EXPECT_TRUE(retrieve("k", bytes, 2 * bytes - 5).data ==
                part.substr(part.size() - 5) + part.substr(0, part.size() - 5));
}

}  // namespace csd::contract
