// SPDX-License-Identifier: BSD-3-Clause
//
// Several drives: which are a set, what is refused, what a missing one takes with it, and what restarts find.
#include <gmock/gmock.h>

#include <filesystem>

#include "airmos/objects/test_store.hpp"

namespace csd::airmos::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Switch;

class SetTest : public ::testing::Test {
  protected:
    static void fill_and_lose_second(TestStore& store, Switch& cable);
    static void fill(TestStore& store) {
        ASSERT_EQ("", store.make_bucket("b"));
        for (int i = 0; i < 40; i++) {
            ASSERT_EQ("", store.put("b", std::to_string(i), "data " + std::to_string(i)));
        }
    }
    std::string refusal(TestStore& store) {
        const Status opened = store.try_open();
        return opened.ok() ? "opened" : opened.message();
    }
};

TEST_F(SetTest, ObjectsAreOnAllDrivesAndComeBack) {
    TestStore store(3);
    fill(store);
    store.reopen();
    for (int i = 0; i < 40; i++) {
        EXPECT_EQ("data " + std::to_string(i), store.get("b", std::to_string(i)));
    }
    EXPECT_EQ(40u, store.names("b").size());
    for (const auto& drive : store.objects().drives()) EXPECT_GT(drive.commands, 5u);
}

TEST_F(SetTest, AnotherOrderIsRefused) {
    TestStore store(2);
    fill(store);
    store.close();
    std::swap(store.options.devices[0], store.options.devices[1]);
    EXPECT_THAT(refusal(store), HasSubstr("drive 2 of its set, and is given as drive 1"));
}

TEST_F(SetTest, FewerOrMoreDrivesAreRefused) {
    TestStore store(3);
    fill(store);
    store.close();
    const auto all = store.options.devices;
    store.options.devices = {all[0], all[2]};
    EXPECT_THAT(refusal(store), HasSubstr("a set of 3 drives, and 2 are given"));
    store.options.devices = {all[0], all[1], all[2], "emulator:" + store.directory.path() + "/new"};
    EXPECT_THAT(refusal(store), HasSubstr("a set of 3 drives, and 4 are given"));
    store.options.devices = all;
    store.reopen();
    EXPECT_EQ("data 7", store.get("b", "7"));
}

TEST_F(SetTest, AnEmptyDriveInThePlaceOfOneIsRefused) {
    TestStore store(2);
    fill(store);
    store.close();
    store.options.devices[1] = "emulator:" + store.directory.path() + "/new";
    EXPECT_THAT(refusal(store), HasSubstr("has no record of a set, and the other drives do"));
}

TEST_F(SetTest, ADriveOfAnotherSetIsRefused) {
    TestStore store(2);
    TestStore other(2);
    fill(store);
    fill(other);
    store.close();
    other.close();
    store.options.devices[1] = other.options.devices[1];
    EXPECT_THAT(refusal(store), HasSubstr("belongs to another set"));
}

TEST_F(SetTest, OneDriveTwiceIsRefusedAndForgotten) {
    TestStore store(2);
    const auto all = store.options.devices;
    store.options.devices[1] = all[0];
    EXPECT_THAT(refusal(store), HasSubstr("each once"));
    store.options.devices = {all[0]};
    EXPECT_EQ("opened", refusal(store));
}

TEST_F(SetTest, ADriveWithStrangeValuesIsRefused) {
    TestStore store;
    {
        auto client = kv::Client::open(store.options.devices[0]);
        ASSERT_TRUE(client.value()->store(*Key::from_text("cars"), as_bytes("x")).ok());
    }
    EXPECT_THAT(refusal(store), HasSubstr("holds values that are not AirMOS's"));
}

TEST_F(SetTest, ASetThatWasBegunIsFinished) {
    TestStore store(2);
    fill(store);
    store.close();
    for (size_t i = 0; i < 2; i++) {
        auto client = kv::Client::open(store.options.devices[i]);
        ASSERT_TRUE(client.value()->format().ok());
        const SetRecord begun{.set = {9}, .count = 2, .index = 0, .formed = false};
        if (i == 1) continue;
        ASSERT_TRUE(client.value()->store(set_key(), encode(begun)).ok());
    }
    store.reopen();
    EXPECT_EQ("", store.make_bucket("b"));
}

// A drive that answers no more, as the tests see it.
struct Switch {
    std::atomic<bool> off{false};
    std::string device;
    OpenClient open() {
        return [this](const std::string& name,
                      const kv::OpenOptions& options) -> Result<std::unique_ptr<kv::Client>> {
            if (off && name == device) return Status(Code::kTransport, "the cable is out");
            return kv::Client::open(name, options);
        };
    }
};

