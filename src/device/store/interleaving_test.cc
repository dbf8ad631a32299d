// SPDX-License-Identifier: BSD-3-Clause
//
// One thread stands between two steps of a command while another runs: what hosts see then is of one version.
//
// Each test parks a thread at a sync point (base/sync_point.hpp), so it shows its interleaving every time, on any machine.
// tests/consistency looks for interleavings that no test foresaw.
#include <atomic>
#include <functional>
#include <thread>
#include <unordered_map>

#include "base/sync_point.hpp"
#include "base/sync_point_control.hpp"
#include "device/store/file_system.hpp"
#include "device/store/store_fixture.hpp"

namespace csd {
void reach_sync_point(const char* name) {
    park_here(name);
}
}  // namespace csd

namespace csd::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Shows what file systems may show: an inode number that the next file but one gets again, and a name whose file has no
// links for the instant of a rename.
class TrickyFileSystem : public RealFileSystem {
  public:
    std::atomic<bool> reuses_inodes{false};
    std::atomic<bool> shows_no_links{false};

    int open_unnamed(int dir) override {
        const int fd = RealFileSystem::open_unnamed(dir);
        FileStat stat;
        if (fd >= 0 && RealFileSystem::stat(fd, &stat) == 0) {
            const std::lock_guard guard(mutex_);
            numbers_[stat.inode] = kFirst + made_++ % 2;
        }
        return fd;
    }
    int stat_at(int dir, const char* name, FileStat* stat) override {
        const int done = changed(RealFileSystem::stat_at(dir, name, stat), stat);
        if (done == 0 && shows_no_links && stat->regular) stat->links = 0;
        return done;
    }
    int stat(int fd, FileStat* stat) override {
        return changed(RealFileSystem::stat(fd, stat), stat);
    }

  private:
    static constexpr uint64_t kFirst = uint64_t{1} << 60;

    int changed(int done, FileStat* stat) {
        if (done != 0 || !reuses_inodes) return done;
        const std::lock_guard guard(mutex_);
        const auto found = numbers_.find(stat->inode);
        if (found != numbers_.end()) {
            stat->inode = found->second;
            stat->born_ns = 0;
        }
        return done;
    }

    std::mutex mutex_;
    std::unordered_map<uint64_t, uint64_t> numbers_;
    uint64_t made_ = 0;
};

class InterleavingTest : public StoreTest {
  protected:
    InterleavingTest() : StoreTest(Where::kMemory) { options_.file_system = &fs_; }

    // A drive with a complete index and "k" kept open for readers.
    void open_with(const std::string& value) {
        open();
        ASSERT_EQ(put("k", value), "ok");
        ASSERT_TRUE(store_->load_index({}).ok());
        ASSERT_EQ(get("k"), value);
    }
    // What a host is told that may not wait; "" when it is told to wait.
    std::string try_get(const std::string& key) {
        std::string buffer(100, '?');
        const iovec slice = slice_of(buffer);
        const auto got = store_->try_read(key_of(key), 0, {&slice, 1});
        if (!got) return "";
        if (!got->ok()) return "<" + code_of(*got) + ">";
        return buffer.substr(0, got->value().bytes);
    }
    uint64_t size(const std::string& key) {
        const Result<ValueInfo> info = store_->info(key_of(key));
        return info.ok() ? info.value().size : 0;
    }
    // Both may not give what was there before the parked command, whose effect another command has already shown.
    void expect_reads(const std::string& expected, ParkAt& park) {
        const std::string tried = try_get("k");
        EXPECT_TRUE(tried.empty() || tried == expected) << tried;
        std::string read;
        std::thread reader([&] { read = get("k"); });
        std::this_thread::yield();
        park.release();
        reader.join();
        EXPECT_EQ(read, expected);
    }

    TrickyFileSystem fs_;
};

TEST_F(InterleavingTest, WhoHasSeenANewValueDescribedRetrievesIt) {
    open_with("old value");
    ParkAt park("publish.indexed");
    std::thread writer([&] { EXPECT_EQ(put("k", "new"), "ok"); });
    park.wait_until_reached();
    ASSERT_EQ(size("k"), 3u);
    expect_reads("new", park);
    writer.join();
}

TEST_F(InterleavingTest, WhoHasSeenAKeyAbsentFindsNothing) {
    open_with("value");
    ParkAt park("remove.indexed");
    std::thread writer([&] { EXPECT_EQ(erase("k"), "ok"); });
    park.wait_until_reached();
    ASSERT_EQ(say().exists("k"), "not found");
    ASSERT_EQ(put("k", "x", {.must_exist = true}), "not found");
    expect_reads("<not found>", park);
    writer.join();
}

TEST_F(InterleavingTest, WhoHasSeenALongerValueDescribedRetrievesAllOfIt) {
    open_with("begin");
    ParkAt park("grow.indexed");
    std::thread writer([&] { EXPECT_EQ(append("k", "+end"), "ok"); });
    park.wait_until_reached();
    ASSERT_EQ(size("k"), 9u);
    expect_reads("begin+end", park);
    writer.join();
}

