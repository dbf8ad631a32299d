// SPDX-License-Identifier: BSD-3-Clause
//
// What a host sees of the store when nothing goes wrong.
#include "device/store/store.hpp"

#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

static const Condition kMustExist{.must_exist = true};
static const Condition kMustNotExist{.must_not_exist = true};

TEST_F(StoreTest, AValueIsAFileNamedByItsKey) {
    open();
    EXPECT_EQ(put("B", "hello"), "ok");
    EXPECT_EQ(content(values() + "/42"), "hello");
    EXPECT_EQ(get("B"), "hello");
}

TEST_F(StoreTest, OnlyTheOwnerMayLookAtDirectoriesAndFiles) {
    open();
    ASSERT_EQ(put("B", "hello"), "ok");
    struct stat stat {};
    for (const std::string& path : {root(), root() + "/0", values(), engine()}) {
        ASSERT_EQ(::stat(path.c_str(), &stat), 0);
        EXPECT_EQ(stat.st_mode & 07777, 0700u) << path;
    }
    for (const std::string& path : {file("B"), engine() + "/lock"}) {
        ASSERT_EQ(::stat(path.c_str(), &stat), 0);
        EXPECT_EQ(stat.st_mode & 07777, 0600u) << path;
    }
}

TEST_F(StoreTest, ValuesOfAllSizesComeBackAsTheyWent) {
    open();
    for (const size_t size : {0ul, 1ul, 4095ul, 4096ul, 4097ul, 512 * 1024ul + 1, 3 * 1048576ul}) {
        std::string value(size, '\0');
        for (size_t i = 0; i < size; i++) value[i] = static_cast<char>(i * 31 + i / 4096);
        EXPECT_EQ(put("size", value), "ok");
        EXPECT_EQ(get("size"), value) << size;
    }
}

TEST_F(StoreTest, DataMayLieInMoreSlicesThanOneSystemCallTakes) {
    open();
    std::string value;
    for (int i = 0; i < 5000; i++) value += static_cast<char>(i * 7);
    std::vector<iovec> slices;
    for (char& byte : value) slices.push_back({&byte, 1});
    slices.push_back({nullptr, 0});
    const Result<uint64_t> put = store_->put(key_of("k"), slices, {}, {});
    ASSERT_TRUE(put.ok());
    EXPECT_EQ(put.value(), value.size());

    std::string back(5000, '?');
    slices.clear();
    for (char& byte : back) slices.push_back({&byte, 1});
    const Result<ReadResult> got = store_->read(key_of("k"), 0, slices, {});
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(back, value);
}

TEST_F(StoreTest, AReadAtAnOffsetTellsTheWholeSize) {
    open();
    ASSERT_EQ(put("k", "0123456789"), "ok");
    std::string buffer(4, '?');
    const iovec slice = slice_of(buffer);
    const Result<ReadResult> middle = store_->read(key_of("k"), 3, {&slice, 1}, {});
    ASSERT_TRUE(middle.ok());
    EXPECT_EQ(buffer, "3456");
    EXPECT_EQ(middle.value().bytes, 4u);
    EXPECT_EQ(middle.value().value_size, 10u);
    const Result<ReadResult> past = store_->read(key_of("k"), 10, {&slice, 1}, {});
    ASSERT_TRUE(past.ok());
    EXPECT_EQ(past.value().bytes, 0u);
    EXPECT_EQ(past.value().value_size, 10u);
}

TEST_F(StoreTest, TheConditionsOfAStoreAreJudged) {
    open();
    EXPECT_EQ(put("k", "one", kMustExist), "not found");
    EXPECT_EQ(put("k", "one", kMustNotExist), "ok");
    EXPECT_EQ(put("k", "two", kMustNotExist), "exists");
    EXPECT_EQ(get("k"), "one");
    EXPECT_EQ(put("k", "three", kMustExist), "ok");
    EXPECT_EQ(get("k"), "three");
}

TEST_F(StoreTest, TheEmptyKeyIsNeverStored) {
    open();
    EXPECT_EQ(put("", "x"), "invalid key size");
    EXPECT_EQ(append("", "x"), "invalid key size");
    EXPECT_EQ(say().stage(1, "", 0, "x"), "invalid key size");
    EXPECT_EQ(erase(""), "invalid key size");
    EXPECT_EQ(say().compose("", {}), "invalid key size");
    EXPECT_EQ(get(""), "<not found>");
    EXPECT_THAT(names(values()), IsEmpty());
}

