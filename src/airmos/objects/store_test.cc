// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>

#include "airmos/objects/test_store.hpp"

namespace csd::airmos::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class StoreTest : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ("", store.make_bucket("b")); }
    static std::string bytes(size_t count) {
        std::string text(count, 'x');
        for (size_t i = 0; i < count; i += 997) text[i] = static_cast<char>(i);
        return text;
    }
    TestStore store;
};

TEST_F(StoreTest, WhatIsPutIsThere) {
    EXPECT_EQ("", store.put("b", "a/b", "hello"));
    EXPECT_EQ("hello", store.get("b", "a/b"));
    const auto info = store.run(store.objects().head("b", "a/b"));
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(5u, info.value().size);
    EXPECT_EQ("a/b", info.value().name);
    EXPECT_EQ(TestStore::etag_of("hello"), info.value().meta.etag);
    EXPECT_EQ("text/plain", info.value().meta.headers.at(0).second);
    EXPECT_GT(info.value().modified, 0u);
    EXPECT_THAT(store.names("b"), ElementsAre("a/b"));
}

TEST_F(StoreTest, EverySizeComesBackAsItWas) {
    for (const size_t size : {0ul, 1ul, 65'535ul, 65'536ul, 65'537ul, kMiB - 1, kMiB, kMiB + 1,
                              2 * kMiB, 5 * kMiB + 12'345}) {
        const std::string data = bytes(size);
        ASSERT_EQ("", store.put("b", "n", data)) << size;
        ASSERT_TRUE(store.get("b", "n") == data) << size;
    }
    store.reopen();
    EXPECT_TRUE(store.get("b", "n") == bytes(5 * kMiB + 12'345));
    store.close();
    EXPECT_EQ(1u, store.count(RecordType::kData)) << "old data is freed";
}

TEST_F(StoreTest, AReadMayBeginAnywhere) {
    const std::string data = bytes(3 * kMiB);
    ASSERT_EQ("", store.put("b", "n", data));
    auto reader = store.run(store.objects().read("b", "n"));
    ASSERT_TRUE(reader.ok());
    std::vector<uint8_t> buffer(1000);
    for (const uint64_t at : {uint64_t{0}, kMiB - 500, 3 * kMiB - 10, 3 * kMiB, 9 * kMiB}) {
        const auto got = store.run(reader.value()->read(at, buffer));
        ASSERT_TRUE(got.ok());
        const std::string expected = at < data.size() ? data.substr(at, buffer.size()) : "";
        EXPECT_EQ(expected, as_text(Bytes(buffer).first(got.value()))) << at;
    }
    reader.value().reset();
}

TEST_F(StoreTest, WhatIsRemovedIsGone) {
    EXPECT_EQ("", store.put("b", "n", "x"));
    const auto first = store.run(store.objects().remove("b", "n", {}));
    const auto second = store.run(store.objects().remove("b", "n", {}));
    EXPECT_TRUE(first.value());
    EXPECT_FALSE(second.value()) << "and that is no error";
    EXPECT_EQ("error: NoSuchKey", store.get("b", "n"));
    EXPECT_EQ("NoSuchKey", TestStore::code(store.run(store.objects().head("b", "n"))));
    EXPECT_THAT(store.names("b"), IsEmpty());
    store.close();
    EXPECT_EQ(0u, store.count(RecordType::kData));
    EXPECT_EQ(0u, store.count(RecordType::kManifest));
}

TEST_F(StoreTest, ConditionsAreJudgedWhereTheChangeHappens) {
    const Condition absent{.if_match = {}, .if_none_match = {"*"}};
    EXPECT_EQ("NoSuchKey", store.put("b", "n", "x", {.if_match = {"*"}, .if_none_match = {}}));
    EXPECT_EQ("", store.put("b", "n", "one", absent));
    EXPECT_EQ("PreconditionFailed", store.put("b", "n", "two", absent));
    const Condition one{.if_match = {TestStore::etag_of("one")}, .if_none_match = {}};
    EXPECT_EQ("", store.put("b", "n", "two", one));
    EXPECT_EQ("PreconditionFailed", store.put("b", "n", "three", one));
    EXPECT_EQ("PreconditionFailed",
              TestStore::code(store.run(store.objects().remove("b", "n", one))));
    EXPECT_EQ(
        "PreconditionFailed",
        store.put("b", "n", "x", {.if_match = {}, .if_none_match = {TestStore::etag_of("two")}}));
    EXPECT_EQ("two", store.get("b", "n"));
    store.close();
    EXPECT_EQ(1u, store.count(RecordType::kData)) << "what was refused is freed";
}

TEST_F(StoreTest, AReaderKeepsItsVersion) {
    const std::string old_data = bytes(3 * kMiB);
    ASSERT_EQ("", store.put("b", "n", old_data));
    auto reader = store.run(store.objects().read("b", "n"));
    ASSERT_EQ("", store.put("b", "n", "new"));
    EXPECT_EQ("new", store.get("b", "n"));
    ASSERT_EQ("", store.remove("b", "n"));
    EXPECT_TRUE(store.run(TestStore::reading(std::move(reader).value())) == old_data);
    store.close();
    EXPECT_EQ(0u, store.count(RecordType::kData)) << "and then it is freed";
}

TEST_F(StoreTest, AWriterThatIsDroppedLeavesNothing) {
    for (const size_t size : {10ul, kMiB + 1, 3 * kMiB + 1}) {
        auto writer = store.run(store.objects().create("b", "n", std::nullopt));
        const std::string data = bytes(size);
        EXPECT_TRUE(store.run(writer.value()->write(as_bytes(data))).ok());
    }
    EXPECT_THAT(store.names("b"), IsEmpty());
    store.close();
    EXPECT_EQ(0u, store.count(RecordType::kData));
}

TEST_F(StoreTest, ADriveTakesOnlySoManyLargeUploadsAtOnce) {
    const std::string data = bytes(kMiB + 1);
    std::vector<std::unique_ptr<Writer>> writers;
    std::string code;
    while (code.empty() && writers.size() < 300) {
        writers.push_back(
            std::move(store.run(store.objects().create("b", "n", std::nullopt))).value());
        code = TestStore::code(store.run(writers.back()->write(as_bytes(data))));
    }
    EXPECT_EQ("SlowDown", code);
    EXPECT_EQ("", store.put("b", "small", "still goes"));
    writers.clear();
    EXPECT_EQ("", store.put("b", "n", data));
    store.close();
    EXPECT_EQ(2u, store.count(RecordType::kData));
}

TEST_F(StoreTest, TagsChangeAlone) {
    ASSERT_EQ("", store.put("b", "n", "data"));
    EXPECT_TRUE(store.run(store.objects().set_tags("b", "n", {{"k", "v"}})).ok());
    const auto info = store.run(store.objects().head("b", "n"));
    ASSERT_TRUE(info.ok());
    EXPECT_EQ((Pairs{{"k", "v"}}), info.value().meta.tags);
    EXPECT_EQ("data", store.get("b", "n"));
    EXPECT_EQ("NoSuchKey", TestStore::code(store.run(store.objects().set_tags("b", "no", {}))));
}

TEST_F(StoreTest, NamesAreBytesInOrder) {
    const std::vector<std::string> all = {
        std::string("\x01", 1), " ", "A", "Z", "a", "a/", "a/b", "aa", "\xC3\xA4",
        "\xF0\x9F\x98\x80"};
    for (auto at = all.rbegin(); at != all.rend(); ++at) ASSERT_EQ("", store.put("b", *at, *at));
    EXPECT_EQ(all, store.names("b"));
    store.reopen();
    EXPECT_EQ(all, store.names("b"));
    for (const auto& name : all) EXPECT_EQ(name, store.get("b", name));
    EXPECT_EQ("", store.put("b", std::string(1024, 'n'), "longest"));
    EXPECT_EQ("KeyTooLongError", store.put("b", std::string(1025, 'n'), "too long"));
}

TEST_F(StoreTest, NodeRecordsAreKept) {
    EXPECT_FALSE(store.run(store.objects().node_record("keys")).value().has_value());
    EXPECT_TRUE(store.run(store.objects().set_node_record("keys", "secret")).ok());
    store.reopen();
    EXPECT_EQ("secret", store.run(store.objects().node_record("keys")).value());
}

TEST_F(StoreTest, FiguresOfTheDriveAreCounted) {
    ASSERT_EQ("", store.put("b", "n", bytes(2 * kMiB)));
    store.get("b", "n");
    const auto drives = store.objects().drives();
    ASSERT_EQ(1u, drives.size());
    EXPECT_TRUE(drives[0].reachable);
    EXPECT_GT(drives[0].commands, 4u);
    EXPECT_EQ(0u, drives[0].errors);
    EXPECT_GE(drives[0].bytes_in, 2 * kMiB);
    EXPECT_GE(drives[0].bytes_out, 2 * kMiB);
    EXPECT_EQ(latency_bounds().size() + 1, drives[0].latency_buckets.size());
    EXPECT_TRUE(store.objects().ready());
}

TEST_F(StoreTest, ManyWritersOfOneNameLeaveOneOfThem) {
    std::vector<std::future<Outcome<ObjectInfo>>> writing;
    for (int i = 0; i < 100; i++) {
        writing.push_back(store.runner.start(
            TestStore::putting(store.objects(), "b", "n", "data of " + std::to_string(i), {})));
    }
    for (auto& one : writing) EXPECT_EQ("", TestStore::code(one.get()));
    EXPECT_THAT(store.get("b", "n"), HasSubstr("data of "));
    store.close();
    EXPECT_EQ(1u, store.count(RecordType::kManifest));
    EXPECT_EQ(1u, store.count(RecordType::kData));
}

TEST_F(StoreTest, OfManyWritersThatWantTheNameFreeOneWins) {
    std::vector<std::future<Outcome<ObjectInfo>>> writing;
    for (int i = 0; i < 50; i++) {
        writing.push_back(
            store.runner.start(TestStore::putting(store.objects(), "b", "n", std::to_string(i),
                                                  {.if_match = {}, .if_none_match = {"*"}})));
    }
    int won = 0;
    for (auto& one : writing) {
        const std::string code = TestStore::code(one.get());
        won += code.empty();
        EXPECT_TRUE(code.empty() || code == "PreconditionFailed") << code;
    }
    EXPECT_EQ(1, won);
}

TEST_F(StoreTest, ReadersBesideOverwritesSeeWholeVersions) {
    ASSERT_EQ("", store.put("b", "n", bytes(70'000)));
    for (int round = 0; round < 10; round++) {
        std::vector<std::future<Outcome<ObjectInfo>>> writing;
        std::vector<std::future<std::string>> reading;
        for (int i = 0; i < 8; i++) {
            writing.push_back(store.runner.start(TestStore::putting(
                store.objects(), "b", "n", bytes(60'000 + static_cast<size_t>(i) * 3000), {})));
            reading.push_back(store.runner.start(TestStore::getting(store.objects(), "b", "n")));
        }
        for (auto& one : writing) EXPECT_EQ("", TestStore::code(one.get()));
        for (auto& one : reading) EXPECT_THAT(one.get().substr(0, 60), Not(StartsWith("error")));
    }
    store.close();
    EXPECT_EQ(1u, store.count(RecordType::kData));
}

}  // namespace
}  // namespace csd::airmos::objects