TEST_F(InterleavingTest, AValueThatIsReplacedWhileItIsOpenedIsNotCut) {
    fs_.reuses_inodes = true;
    for (const char* point : {"open.resolved", "open.opened"}) {
        open();
        ASSERT_EQ(put("k", "short"), "ok");
        ASSERT_TRUE(store_->load_index({}).ok());
        ParkAt park(point);
        std::string read;
        std::thread reader([&] {
            std::string buffer(100, '?');
            const iovec slice = slice_of(buffer);
            const Result<ReadResult> got = store_->read(key_of("k"), 0, {&slice, 1}, {});
            read = got.ok() ? buffer.substr(0, got.value().bytes) : code_of(got);
        });
        park.wait_until_reached();
        ASSERT_EQ(put("k", "something between"), "ok");
        ASSERT_EQ(put("k", "something much longer"), "ok");
        park.release();
        reader.join();
        EXPECT_TRUE(read == "short" || read == "something much longer") << point << ": " << read;
    }
}

TEST_F(InterleavingTest, AShorterValueWithTheInodeNumberOfALongerOneIsNoError) {
    fs_.reuses_inodes = true;
    open();
    ASSERT_EQ(put("k", "something long"), "ok");
    ParkAt park("open.resolved");
    std::string read;
    std::thread reader([&] { read = get("k"); });
    park.wait_until_reached();
    ASSERT_EQ(put("k", "?"), "ok");
    ASSERT_EQ(put("k", "short"), "ok");
    park.release();
    reader.join();
    EXPECT_EQ(read, "short");
}

TEST_F(InterleavingTest, AComposeJoinsTheVersionsThatItsInstantHas) {
    fs_.reuses_inodes = true;
    for (const bool delete_sources : {false, true}) {
        open();
        ASSERT_EQ(put("a", "a1"), "ok");
        ASSERT_EQ(put("b", "b1"), "ok");
        ParkAt park("compose.joined");
        std::thread host([&] {
            EXPECT_EQ(say().compose("k", {"a", "b"}, {}, delete_sources), "ok");
        });
        park.wait_until_reached();
        // The same size and, by the second store, the same inode number.
        ASSERT_EQ(put("a", "a2"), "ok");
        ASSERT_EQ(put("a", "a3"), "ok");
        park.release();
        host.join();
        EXPECT_EQ(get("k"), "a3b1");
        EXPECT_EQ(say().exists("a"), delete_sources ? "not found" : "ok");
        ASSERT_EQ(erase("k"), "ok");
    }
}

TEST_F(InterleavingTest, AComposeWhoseSourceEndsMeanwhileChangesNothing) {
    open();
    ASSERT_EQ(put("a", "a1"), "ok");
    ASSERT_EQ(put("b", "b1"), "ok");
    ParkAt park("compose.joined");
    std::thread host([&] { EXPECT_EQ(say().compose("k", {"a", "b"}, {}, true), "not found"); });
    park.wait_until_reached();
    ASSERT_EQ(erase("b"), "ok");
    park.release();
    host.join();
    EXPECT_THAT(keys(), ElementsAre("a"));
}

TEST_F(InterleavingTest, AComposeAndTheEndOfItsSourcesAreOneInstant) {
    open();
    ASSERT_EQ(put("a", "a1"), "ok");
    ASSERT_EQ(put("b", "b1"), "ok");
    ASSERT_EQ(put("k", "old"), "ok");
    ASSERT_TRUE(store_->load_index({}).ok());
    {
        ParkAt named("install.named");
        ParkAt indexed("publish.indexed");
        ParkAt removing("compose.removing");
        std::thread host([&] { EXPECT_EQ(say().compose("k", {"a", "b"}, {}, true), "ok"); });
        named.wait_until_reached();
        EXPECT_THAT(keys(), ElementsAre("a", "b", "k"));
        EXPECT_EQ(size("k"), 3u);
        EXPECT_EQ(say().exists("a"), "ok");
        named.release();
        indexed.wait_until_reached();
        EXPECT_THAT(keys(), ElementsAre("k"));
        EXPECT_EQ(size("k"), 4u);
        EXPECT_EQ(say().exists("a"), "not found");
        indexed.release();
        removing.wait_until_reached();
        EXPECT_EQ(get("a"), "<not found>") << "its file is still there";
        EXPECT_EQ(get("k"), "a1b1");
        removing.release();
        host.join();
    }
    EXPECT_EQ(names(values()).size(), 1u);
}

TEST_F(InterleavingTest, APresentKeyIsPresentWhileItIsReplacedBesideTheLoadingIndex) {
    for (const bool scanned_meanwhile : {false, true}) {
        open();
        ASSERT_EQ(put("k", "old"), "ok");
        open();
        ParkAt park("install.named");
        std::thread writer([&] { EXPECT_EQ(put("k", "new"), "ok"); });
        park.wait_until_reached();
        fs_.shows_no_links = true;
        if (scanned_meanwhile) {
            EXPECT_TRUE(store_->load_index({}).ok());
        }
        EXPECT_EQ(say().exists("k"), "ok");
        EXPECT_EQ(put("k", "x", {.must_not_exist = true}), "exists");
        EXPECT_EQ(size("k"), 3u);
        fs_.shows_no_links = false;
        park.release();
        writer.join();
        EXPECT_EQ(get("k"), "new");
        EXPECT_THAT(keys(), ElementsAre("k"));
    }
}

