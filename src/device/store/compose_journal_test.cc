// SPDX-License-Identifier: BSD-3-Clause
//
// Intents across restarts, and their bytes.
#include "device/store/compose_journal.hpp"

#include <fcntl.h>

#include <algorithm>
#include <optional>

#include "base/bytes.hpp"
#include "device/store/layout.hpp"
#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Refuses to remove some names.
class StickyFileSystem : public RealFileSystem {
  public:
    std::string sticks;
    int unlink_at(int dir, const char* name, int flags) override {
        return name == sticks ? -EIO : RealFileSystem::unlink_at(dir, name, flags);
    }
};

class ComposeJournalTest : public ::testing::Test {
  protected:
    ComposeJournalTest() : directory_(TempDirectory::Where::kMemory) { start(); }

    // As a new process: returns how many composes were completed.
    unsigned start() {
        journal_.reset();
        layout_.reset();
        Options options;
        options.root = directory_.path();
        layout_ = std::move(Layout::open(options, fs_)).value();
        Result<Layout::Leftovers> left = layout_->clean();
        EXPECT_TRUE(left.ok());
        journal_ = std::make_unique<ComposeJournal>(fs_, *layout_);
        unsigned completed = 0;
        EXPECT_TRUE(journal_->recover(layout_->values(), left.value().composes, &completed).ok());
        return completed;
    }
    std::string path(const std::string& key) const {
        return directory_.path() + "/0/1/" + key_of(key).file_name();
    }
    void make(const std::string& key, const std::string& text) {
        std::ofstream(path(key), std::ios::binary | std::ios::trunc) << text;
    }
    FileStat stat(const std::string& key) {
        FileStat stat;
        EXPECT_EQ(fs_.stat_at(layout_->values(), key_of(key).file_name().c_str(), &stat), 0);
        return stat;
    }
    ComposeJournal::Source source(const std::string& key) {
        return {key_of(key), stat(key).id(), stat(key).size};
    }
    ComposeJournal::Intent begin(const std::string& target) {
        return journal_->begin(key_of(target), stat(target).id(), {source("a"), source("b")}, false)
            .value();
    }
    std::vector<std::string> files(const std::string& folder) {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path() + folder)) {
            if (entry.path().filename() != "lock") found.push_back(entry.path().filename());
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    TempDirectory directory_;
    StickyFileSystem fs_;
    std::unique_ptr<Layout> layout_;
    std::unique_ptr<ComposeJournal> journal_;
};

TEST_F(ComposeJournalTest, WhatHadItsNameIsCompleted) {
    make("a", "one");
    make("b", "two");
    make("k", "onetwo");
    begin("k");
    EXPECT_EQ(start(), 1u);
    EXPECT_THAT(files("/0/1"), ElementsAre(key_of("k").file_name()));
    EXPECT_THAT(files("/0/1.csd"), IsEmpty());
}

TEST_F(ComposeJournalTest, WhatHadNotIsForgotten) {
    make("a", "one");
    make("b", "two");
    make("new", "onetwo");
    begin("new");
    std::filesystem::remove(path("new"));
    EXPECT_EQ(start(), 0u);
    EXPECT_EQ(files("/0/1").size(), 2u);
    EXPECT_THAT(files("/0/1.csd"), IsEmpty());
}

TEST_F(ComposeJournalTest, AnIntentThatIsNotWholeIsForgotten) {
    make("a", "one");
    make("b", "two");
    make("k", "onetwo");
    const std::string name = directory_.path() + "/0/1.csd/" + begin("k").name;
    const auto whole = std::filesystem::file_size(name);
    std::ifstream stream(name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    for (uintmax_t size = 0; size < whole; size++) {
        std::ofstream(name, std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
        EXPECT_EQ(start(), 0u) << size;
        EXPECT_THAT(files("/0/1.csd"), IsEmpty()) << size;
    }
    EXPECT_EQ(files("/0/1").size(), 3u);
}

TEST_F(ComposeJournalTest, AnotherFileOfTheSameKeyIsLeftAlone) {
    make("a", "one");
    make("b", "two");
    make("k", "onetwo");
    begin("k");
    std::filesystem::rename(path("b"), path("aside"));
    make("b", "newer");
    EXPECT_EQ(start(), 1u);
    EXPECT_TRUE(std::filesystem::exists(path("b")));
    EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(ComposeJournalTest, ASourceThatStaysIsDoomedAlsoAfterARestart) {
    make("a", "one");
    make("b", "two");
    make("k", "onetwo");
    ComposeJournal::Intent intent = begin("k");
    std::filesystem::remove(path("a"));
    intent.sources.erase(intent.sources.begin());
    ASSERT_TRUE(journal_->finish(std::move(intent), false).ok());
    EXPECT_TRUE(journal_->is_doomed(key_of("b"), stat("b")));
    EXPECT_FALSE(journal_->is_doomed(key_of("k"), stat("k")));
    make("k", "another value, whose file is not the one of the intent");
    std::filesystem::remove(path("k"));
    fs_.sticks = key_of("b").file_name();
    EXPECT_EQ(start(), 1u) << "the intent is marked: it holds although the value has gone";
    EXPECT_TRUE(journal_->is_doomed(key_of("b"), stat("b")));
    EXPECT_EQ(journal_->doomed().size(), 1u);
    std::filesystem::remove(path("b"));
    journal_->is_gone(journal_->doomed().front());
    EXPECT_EQ(files("/0/1.csd").size(), 1u);
    journal_->settle();
    EXPECT_TRUE(journal_->has_settled());
    EXPECT_THAT(files("/0/1.csd"), IsEmpty());
}

TEST_F(ComposeJournalTest, TheBytesOfAnIntentAreThoseOfTheDocument) {
    make("a", "one");
    make("b", "two");
    make("k", "onetwo");
    const std::string name = directory_.path() + "/0/1.csd/" + begin("k").name;
    std::ifstream stream(name, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    const Bytes bytes = as_bytes(text);
    ASSERT_EQ(bytes.size(), 64u + 2 * 48);
    EXPECT_EQ(as_text(bytes.first(4)), "CSDC");
    EXPECT_EQ(bytes[4], 1u);
    EXPECT_EQ(load_le<uint64_t>(bytes, 8), 0u);
    EXPECT_EQ(bytes[16], 'k');
    EXPECT_EQ(load_le<uint64_t>(bytes, 32), stat("k").inode);
    EXPECT_EQ(load_le<uint64_t>(bytes, 40), stat("k").born_ns);
    EXPECT_EQ(load_le<uint64_t>(bytes, 48), 2u);
    EXPECT_EQ(bytes[64 + 48], 1u);
    EXPECT_EQ(bytes[64 + 48 + 8], 'b');
    EXPECT_EQ(load_le<uint64_t>(bytes, 64 + 48 + 24), stat("b").inode);
    EXPECT_EQ(load_le<uint64_t>(bytes, 64 + 48 + 32), stat("b").born_ns);
    EXPECT_EQ(load_le<uint64_t>(bytes, 64 + 48 + 40), 3u);
}

}  // namespace csd::store