TEST_F(StoreTest, ADeletedKeyIsGone) {
    open();
    ASSERT_EQ(put("k", "v"), "ok");
    EXPECT_EQ(erase("k"), "ok");
    EXPECT_EQ(erase("k"), "not found");
    EXPECT_EQ(get("k"), "<not found>");
    EXPECT_EQ(say().exists("k"), "not found");
    EXPECT_THAT(keys(), IsEmpty());
    EXPECT_THAT(names(values()), IsEmpty());
}

TEST_F(StoreTest, TheVersionChangesWheneverTheValueDoes) {
    open();
    ASSERT_EQ(put("k", "same"), "ok");
    const uint64_t first = say().version("k");
    EXPECT_EQ(say().version("k"), first);
    ASSERT_EQ(put("k", "same"), "ok");
    const uint64_t second = say().version("k");
    EXPECT_NE(second, first);
    ASSERT_EQ(append("k", "!"), "ok");
    EXPECT_NE(say().version("k"), second);
}

TEST_F(StoreTest, TheVersionOfAnUntouchedValueStaysWhileTheIndexLoads) {
    open();
    ASSERT_EQ(put("k", "v"), "ok");
    open();
    const uint64_t before = say().version("k");
    ASSERT_TRUE(store_->load_index({}).ok());
    EXPECT_EQ(say().version("k"), before);
}

TEST_F(StoreTest, KeysAreListedInTheOrderOfTheirBytes) {
    open();
    for (const char* key : {"b", "a", "ab", "\xff", "Z", "aa"}) ASSERT_EQ(put(key, key), "ok");
    EXPECT_THAT(keys(), ElementsAre("Z", "a", "aa", "ab", "b", "\xff"));
    uint64_t total = 0;
    EXPECT_THAT(say().keys("aa", 2, &total), ElementsAre("aa", "ab"));
    EXPECT_EQ(total, 4u);
    EXPECT_THAT(say().keys("ac", 1, &total), ElementsAre("b"));
    EXPECT_EQ(total, 2u);
}

TEST_F(StoreTest, AListingLongerThanAPageIsComplete) {
    open();
    std::vector<std::string> expected;
    for (int i = 0; i < 1500; i++) {
        expected.push_back("key" + std::to_string(10000 + i));
        ASSERT_EQ(put(expected.back(), ""), "ok");
    }
    EXPECT_EQ(keys(), expected);
    std::vector<std::string> tried;
    const auto visit = [&](const Key& key) {
        tried.push_back(text_of(key));
        return true;
    };
    const std::optional<Status> listed = store_->try_list(Key(), visit, nullptr);
    ASSERT_TRUE(listed.has_value());
    EXPECT_EQ(tried, expected);
}

TEST_F(StoreTest, EverythingIsThereAfterOpeningAgain) {
    open();
    ASSERT_EQ(put("a", "1"), "ok");
    ASSERT_EQ(put("b", "22"), "ok");
    ASSERT_EQ(append("b", "33"), "ok");
    ASSERT_EQ(put("c", "x"), "ok");
    ASSERT_EQ(erase("c"), "ok");
    open();
    EXPECT_EQ(get("a"), "1");
    EXPECT_EQ(get("b"), "2233");
    EXPECT_EQ(get("c"), "<not found>");
    EXPECT_THAT(keys(), ElementsAre("a", "b"));
    EXPECT_EQ(log(), "");
}

TEST_F(StoreTest, UsageCountsKeysAndValues) {
    options_.capacity_bytes = 1000;
    open();
    ASSERT_EQ(put("abc", std::string(100, 'x')), "ok");
    ASSERT_EQ(append("d", "12"), "ok");
    Usage usage = store_->usage();
    EXPECT_EQ(usage.capacity_bytes, 1000u);
    EXPECT_EQ(usage.used_bytes, 106u);
    EXPECT_EQ(usage.keys, 2u);
    ASSERT_EQ(append("d", "345"), "ok");
    ASSERT_EQ(erase("abc"), "ok");
    open();
    usage = store_->usage();
    EXPECT_EQ(usage.used_bytes, 6u);
    EXPECT_EQ(usage.keys, 1u);
}

