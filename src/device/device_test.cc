// SPDX-License-Identifier: BSD-3-Clause
//
// The commands on values, both dialects, as a host sends them. Selects are in select_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "device/device.hpp"
#include "device/store/file_system.hpp"
#include "device/test_drive.hpp"

namespace csd::device {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

static std::string file_content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

static std::vector<uint8_t> describe(TestDrive& drive, uint32_t page, uint32_t argument = 0) {
    std::vector<uint8_t> data(nvme::kPageBytes, 0xAA);
    EXPECT_EQ(csd_describe(drive.device(), page, argument, data.data()), 0);
    return data;
}

TEST(Device, AStoredValueIsAFileNamedByItsKey) {
    TestDrive drive;
    EXPECT_EQ(drive.store("B", "value").status, 0);
    EXPECT_EQ(file_content(drive.root() + "/0/1/42"), "value");
    const Answer answer = drive.retrieve("B");
    EXPECT_EQ(answer.data, "value");
    EXPECT_EQ(answer.dw0, 5u);
}

TEST(Device, RetrieveReturnsTheFullSizeWhateverTheRoom) {
    TestDrive drive;
    drive.store("k", "0123456789");
    const Answer part = drive.retrieve("k", 4);
    EXPECT_EQ(part.data, "0123");
    EXPECT_EQ(part.dw0, 10u);
    const Answer none = drive.retrieve("k", 0);
    EXPECT_EQ(none.status, 0);
    EXPECT_EQ(none.dw0, 10u);
    const Answer tail = drive.retrieve("k", 100, 8);
    EXPECT_EQ(tail.data, "89");
    EXPECT_EQ(tail.dw0, 10u);
    const Answer past = drive.retrieve("k", 100, 10);
    EXPECT_EQ(past.status, 0);
    EXPECT_EQ(past.data, "");
    EXPECT_EQ(past.dw0, 10u);
    EXPECT_EQ(drive.retrieve("none").status, nvme::kKeyDoesNotExist);
}

TEST(Device, ADescriptionEndsWhereTheCommandSaysThoughThereIsMoreRoom) {
    TestDrive drive;
    drive.store("k", "0123456789");
    nvme::Retrieve command;
    command.key = TestDrive::key("k");
    command.bytes = 8;
    command.extended = true;
    command.describe = true;
    EXPECT_EQ(drive.run(command, {}, 64).data, std::string("\x0A\0\0\0\0\0\0\0", 8));
}

// The janitor's look at the directory lasts until it is let go.
class HeldIndex : public store::RealFileSystem {
  public:
    ssize_t read_directory(int fd, std::span<char> buffer) override {
        if (std::this_thread::get_id() != opener_) released_.wait(false);
        return RealFileSystem::read_directory(fd, buffer);
    }
    void release() {
        released_ = true;
        released_.notify_all();
    }

