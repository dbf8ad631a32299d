// SPDX-License-Identifier: BSD-3-Clause
//
// The journal's slots across restarts of the process and of the machine, and their bytes.
#include "device/store/append_journal.hpp"

#include <fcntl.h>

#include "base/bytes.hpp"
#include "device/store/store_fixture.hpp"

namespace csd::store {

class JournalTest : public ::testing::Test {
  protected:
    JournalTest() : directory_(TempDirectory::Where::kMemory) {
        fd_.reset(::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }

    void start(uint64_t boot) {
        journal_ = std::make_unique<AppendJournal>(fs_, fd_.get(), boot);
        repaired_ = 0;
        ASSERT_TRUE(journal_->recover(fd_.get(), &repaired_).ok());
    }
    std::string path(const std::string& key) const {
        return directory_.path() + "/" + key_of(key).file_name();
    }
    void make(const std::string& key, const std::string& text) {
        std::ofstream(path(key), std::ios::binary) << text;
    }
    FileId id(const std::string& key) {
        FileStat stat;
        EXPECT_EQ(fs_.stat_at(fd_.get(), key_of(key).file_name().c_str(), &stat), 0);
        return {stat.inode, stat.born_ns};
    }
    void begin(const std::string& key, uint64_t size) {
        ASSERT_TRUE(journal_->begin(key_of(key), id(key), size).ok());
    }
    void commit(const std::string& key, uint64_t size, bool durable = false) {
        ASSERT_TRUE(journal_->commit(key_of(key), size, durable).ok());
    }
    uint64_t size(const std::string& key) { return std::filesystem::file_size(path(key)); }

    TempDirectory directory_;
    RealFileSystem fs_;
    UniqueFd fd_;
    std::unique_ptr<AppendJournal> journal_;
    unsigned repaired_ = 0;
};

TEST_F(JournalTest, AfterAKillTheCommittedSizeCountsAndAfterPowerLossTheDurableOne) {
    for (const bool power_loss : {false, true}) {
        start(1);
        make("k", "0123456789");
        begin("k", 4);
        commit("k", 7);
        journal_.reset();
        start(power_loss ? 2 : 1);
        EXPECT_EQ(repaired_, 1u);
        EXPECT_EQ(size("k"), power_loss ? 4u : 7u);
        std::filesystem::remove(path("k"));
        std::filesystem::remove(directory_.path() + "/appends");
    }
}

TEST_F(JournalTest, AFlushMovesTheDurableSizeToWhatWasCommittedWhenItBegan) {
    start(1);
    make("k", "0123456789");
    begin("k", 1);
    commit("k", 5);
    const AppendJournal::Snapshot snapshot = journal_->snapshot();
    begin("k", 5);
    commit("k", 8);
    ASSERT_TRUE(journal_->flushed(snapshot).ok());
    start(2);
    EXPECT_EQ(size("k"), 5u);
}

TEST_F(JournalTest, ASupersededSlotCountsOnlyAfterPowerLossAndOnlyForItsFile) {
    start(1);
    make("k", "0123456789");
    make("l", "0123456789");
    begin("k", 4);
    commit("k", 6);
    begin("l", 4);
    commit("l", 6);
    ASSERT_TRUE(journal_->supersede(key_of("k")).ok());
    ASSERT_TRUE(journal_->supersede(key_of("l")).ok());
    start(1);
    EXPECT_EQ(size("k"), 10u) << "a kill brings no old file back";
    std::filesystem::remove(path("l"));
    make("other", "x");  // takes the inode number, if any does
    make("l", "0123456789");
    start(2);
    EXPECT_EQ(size("k"), 4u) << "the loss of power did";
    EXPECT_EQ(size("l"), 10u) << "another file has the name now";
}

TEST_F(JournalTest, AFullJournalTakesMoreAfterAFlush) {
    start(1);
    for (size_t i = 0; i < AppendJournal::kSlots; i++) {
        const std::string key = "key" + std::to_string(i);
        make(key, "x");
        begin(key, 1);
        commit(key, 1);
    }
    make("k", "x");
    EXPECT_EQ(journal_->begin(key_of("k"), id("k"), 1).code(), Code::kNotReady);
    ASSERT_TRUE(journal_->flushed(journal_->snapshot()).ok());
    EXPECT_TRUE(journal_->begin(key_of("k"), id("k"), 1).ok());
    EXPECT_TRUE(journal_->has(key_of("k"), id("k")));
}

TEST_F(JournalTest, TheBytesOfASlotAreThoseOfTheDocument) {
    start(0x1122334455667788);
    make("B", "hello");
    begin("B", 5);
    commit("B", 0x0102);
    std::ifstream stream(directory_.path() + "/appends", std::ios::binary);
    std::string bytes(AppendJournal::kSlots * AppendJournal::kSlotBytes, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_EQ(stream.gcount(), static_cast<std::streamsize>(bytes.size()));
    EXPECT_EQ(bytes.substr(0, 4), "CSDA");
    EXPECT_EQ(bytes.substr(4, 20), std::string("\x01\x01\0\0", 4) + "B" + std::string(15, '\0'));
    const Bytes slot = as_bytes(bytes);
    EXPECT_EQ(load_le<uint64_t>(slot, 24), id("B").inode);
    EXPECT_EQ(load_le<uint64_t>(slot, 32), id("B").born_ns);
    EXPECT_EQ(load_le<uint64_t>(slot, 40), 5u);
    EXPECT_EQ(load_le<uint64_t>(slot, 48), 0x0102u);
    EXPECT_EQ(load_le<uint64_t>(slot, 56), 0x1122334455667788u);
    EXPECT_NE(load_le<uint64_t>(slot, 64), 0u);
    EXPECT_EQ(bytes.find_first_not_of('\0', 72), std::string::npos);
}

TEST_F(JournalTest, ASlotThatDoesNotCheckIsFree) {
    start(1);
    make("k", "0123456789");
    begin("k", 4);
    journal_.reset();
    std::fstream file(directory_.path() + "/appends", std::ios::in | std::ios::out);
    file.seekp(48);
    file.put('\x05');
    file.close();
    start(2);
    EXPECT_EQ(size("k"), 10u);
}

}  // namespace csd::store