void SetTest::fill_and_lose_second(TestStore& store, Switch& cable) {
    cable.device = store.options.devices[1];
    store.seams.open = cable.open();
    fill(store);
    store.close();
    cable.off = true;
    store.reopen();
}

TEST_F(SetTest, AMissingDriveTakesOnlyItsObjects) {
    Switch cable;
    TestStore store(2);
    fill_and_lose_second(store, cable);
    EXPECT_FALSE(store.objects().ready());
    int served = 0;
    int missing = 0;
    for (int i = 0; i < 40; i++) {
        const std::string got = store.get("b", std::to_string(i));
        if (got == "data " + std::to_string(i)) served++;
        if (got == "error: ServiceUnavailable") missing++;
    }
    EXPECT_EQ(40, served + missing);
    EXPECT_GT(served, 5);
    EXPECT_GT(missing, 5);
    EXPECT_THAT(store.names("b"), ElementsAre("error: ServiceUnavailable"))
        << "not a part for the whole";
    EXPECT_EQ("ServiceUnavailable", store.make_bucket("new"));
    const auto drives = store.objects().drives();
    EXPECT_TRUE(drives[0].reachable);
    EXPECT_FALSE(drives[1].reachable);
    EXPECT_THAT(drives[1].why_not, HasSubstr("cable"));

    cable.off = false;
    for (int tries = 0; tries < 300 && !store.objects().ready(); tries++) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_TRUE(store.objects().ready()) << "it is served as soon as it answers";
    EXPECT_EQ(40u, store.names("b").size());
}

TEST_F(SetTest, ADriveThatComesLateAndIsAnothersIsNotServed) {
    Switch cable;
    TestStore store(2);
    TestStore other(2);
    fill(other);
    other.close();
    fill_and_lose_second(store, cable);
    std::filesystem::rename(store.directory.path() + "/1", store.directory.path() + "/away");
    std::filesystem::rename(other.directory.path() + "/1", store.directory.path() + "/1");
    cable.off = false;
    const auto second = [&] { return store.objects().drives()[1]; };
    for (int tries = 0; tries < 300 && !second().reachable; tries++) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    const auto says_why = [&] {
        return second().why_not.find("belongs to another set") != std::string::npos;
    };
    for (int tries = 0; tries < 300 && !says_why(); tries++) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_TRUE(second().reachable);
    EXPECT_FALSE(second().read);
    EXPECT_FALSE(second().reading) << "nobody should wait for it";
    EXPECT_THAT(second().why_not, HasSubstr("belongs to another set"));
}

TEST_F(SetTest, ANewSetNeedsAllItsDrives) {
    Switch cable;
    TestStore store(2);
    cable.device = store.options.devices[1];
    cable.off = true;
    store.seams.open = cable.open();
    EXPECT_THAT(refusal(store), HasSubstr("a new set needs all its drives"));
}

TEST_F(SetTest, BucketsAreOnEveryDrive) {
    TestStore store(2);
    ASSERT_EQ("", store.make_bucket("b"));
    EXPECT_EQ("BucketAlreadyOwnedByYou", store.make_bucket("b"));
    EXPECT_TRUE(store.run(store.objects().set_bucket_tags("b", {{"k", "v"}})).ok());
    store.close();
    EXPECT_EQ(2u, store.count(RecordType::kBucket));
    {
        auto client = kv::Client::open(store.options.devices[0]);
        const auto keys = client.value()->list({.prefix = prefix_of(RecordType::kBucket)});
        ASSERT_TRUE(client.value()->erase(keys.value().at(0)).ok()) << "as a crash may leave it";
    }
    store.reopen();
    EXPECT_EQ("v", store.objects().bucket("b").value().tags.at(0).second);
    store.close();
    EXPECT_EQ(2u, store.count(RecordType::kBucket));
    store.reopen();
    ASSERT_EQ("", store.put("b", "n", "x"));
    EXPECT_EQ("BucketNotEmpty", TestStore::code(store.run(store.objects().delete_bucket("b"))));
    ASSERT_EQ("", store.remove("b", "n"));
    EXPECT_EQ("", TestStore::code(store.run(store.objects().delete_bucket("b"))));
    EXPECT_EQ("NoSuchBucket", store.put("b", "n", "x"));
    EXPECT_EQ("NoSuchBucket", TestStore::code(store.objects().list("b", {})));
    EXPECT_THAT(store.objects().buckets(), IsEmpty());
    store.close();
    EXPECT_EQ(0u, store.count(RecordType::kBucket));
}