  private:
    const std::thread::id opener_ = std::this_thread::get_id();
    std::atomic<bool> released_{false};
};

TEST(Device, PagesThatAreReadyWithoutTheIndexDoNotWaitForIt) {
    TestDrive drive;
    drive.store("k", "value");
    drive.close();
    HeldIndex files;
    DeviceOptions options;
    options.store.root = drive.root();
    options.store.file_system = &files;
    const auto device = Device::open(options);
    ASSERT_TRUE(device.ok()) << device.status().message();
    std::atomic<int> described{0};
    std::thread host([&] {
        for (const uint32_t page : {CSD_PAGE_IDENTIFY_KV_CONTROLLER, CSD_PAGE_IDENTIFY_INDEPENDENT,
                                    CSD_PAGE_IDENTIFY_KV_FORMAT, CSD_PAGE_LOG_EFFECTS}) {
            std::vector<uint8_t> data(nvme::kPageBytes);
            if (device.value()->describe_ready(page)) device.value()->describe(page, 0, data);
            described++;
        }
    });
    for (int i = 0; i < 10'000 && described < 4; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(described, 4) << "of the pages, this many were there before the index";
    EXPECT_FALSE(device.value()->describe_ready(CSD_PAGE_IDENTIFY_KV_NAMESPACE));
    files.release();
    host.join();
}

TEST(Device, StoreConditionsAreJudged) {
    TestDrive drive;
    nvme::Store must_exist = drive.a_store("k", "1");
    must_exist.condition.must_exist = true;
    EXPECT_EQ(drive.run(must_exist, "1").status, nvme::kKeyDoesNotExist);
    nvme::Store must_not_exist = drive.a_store("k", "2");
    must_not_exist.condition.must_not_exist = true;
    EXPECT_EQ(drive.run(must_not_exist, "2").status, 0);
    EXPECT_EQ(drive.run(must_not_exist, "2").status, nvme::kKeyExists);
    EXPECT_EQ(drive.run(must_exist, "1").status, 0);
    EXPECT_EQ(drive.retrieve("k").data, "1");
}

TEST(Device, DeleteOfAMissingKeyFollowsEdnekWhichOutlivesARestart) {
    TestDrive drive;
    EXPECT_EQ(drive.erase("k").status, 0);
    EXPECT_EQ(csd_set_feature(drive.device(), 0x20, 1), 0);
    EXPECT_EQ(drive.erase("k").status, nvme::kKeyDoesNotExist);
    drive.reopen();
    uint32_t dw0 = 0;
    EXPECT_EQ(csd_get_feature(drive.device(), 0x20, &dw0), 0);
    EXPECT_EQ(dw0, 1u);
    EXPECT_EQ(drive.erase("k").status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(csd_set_feature(drive.device(), 0x20, 2), nvme::kInvalidField);
    EXPECT_EQ(csd_get_feature(drive.device(), 0x21, &dw0), nvme::kInvalidField);
}

TEST(Device, ListIsInKeyOrderAndStartsAtTheKey) {
    TestDrive drive;
    for (const char* name : {"b", "a", "ab", "c"}) drive.store(name, "");
    EXPECT_THAT(drive.list(), ElementsAre("a", "ab", "b", "c"));
    EXPECT_THAT(drive.list("aa"), ElementsAre("ab", "b", "c"));
    EXPECT_THAT(drive.list("", 12), ElementsAre("a", "ab"));
    EXPECT_THAT(drive.list("d"), IsEmpty());
}

TEST(Device, AppendAtAnOffsetCannotHappenTwice) {
    TestDrive drive;
    nvme::Store append = drive.an_extended_store("k", "abc");
    append.append = true;
    append.at_offset = true;
    EXPECT_EQ(drive.run(append, "abc").dw0, 3u);
    EXPECT_EQ(drive.run(append, "abc").status, nvme::kOffsetMismatch);
    append.offset = 3;
    EXPECT_EQ(drive.run(append, "def").dw0, 6u);
    EXPECT_EQ(drive.retrieve("k").data, "abcdef");
}

TEST(Device, AppendMayDemandThatTheKeyExistsOrDoesNot) {
    TestDrive drive;
    nvme::Store append = drive.an_extended_store("k", "x");
    append.append = true;
    append.condition.must_exist = true;
    EXPECT_EQ(drive.run(append, "x").status, nvme::kKeyDoesNotExist);
    append.condition = {false, true};
    EXPECT_EQ(drive.run(append, "x").status, 0);
    EXPECT_EQ(drive.run(append, "x").status, nvme::kKeyExists);
    EXPECT_EQ(drive.retrieve("k").data, "x");
}

TEST(Device, StagedPiecesBecomeTheValueAtOnce) {
    TestDrive drive;
    drive.store("k", "old");
    nvme::Store piece = drive.an_extended_store("k", "abc");
    piece.more = true;
    EXPECT_EQ(drive.run(piece, "abc").status, 0);
    EXPECT_EQ(drive.retrieve("k").data, "old");
    EXPECT_THAT(drive.list(), ElementsAre("k"));
    piece.offset = 7;
    EXPECT_EQ(drive.run(piece, "abc").status, nvme::kOffsetMismatch);
    nvme::Store last = drive.an_extended_store("k", "def");
    last.offset = 3;
    EXPECT_EQ(drive.run(last, "def", 0, 9).status, nvme::kOffsetMismatch) << "another controller";
    EXPECT_EQ(drive.run(last, "def").dw0, 6u);
    EXPECT_EQ(drive.retrieve("k").data, "abcdef");
}

TEST(Device, APlainStoreAndAResetDiscardWhatWasHidden) {
    TestDrive drive;
    nvme::Store piece = drive.an_extended_store("k", "abc");
    piece.more = true;
    nvme::Store last = drive.an_extended_store("k", "def");
    last.offset = 3;
    drive.run(piece, "abc");
    drive.store("k", "plain");
    EXPECT_EQ(drive.run(last, "def").status, nvme::kOffsetMismatch);
    drive.run(piece, "abc");
    csd_reset(drive.device(), 0);
    EXPECT_EQ(drive.run(last, "def").status, nvme::kOffsetMismatch);
    EXPECT_EQ(drive.retrieve("k").data, "plain");
}

TEST(Device, ComposeJoinsValuesInsideTheDrive) {
    TestDrive drive;
    drive.store("a", "12");
    drive.store("b", "345");
    const auto list = nvme::build_key_list(
        {TestDrive::key("a"), TestDrive::key("b"), TestDrive::key("a")}, nvme::Dialect::kKeyValue);
    nvme::Compose command{TestDrive::key("c"), static_cast<uint32_t>(list.size()), {}, true};
    EXPECT_EQ(drive.run(command, as_text(list)).dw0, 7u);
    EXPECT_EQ(drive.retrieve("c").data, "1234512");
    EXPECT_THAT(drive.list(), ElementsAre("c"));
    EXPECT_EQ(drive.run(command, as_text(list)).status, nvme::kKeyDoesNotExist);
}

TEST(Device, DescribeTellsSizeAndAVersionThatChangesWithTheValue) {
    TestDrive drive;
    drive.store("k", "12345");
    nvme::Retrieve command;
    command.key = TestDrive::key("k");
    command.bytes = nvme::kDescribeBytes;
    command.extended = command.describe = true;
    const auto look = [&] {
        return nvme::read_value_description(as_bytes(drive.run(command, {}, 64).data));
    };
    const auto first = look();
    EXPECT_EQ(first.size, 5u);
    EXPECT_EQ(look().version, first.version);
    drive.store("k", "54321");
    EXPECT_NE(look().version, first.version);
}

TEST(Device, DescribeWithoutAKeyIsTheIdentifyPage) {
    TestDrive drive;
    nvme::Retrieve command;
    command.bytes = nvme::kPageBytes;
    command.extended = command.describe = true;
    const Answer answer = drive.run(command, {}, nvme::kPageBytes);
    ASSERT_EQ(answer.status, 0);
    const auto expected = describe(drive, CSD_PAGE_IDENTIFY_KV_NAMESPACE);
    EXPECT_EQ(answer.data, as_text(expected));
}

TEST(Device, IdentifySaysWhatIsUsedAndWhatIsAllowed) {
    TestDrive drive([](csd_options& o) { o.size_bytes = 5000; });
    drive.store("key", "12345");
    const auto ns = nvme::read_key_value_namespace(describe(drive, CSD_PAGE_IDENTIFY_KV_NAMESPACE));
    ASSERT_TRUE(ns);
    EXPECT_EQ(ns->capacity_bytes, 5000u);
    EXPECT_EQ(ns->used_bytes, 8u);
    ASSERT_TRUE(ns->extensions);
    EXPECT_TRUE(ns->extensions->compose);
    EXPECT_EQ(ns->extensions->formats, 7);
    EXPECT_EQ(ns->extensions->max_results_bytes, 1 * kGiB);
    const auto compatible = describe(drive, CSD_PAGE_IDENTIFY_NAMESPACE);
    EXPECT_NE(load_le<uint64_t>(compatible, 8), 0u) << "NCAP";
    EXPECT_EQ(describe(drive, CSD_PAGE_IDENTIFY_INDEPENDENT)[14] & 1, 1) << "NRDY";
    EXPECT_NE(load_le<uint32_t>(describe(drive, CSD_PAGE_LOG_EFFECTS), 1024 + 4 * 0x01), 0u);
    std::vector<uint8_t> page(nvme::kPageBytes);
    EXPECT_EQ(csd_describe(drive.device(), CSD_PAGE_IDENTIFY_KV_FORMAT, 1, page.data()),
              nvme::kInvalidField);
    EXPECT_EQ(csd_describe(drive.device(), 0x77, 0, page.data()), nvme::kInvalidField);
}

TEST(Device, ADriveWithoutASizeKeepsTheOneItFound) {
    TestDrive drive;
    const auto size = [&] {
        return nvme::read_key_value_namespace(describe(drive, CSD_PAGE_IDENTIFY_KV_NAMESPACE))
            ->capacity_bytes;
    };
    const uint64_t found = size();
    EXPECT_GT(found, 0u);
    drive.store("k", std::string(3000, 'a'));
    EXPECT_EQ(size(), found);
    std::ofstream(drive.root() + "/another's") << std::string(8 * kMiB, 'b');
    EXPECT_EQ(size(), found);
    drive.erase("k");
    EXPECT_EQ(size(), found);
}

TEST(Device, ADriveWithoutExtensionsAnnouncesAndAcceptsNone) {
    TestDrive drive([](csd_options& o) { o.flags = CSD_NO_EXTENSIONS; });
    const auto ns = nvme::read_key_value_namespace(describe(drive, CSD_PAGE_IDENTIFY_KV_NAMESPACE));
    EXPECT_FALSE(ns->extensions);
    EXPECT_EQ(drive.run(drive.an_extended_store("k", "v"), "v").status, nvme::kInvalidOpcode);
    EXPECT_EQ(drive.store("k", "v").status, 0);
}

TEST(Device, AFullDriveKeepsTheOldValue) {
    TestDrive drive([](csd_options& o) { o.size_bytes = 5000; });
    EXPECT_EQ(drive.store("k", std::string(4990, 'a')).status, 0);
    EXPECT_EQ(drive.store("l", std::string(10, 'b')).status, nvme::kCapacityExceeded);
    EXPECT_EQ(drive.store("k", std::string(5000, 'b')).status, nvme::kCapacityExceeded);
    EXPECT_EQ(drive.retrieve("k", 8192).data, std::string(4990, 'a'));
    EXPECT_EQ(drive.store("k", std::string(4999, 'c')).status, 0);
}

TEST(Device, FormatRemovesEveryValue) {
    TestDrive drive;
    for (int i = 0; i < 100; i++) drive.store("key" + std::to_string(i), "v");
    EXPECT_EQ(csd_format(drive.device(), 3), nvme::make_status(1, 0x0A));
    EXPECT_EQ(drive.list("", 1 << 16).size(), 100u);
    EXPECT_EQ(csd_format(drive.device(), 0), 0);
    EXPECT_THAT(drive.list(), IsEmpty());
    EXPECT_EQ(drive.store("k", "v").status, 0);
    drive.reopen();
    EXPECT_THAT(drive.list(), ElementsAre("k"));
}

TEST(Device, FlushIsACommandOnAKeyValueNamespace) {
    TestDrive drive;
    drive.store("k", "v");
    EXPECT_EQ(drive.run(nvme::Flush{}).status, 0);
    EXPECT_EQ(csd_flush(drive.device()), 0);
}

TEST(Device, SizesOfAnAppendBeyondTheLargestValueAreRefused) {
    TestDrive drive;
    nvme::Store append = drive.an_extended_store("k", "x");
    append.append = append.at_offset = true;
    append.offset = UINT64_MAX;
    EXPECT_EQ(drive.run(append, "x").status, nvme::kInvalidValueSize);
}

TEST(Device2023, VerbsAnswerAsTheOldDeviceDid) {
    TestDrive drive(use_2023_dialect);
    EXPECT_EQ(drive.store("test_key", "value").status, 0);
    EXPECT_EQ(file_content(drive.root() + "/0/1/746573745F6B6579"), "value");
    EXPECT_EQ(drive.retrieve("test_key").data, "value");
    EXPECT_EQ(drive.exist("test_key").status, 0);
    EXPECT_EQ(drive.exist("other").status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive.erase("other").status, nvme::kKeyDoesNotExist);
    EXPECT_EQ(drive.erase("test_key").status, 0);
}

TEST(Device2023, ListReturnsTheNumberOfAllKeysFromTheStart) {
    TestDrive drive(use_2023_dialect);
    for (const char* name : {"a", "b", "c"}) drive.store(name, "");
    const Answer answer = drive.run(nvme::List{TestDrive::key("b"), 10}, {}, 10);
    EXPECT_EQ(answer.dw0, 2u);
    EXPECT_EQ(load_le<uint32_t>(as_bytes(answer.data), 0), 1u);
    EXPECT_EQ(answer.data.size(), 10u);
}

TEST(Device2023, AppendNeedsNoOffset) {
    TestDrive drive(use_2023_dialect);
    nvme::Store append = drive.a_store("k", "ab");
    append.append = true;
    EXPECT_EQ(drive.run(append, "ab").status, 0);
    EXPECT_EQ(drive.run(append, "cd").status, 0);
    EXPECT_EQ(drive.retrieve("k").data, "abcd");
}

TEST(Device2023, PagesAreLaidOverTheHostsOwn) {
    TestDrive drive(use_2023_dialect);
    const auto page = describe(drive, CSD_PAGE_IDENTIFY_NAMESPACE);
    EXPECT_EQ(page[0], 0xAA) << "the host's bytes stay";
    const auto extensions = nvme::read_extensions(page);
    ASSERT_TRUE(extensions);
    EXPECT_TRUE(extensions->dialect_2023);
    EXPECT_FALSE(extensions->compose);
    uint32_t dw0 = 0;
    EXPECT_EQ(csd_get_feature(drive.device(), 0x20, &dw0), 0);
    EXPECT_EQ(dw0, 3u);
    EXPECT_EQ(csd_set_feature(drive.device(), 0x20, 1), nvme::kInvalidField);
}

TEST(Device, ManyThreadsShareOneDrive) {
    TestDrive drive;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; t++) {
        threads.emplace_back([&drive, t] {
            for (int i = 0; i < 100; i++) {
                const std::string name = "t" + std::to_string(t) + "-" + std::to_string(i % 10);
                EXPECT_EQ(drive.store(name, name).status, 0);
                EXPECT_EQ(drive.retrieve(name).data, name);
                EXPECT_EQ(drive.erase(name).status, 0);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(drive.list(), IsEmpty());
}

}  // namespace csd::device