TEST_F(StoreTest, TheCapacityIsNeverExceeded) {
    options_.capacity_bytes = 100;
    open();
    EXPECT_EQ(put("a", std::string(60, 'a')), "ok");
    EXPECT_EQ(put("b", std::string(39, 'b')), "no space");
    EXPECT_EQ(put("b", std::string(38, 'b')), "ok");
    EXPECT_EQ(append("b", "!"), "no space");
    EXPECT_EQ(get("b"), std::string(38, 'b'));
    EXPECT_EQ(put("a", std::string(60, 'c')), "ok") << "the new value takes the place of the old";
    EXPECT_EQ(put("a", std::string(61, 'd')), "no space");
    EXPECT_EQ(get("a"), std::string(60, 'c'));
    EXPECT_EQ(say().stage(1, "c", 0, "x"), "no space");
    EXPECT_EQ(erase("b"), "ok");
    EXPECT_EQ(say().stage(1, "c", 0, std::string(38, 'x')), "ok");
    EXPECT_EQ(put("d", "x"), "no space") << "hidden values count";
    store_->discard_staged(1);
    EXPECT_EQ(put("d", "x"), "ok");
    EXPECT_EQ(store_->usage().used_bytes, 63u);
}

TEST_F(StoreTest, WithoutACapacityTheHostsSpaceIsTheCapacity) {
    open();
    ASSERT_EQ(put("a", "12345"), "ok");
    const Usage usage = store_->usage();
    EXPECT_EQ(usage.used_bytes, 6u);
    EXPECT_GT(usage.capacity_bytes, usage.used_bytes);
}

TEST_F(StoreTest, SettingsSurviveARestart) {
    open();
    EXPECT_FALSE(store_->settings().delete_missing_is_error);
    ASSERT_TRUE(store_->change_settings({.delete_missing_is_error = true}).ok());
    open();
    EXPECT_TRUE(store_->settings().delete_missing_is_error);
    ASSERT_TRUE(store_->change_settings({.delete_missing_is_error = false}).ok());
    open();
    EXPECT_FALSE(store_->settings().delete_missing_is_error);
}

TEST_F(StoreTest, ACancelledCommandChangesNothing) {
    open();
    ASSERT_EQ(put("k", "old"), "ok");
    const std::atomic<uint32_t> flag = 1;
    const CancelToken cancel(&flag);
    const std::string value = "new";
    const iovec slice = slice_of(value);
    const std::vector<Key> sources{key_of("k"), key_of("k")};
    EXPECT_EQ(code_of(store_->put(key_of("k"), {&slice, 1}, {}, cancel)), "aborted");
    EXPECT_EQ(code_of(store_->append(key_of("k"), {&slice, 1}, {}, false, cancel)), "aborted");
    EXPECT_EQ(code_of(store_->stage(1, key_of("k"), 0, {&slice, 1}, cancel)), "aborted");
    EXPECT_EQ(code_of(store_->compose(key_of("k"), sources, {}, true, cancel)), "aborted");
    EXPECT_EQ(code_of(store_->flush(cancel)), "aborted");
    EXPECT_EQ(get("k"), "old");
}

TEST_F(StoreTest, TheFormsThatMustNotWaitAnswerFromMemory) {
    open();
    ASSERT_EQ(put("k", "value"), "ok");
    ASSERT_EQ(get("k"), "value") << "makes the descriptor hot";
    ASSERT_TRUE(store_->load_index({}).ok());
    std::string buffer(8, '?');
    const iovec slice = slice_of(buffer);
    const auto read = store_->try_read(key_of("k"), 1, {&slice, 1});
    ASSERT_TRUE(read.has_value() && read->ok());
    EXPECT_EQ(read->value().bytes, 4u);
    EXPECT_EQ(buffer, "alue????");
    ASSERT_TRUE(store_->try_info(key_of("k")).has_value());
    EXPECT_EQ(store_->try_info(key_of("k"))->value().size, 5u);
    EXPECT_EQ(code_of(*store_->try_exists(key_of("k"))), "ok");
    EXPECT_EQ(code_of(*store_->try_exists(key_of("l"))), "not found");
    EXPECT_EQ(code_of(*store_->try_read(key_of("l"), 0, {&slice, 1})), "not found");
}

TEST_F(StoreTest, BeforeTheIndexIsCompleteTheFormsThatMustNotWaitSayNothing) {
    open();
    ASSERT_EQ(put("k", "value"), "ok");
    open();
    EXPECT_FALSE(store_->try_info(key_of("k")).has_value());
    EXPECT_FALSE(store_->try_exists(key_of("k")).has_value());
    EXPECT_FALSE(store_->try_read(key_of("k"), 0, {}).has_value());
    EXPECT_FALSE(store_
                     ->try_list(
                         Key(), [](const Key&) { return true; }, nullptr)
                     .has_value());
    EXPECT_EQ(get("k"), "value") << "but single keys are served from the file names";
    EXPECT_EQ(say().exists("k"), "ok");
}

}  // namespace csd::store