// A bucket that could not be made, or deleted, on all drives leaves a record on some of them. If it is made again, it has
// another id, and only that one has objects.
TEST_F(SetTest, TheBucketThatAllDrivesHaveWinsItsName) {
    for (const uint64_t other_id : {uint64_t{1}, UINT64_MAX - 1}) {
        SCOPED_TRACE(other_id);
        TestStore store(2);
        fill(store);
        store.close();
        const BucketRecord other{
            .id = other_id, .revision = 1, .info = {.name = "b", .created = 5, .region = "r"}};
        {
            auto client = kv::Client::open(store.options.devices[1]);
            ASSERT_TRUE(client.value()->store(bucket_key(other.id), encode(other)).ok());
        }
        for (int again = 0; again < 2; again++) {
            store.reopen();
            EXPECT_EQ(40u, store.names("b").size());
            EXPECT_EQ("data 7", store.get("b", "7"));
        }
        store.close();
        EXPECT_EQ(2u, store.count(RecordType::kBucket)) << "the other one is forgotten";
    }
}

TEST_F(SetTest, OrphansAreCollectedAndTheRestIsNot) {
    TestStore store;
    fill(store);
    store.close();
    {
        auto client = kv::Client::open(store.options.devices[0]);
        ASSERT_TRUE(client.value()->store(data_key(FreshIds().next()), as_bytes("orphan")).ok());
        const UploadId nobody = random_upload_id();
        ASSERT_TRUE(
            client.value()->store(part_key(nobody, 1), encode(PartRecord{nobody, {}, {}})).ok());
    }
    EXPECT_EQ(41u, store.count(RecordType::kData));
    store.reopen();
    auto writer = store.run(store.objects().create("b", "under way", std::nullopt));
    ASSERT_TRUE(store.run(writer.value()->write(as_bytes("while it collects"))).ok());
    ASSERT_TRUE(
        store.run(writer.value()->commit(TestStore::meta_of("while it collects"), {})).ok());
    writer.value().reset();
    store.close();
    EXPECT_EQ(41u, store.count(RecordType::kData));
    EXPECT_EQ(0u, store.count(RecordType::kPart));
    store.reopen();
    EXPECT_EQ("while it collects", store.get("b", "under way"));
}

TEST_F(SetTest, ADamagedRecordHidesOneObjectAndStopsTheCollection) {
    TestStore store;
    fill(store);
    store.close();
    {
        auto client = kv::Client::open(store.options.devices[0]);
        const auto keys = client.value()->list({.prefix = prefix_of(RecordType::kManifest)});
        ASSERT_TRUE(client.value()->store(keys.value().at(5), as_bytes("rubbish")).ok());
    }
    store.reopen();
    EXPECT_THAT(store.warnings(), HasSubstr("is left alone"));
    EXPECT_EQ(39u, store.names("b").size());
    store.close();
    EXPECT_EQ(40u, store.count(RecordType::kData)) << "nobody knows whose the fortieth is";
}

TEST_F(SetTest, AnObjectWithoutItsDataIsNotListed) {
    TestStore store;
    fill(store);
    store.close();
    {
        auto client = kv::Client::open(store.options.devices[0]);
        const auto keys = client.value()->list({.prefix = prefix_of(RecordType::kData)});
        ASSERT_TRUE(client.value()->erase(keys.value().at(0)).ok()) << "as a loss of power may do";
    }
    store.reopen();
    EXPECT_THAT(store.warnings(), HasSubstr("missing"));
    const auto names = store.names("b");
    EXPECT_EQ(39u, names.size());
    for (int i = 0; i < 40; i++) {
        if (store.get("b", std::to_string(i)) != "error: NoSuchKey") continue;
        EXPECT_EQ("", store.put("b", std::to_string(i), "again"))
            << "in the place of the old record";
    }
    store.close();
    EXPECT_EQ(40u, store.count(RecordType::kManifest));
}

// All names share two hashes, so that nearly every one lies at a place of its own.
NameHash weak_hash(uint64_t bucket, std::string_view name) {
    NameHash hash;
    hash.key[0] = static_cast<uint8_t>(name.size() % 2);
    hash.key[1] = static_cast<uint8_t>(bucket);
    return hash;
}