TEST_F(InterleavingTest, WhatWasSeenInTheDirectoryBeforeAFormatDoesNotComeBack) {
    open();
    ASSERT_EQ(put("k", "value"), "ok");
    open();
    ParkAt park("resolve.looked");
    std::string seen;
    std::thread reader([&] { seen = say().exists("k"); });
    park.wait_until_reached();
    ASSERT_EQ(say().format(), "ok");
    park.release();
    reader.join();
    EXPECT_EQ(say().exists("k"), "not found");
    EXPECT_EQ(store_->usage().keys, 0u);
    EXPECT_THAT(keys(), IsEmpty());
}

// A command that has read something before a format and would take effect after it.
struct Straggler {
    const char* name;
    const char* point;
    std::function<std::string(Speaker)> run;
    const char* status;
    bool pinned = false;  // a query reads the value
};

class FormatTest : public InterleavingTest, public ::testing::WithParamInterface<Straggler> {};

TEST_P(FormatTest, NothingOfBeforeIsThereAfterwards) {
    open();
    ASSERT_EQ(put("k", "value"), "ok");
    ASSERT_EQ(put("other", "value"), "ok");
    open();
    ASSERT_EQ(say().stage(1, "staged", 0, "piece"), "ok");
    std::shared_ptr<OpenValue> pin;
    if (GetParam().pinned) pin = store_->open_value(key_of("k")).value();
    {
        ParkAt park(GetParam().point);
        std::thread host([&] { EXPECT_EQ(GetParam().run(say()), GetParam().status); });
        park.wait_until_reached();
        EXPECT_EQ(say().format(), "ok");
        EXPECT_THAT(keys(), IsEmpty());
        park.release();
        host.join();
    }
    EXPECT_THAT(keys(), IsEmpty());
    EXPECT_EQ(say().exists("k"), "not found");
    EXPECT_EQ(get("k"), "<not found>");
    EXPECT_EQ(store_->usage().used_bytes, 0u);
    open();
    EXPECT_THAT(keys(), IsEmpty());
}

static const Straggler kStragglers[] = {
    {"AppendInPlace", "append.armed", [](Speaker say) { return say.append("k", "more"); },
     "format in progress"},
    {"AppendToACopy", "append.copied", [](Speaker say) { return say.append("k", "more"); },
     "format in progress", true},
    {"LastPiece", "publish.settled", [](Speaker say) { return say.publish(1, "staged", 5, "end"); },
     "format in progress"},
    {"Compose", "compose.joined",
     [](Speaker say) {
         return say.compose("new", {"k", "other"});
     },
     "not found"},
    {"ComposeAway", "compose.joined",
     [](Speaker say) {
         return say.compose("new", {"k", "other"}, {}, true);
     },
     "not found"},
};
INSTANTIATE_TEST_SUITE_P(All, FormatTest, ::testing::ValuesIn(kStragglers),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(InterleavingTest, AFormatEndsAllKeysAtOneInstant) {
    open();
    ASSERT_EQ(put("a", "a"), "ok");
    ASSERT_EQ(put("b", "b"), "ok");
    open();
    ParkAt park("format.exchanged");
    std::thread formatter([&] { EXPECT_EQ(say().format(), "ok"); });
    park.wait_until_reached();
    // The directory is another one by now. Readers that began before must not take single keys for gone.
    std::string read;
    std::thread reader([&] { read = code_of(store_->open_value(key_of("a"))); });
    std::this_thread::yield();
    EXPECT_EQ(say().exists("a"), "ok");
    EXPECT_EQ(say().exists("b"), "ok");
    EXPECT_EQ(get("b"), "<format in progress>");
    EXPECT_EQ(say().exists("a"), "ok");
    park.release();
    formatter.join();
    reader.join();
    EXPECT_EQ(read, "not found");
    EXPECT_EQ(say().exists("a"), "not found");
    EXPECT_EQ(say().exists("b"), "not found");
}

TEST_F(InterleavingTest, AReaderOfAnUnsteadyKeyWaitsForItsWriter) {
    open_with("old");
    store_.reset();
    open();
    ASSERT_TRUE(store_->load_index({}).ok());
    ParkAt park("install.named");
    std::thread writer([&] { EXPECT_EQ(put("k", "new"), "ok"); });
    park.wait_until_reached();
    // The name means the new file, the index the old one.
    std::string read;
    std::thread reader([&] { read = get("k"); });
    std::this_thread::yield();
    EXPECT_EQ(size("k"), 3u);
    park.release();
    writer.join();
    reader.join();
    EXPECT_EQ(read, "new");
}

}  // namespace csd::store