TEST_F(SetTest, NamesThatShareAHashAreDifferentObjects) {
    TestStore store;
    store.seams.hash = &weak_hash;
    fill(store);
    for (int i = 0; i < 40; i += 3) ASSERT_EQ("", store.remove("b", std::to_string(i)));
    for (int i = 0; i < 40; i += 2)
        ASSERT_EQ("", store.put("b", std::to_string(i), "new " + std::to_string(i)));
    for (int again = 0; again < 2; again++) {
        for (int i = 0; i < 40; i++) {
            const std::string number = std::to_string(i);
            const std::string expected = i % 2 == 0   ? "new " + number
                                         : i % 3 == 0 ? "error: NoSuchKey"
                                                      : "data " + number;
            EXPECT_EQ(expected, store.get("b", number));
        }
        store.reopen();
    }
    std::vector<std::future<Outcome<ObjectInfo>>> writing;
    for (int i = 0; i < 30; i++) {
        writing.push_back(store.runner.start(TestStore::putting(
            store.objects(), "b", "fresh" + std::to_string(i), std::to_string(i), {})));
    }
    for (auto& one : writing) EXPECT_EQ("", TestStore::code(one.get()));
    for (int i = 0; i < 30; i++)
        EXPECT_EQ(std::to_string(i), store.get("b", "fresh" + std::to_string(i)));
}

TEST_F(SetTest, MoreThan256NamesOfOneHashAreRefused) {
    TestStore store;
    store.seams.hash = &weak_hash;
    ASSERT_EQ("", store.make_bucket("b"));
    for (int i = 0; i < 256; i++)
        ASSERT_EQ("", store.put("b",
                                std::string("n") + static_cast<char>(i % 16 + 'a') +
                                    static_cast<char>(i / 16 + 'a'),
                                "x"));
    EXPECT_EQ("InternalError", store.put("b", "zzz", "x"));
    EXPECT_EQ(256u, store.names("b").size());
    store.close();
    EXPECT_EQ(256u, store.count(RecordType::kData));
}

TEST_F(SetTest, AFullDriveRefusesAndServesOn) {
    TestStore store(1, "?size=4194304");
    ASSERT_EQ("", store.make_bucket("b"));
    ASSERT_EQ("", store.put("b", "n", "small"));
    EXPECT_EQ("InsufficientStorage", store.put("b", "large", std::string(8 * kMiB, 'x')))
        << "at once";
    auto writer = store.run(store.objects().create("b", "unknown", std::nullopt));
    const std::string piece(kMiB, 'y');
    std::string code;
    for (int i = 0; i < 8 && code.empty(); i++) {
        code = TestStore::code(store.run(writer.value()->write(as_bytes(piece))));
    }
    if (code.empty()) code = TestStore::code(store.run(writer.value()->commit({}, {})));
    EXPECT_EQ("InsufficientStorage", code);
    writer.value().reset();
    EXPECT_EQ("small", store.get("b", "n"));
    std::string last;
    for (int i = 0; i < 100 && last.empty(); i++)
        last = store.put("b", std::to_string(i), std::string(100'000, 'z'));
    EXPECT_EQ("InsufficientStorage", last);
    ASSERT_EQ("", store.remove("b", "0"));
    store.reopen();
    EXPECT_EQ("", store.put("b", "fits", "now"));
}

TEST_F(SetTest, ADriveThatCanDoLessKeepsSmallObjects) {
    for (const std::string arguments : {"?extensions=off", "?dialect=2023"}) {
        SCOPED_TRACE(arguments);
        TestStore store(1, arguments);
        ASSERT_EQ("", store.make_bucket("b"));
        EXPECT_THAT(store.warnings(), HasSubstr("keeps objects of up to"));
        ASSERT_EQ("", store.put("b", "n", std::string(500'000, 'n')));
        ASSERT_EQ("", store.put("b", "n", std::string(400'000, 'm')));
        EXPECT_EQ(400'000u, store.get("b", "n").size());
        EXPECT_EQ("EntityTooLarge", store.put("b", "large", std::string(40 * kMiB, 'x')));
        auto reader = store.run(store.objects().read("b", "n"));
        auto copied = store.run(store.objects().copy(*reader.value(), "b", "m", {}, {}));
        EXPECT_EQ("", TestStore::code(copied));
        EXPECT_FALSE(store.run(reader.value()->select("SELECT 1", {}, 0, {})).ok());
        reader.value().reset();
        store.reopen();
        EXPECT_EQ(400'000u, store.get("b", "m").size());
        EXPECT_EQ("", store.remove("b", "n"));
        EXPECT_EQ("", store.remove("b", "m"));
    }
}

}  // namespace
}  // namespace csd::airmos::objects
