// SPDX-License-Identifier: BSD-3-Clause
//
// Opening, the lock, and a directory full of things that are not values.
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <future>
#include <map>
#include <thread>

#include "device/store/fault_file_system.hpp"
#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OpenTest : public StoreTest {
  protected:
    OpenTest() : StoreTest(Where::kMemory) {}
};

TEST_F(OpenTest, ASecondDriveIsRefused) {
    open();
    const Result<std::unique_ptr<Store>> second = try_open();
    EXPECT_EQ(code_of(second), "not ready");
    EXPECT_THAT(second.status().message(), HasSubstr("another drive uses namespace 1"));
    options_.nsid = 2;
    EXPECT_EQ(code_of(try_open()), "ok") << "another namespace of the same root is free";
    options_.nsid = 1;
    options_.bus_number = 7;
    EXPECT_EQ(code_of(try_open()), "ok");
}

TEST_F(OpenTest, ASecondDriveMayWaitForTheFirst) {
    open();
    options_.lock_wait = std::chrono::milliseconds(60'000);
    std::thread closer([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        store_.reset();
    });
    const Result<std::unique_ptr<Store>> second = try_open();
    closer.join();
    EXPECT_EQ(code_of(second), "ok");
}

TEST_F(OpenTest, LeftoversOfACrashAreRemovedAndToldOnce) {
    open();
    ASSERT_EQ(put("k", "v"), "ok");
    close();
    write(engine() + "/t-17", "half a value");
    open();
    EXPECT_THAT(log(), HasSubstr("1 unfinished files removed"));
    EXPECT_THAT(names(engine()), ElementsAre("lock"));
    log_.clear();
    open();
    EXPECT_EQ(log(), "");
}

TEST_F(OpenTest, ANewDriveIsToldOnce) {
    open();
    EXPECT_EQ(notes_, "made a new drive in " + root() + "/0/1\n");
    open();
    EXPECT_EQ(notes_, "made a new drive in " + root() + "/0/1\n");
    notes_.clear();
    options_.nsid = 2;
    open();
    EXPECT_EQ(notes_, "made a new drive in " + root() + "/0/2\n");
}

TEST_F(OpenTest, ADirectoryOfValuesIsNoNewDrive) {
    std::filesystem::create_directories(root() + "/0/1");
    open();
    EXPECT_EQ(notes_, "");
}

TEST_F(OpenTest, AWaitSaysWhoHasTheDrive) {
    open();
    options_.lock_wait = std::chrono::milliseconds(60'000);
    std::promise<std::string> told;
    options_.log = [&told](LogLevel, const std::string& sentence) { told.set_value(sentence); };
    std::thread waiting([this] { EXPECT_EQ(code_of(Store::open(options_)), "ok"); });
    const std::string sentence = told.get_future().get();
    store_.reset();
    waiting.join();
    EXPECT_THAT(sentence, HasSubstr("another drive uses namespace 1 of bus 0 in " + root()));
    EXPECT_THAT(sentence, HasSubstr("process " + std::to_string(getpid()) + " ("));
    EXPECT_THAT(sentence, HasSubstr("waiting"));
}

TEST_F(OpenTest, ALinkInThePlaceOfADirectoryIsNotFollowed) {
    open();
    close();
    std::filesystem::rename(root() + "/0", root() + "/elsewhere");
    std::filesystem::create_symlink("elsewhere", root() + "/0");
    EXPECT_EQ(code_of(try_open()), "input/output error");
}

TEST_F(OpenTest, AFileInThePlaceOfTheLockDoesNotHang) {
    open();
    close();
    std::filesystem::remove(engine() + "/lock");
    ASSERT_EQ(::mkfifo((engine() + "/lock").c_str(), 0600), 0);
    const Result<std::unique_ptr<Store>> opened = try_open();
    EXPECT_TRUE(opened.ok() || opened.code() == Code::kIo);
    store_.reset();
    std::filesystem::remove(engine() + "/lock");
    std::filesystem::create_symlink("/etc/passwd", engine() + "/lock");
    EXPECT_EQ(code_of(try_open()), "input/output error");
}

TEST_F(OpenTest, AnAppendThatAKillInterruptedIsCutBack) {
    open();
    ASSERT_EQ(put("k", "one"), "ok");
    ASSERT_EQ(append("k", "two"), "ok");
    close();
    std::ofstream(file("k"), std::ios::app) << "half an app";
    open();
    EXPECT_THAT(log(), HasSubstr("1 unfinished appends cut back"));
    EXPECT_EQ(get("k"), "onetwo");
    EXPECT_EQ(append("k", "three"), "ok");
    EXPECT_EQ(get("k"), "onetwothree");
}

TEST_F(OpenTest, AFileThatReplacedAnAppendedValueIsNotCut) {
    open();
    ASSERT_EQ(put("k", "one"), "ok");
    ASSERT_EQ(append("k", "two"), "ok");
    close();
    std::filesystem::copy_file(file("k"), directory_.path() + "/copy");
    std::filesystem::remove(file("k"));
    write(file("k"), "a longer value made with ordinary tools");
    open();
    EXPECT_EQ(get("k"), "a longer value made with ordinary tools");
}

// Names and kinds of file that are not values, with a key each where they have one.
class HostileTest : public OpenTest {
  protected:
    void furnish() {
        open();
        ASSERT_EQ(put("real", "value"), "ok");
        close();
        write(directory_.path() + "/outside", "secret");
        write(values() + "/README.txt", "x");
        write(values() + "/4", "odd");
        write(values() + "/616", "odd");
        write(values() + "/6a", "lower case");
        write(values() + "/" + std::string(34, '4'), "over-long");
        write(values() + "/ZZ", "not hexadecimal");
        write(values() + "/41 ", "a space");
        std::filesystem::create_symlink(directory_.path() + "/outside", file("symlink"));
        std::filesystem::create_symlink("nowhere", file("dangling"));
        std::filesystem::create_symlink(values(), file("loop"));
        std::filesystem::create_directory(file("directory"));
        write(file("directory") + "/inside", "x");
        ASSERT_EQ(::mkfifo(file("fifo").c_str(), 0600), 0);
        write(file("hardlink"), "twice");
        std::filesystem::create_hard_link(file("hardlink"), values() + "/link");
        kinds_ = {"symlink", "dangling", "loop", "directory", "fifo", "hardlink"};
        // Needs privilege that a test may not have; /dev/null's numbers do no harm.
        if (::mknod(file("device").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0) {
            kinds_.push_back("device");
        }
        before_ = names(values());
    }

    std::vector<std::string> kinds_;
    std::vector<std::string> before_;
};

TEST_F(HostileTest, NothingForeignIsListedReadChangedOrRemoved) {
    furnish();
    for (const bool loaded : {false, true}) {
        open();
        if (loaded) {
            ASSERT_TRUE(store_->load_index({}).ok());
        }
        for (const std::string& kind : kinds_) {
            EXPECT_EQ(get(kind), "<not found>") << kind;
            EXPECT_EQ(say().exists(kind), "not found") << kind;
            EXPECT_EQ(code_of(store_->info(key_of(kind))), "not found") << kind;
            EXPECT_EQ(code_of(store_->open_value(key_of(kind))), "not found") << kind;
            EXPECT_EQ(erase(kind), "not found") << kind;
            EXPECT_EQ(put(kind, "x"), "input/output error") << kind;
            EXPECT_EQ(append(kind, "x"), "input/output error") << kind;
            EXPECT_EQ(say().compose(kind, {"real"}), "input/output error") << kind;
            EXPECT_EQ(say().compose("new", {"real", kind}), "not found") << kind;
            EXPECT_EQ(put(kind, "x", {.must_exist = true}), "not found") << kind;
        }
        EXPECT_THAT(keys(), ElementsAre("real"));
        EXPECT_EQ(get("real"), "value");
        EXPECT_EQ(names(values()), before_);
    }
    EXPECT_EQ(say().format(), "ok");
    while (store_->housekeeping({})) continue;
    std::erase(before_, key_of("real").file_name());
    EXPECT_EQ(names(values()), before_);
    EXPECT_EQ(content(directory_.path() + "/outside"), "secret");
    EXPECT_EQ(content(file("hardlink")), "twice");
    EXPECT_EQ(content(file("directory") + "/inside"), "x");
}

TEST_F(HostileTest, TheStoreSaysWhyANameIsTaken) {
    furnish();
    open();
    const Result<uint64_t> put = store_->put(key_of("fifo"), {}, {}, {});
    EXPECT_THAT(put.status().message(), HasSubstr("6669666F is taken"));
}

TEST_F(HostileTest, AValueExchangedForALinkWhileOpenIsNotFollowed) {
    furnish();
    open();
    ASSERT_TRUE(store_->load_index({}).ok());
    std::filesystem::remove(file("real"));
    std::filesystem::create_symlink(directory_.path() + "/outside", file("real"));
    EXPECT_EQ(put("real", "x"), "input/output error");
    EXPECT_EQ(append("real", "x"), "input/output error");
    EXPECT_EQ(get("real"), "<not found>");
    EXPECT_EQ(erase("real"), "not found");
    EXPECT_TRUE(std::filesystem::is_symlink(file("real")));
    EXPECT_EQ(content(directory_.path() + "/outside"), "secret");
}

class OrdinaryToolsTest : public OpenTest {};

TEST_F(OrdinaryToolsTest, AFileCopiedInWhileTheDriveIsClosedIsAValue) {
    open();
    close();
    write(file("copied"), "by hand");
    open();
    EXPECT_EQ(get("copied"), "by hand");
    EXPECT_EQ(append("copied", "!"), "ok");
    EXPECT_THAT(keys(), ElementsAre("copied"));
}

// A file system that says that the machine was started anew, and keeps marks wherever the test runs.
class RestartedMachine : public FaultFileSystem {
  public:
    uint64_t boot_id() override { return boot; }
    Promises promises(int) override { return {.rename_orders_data = true, .keeps_marks = true}; }
    int set_mark(int fd, const Mark& mark) override {
        marks_[inode(fd)] = mark;
        return 0;
    }
    int get_mark(int fd, Mark* mark) override {
        const auto found = marks_.find(inode(fd));
        if (found == marks_.end()) return -ENODATA;
        *mark = found->second;
        return 0;
    }
    uint64_t boot = 1;

  private:
    uint64_t inode(int fd) {
        FileStat stat;
        return RealFileSystem::stat(fd, &stat) == 0 ? stat.inode : 0;
    }
    std::map<uint64_t, Mark> marks_;
};

class RestartTest : public OpenTest {
  protected:
    RestartedMachine machine_;
};

TEST_F(RestartTest, AfterARestartOnlyAnUnflushedRemainderIsRemoved) {
    options_.file_system = &machine_;
    open();
    for (const char* key : {"whole", "torn", "edited"}) ASSERT_EQ(put(key, "0123456789"), "ok");
    close();
    // What a loss of power leaves: the file's time is the old one, but its end is missing.
    struct stat before {};
    ASSERT_EQ(::stat(file("torn").c_str(), &before), 0);
    std::filesystem::resize_file(file("torn"), 4);
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, file("torn").c_str(), times, 0), 0);
    write(file("edited"), "short");
    machine_.boot = 2;
    open();
    EXPECT_EQ(get("torn"), "<not found>");
    EXPECT_THAT(keys(), ElementsAre("edited", "whole"));
    EXPECT_EQ(get("edited"), "short");
    EXPECT_THAT(log(), HasSubstr("1 values that were never flushed were incomplete"));
    EXPECT_EQ(put("torn", "again"), "ok");
}

TEST_F(OrdinaryToolsTest, AFileRemovedBehindTheDrivesBackIsNotFound) {
    open();
    ASSERT_EQ(put("a", "1"), "ok");
    ASSERT_EQ(put("b", "2"), "ok");
    ASSERT_EQ(put("c", "3"), "ok");
    ASSERT_TRUE(store_->load_index({}).ok());
    for (const char* key : {"a", "b", "c"}) std::filesystem::remove(file(key));
    EXPECT_EQ(get("a"), "<not found>");
    EXPECT_EQ(erase("b"), "not found");
    EXPECT_EQ(append("c", "new"), "ok");
    EXPECT_EQ(get("c"), "new");
    EXPECT_THAT(keys(), ElementsAre("c"));
}

TEST_F(OrdinaryToolsTest, AFileExchangedBehindTheDrivesBackIsReadWhole) {
    options_.capacity_bytes = 1000;
    open();
    ASSERT_EQ(put("a", "1"), "ok");
    ASSERT_TRUE(store_->load_index({}).ok());
    write(directory_.path() + "/new", "a longer value");
    std::filesystem::rename(directory_.path() + "/new", file("a"));
    EXPECT_EQ(get("a"), "a longer value");
    EXPECT_EQ(store_->usage().used_bytes, 15u);
    write(file("b"), "appeared");
    EXPECT_EQ(put("b", "overwritten"), "ok");
    EXPECT_EQ(get("b"), "overwritten");
    EXPECT_EQ(store_->usage().used_bytes, 27u);
}

}  // namespace csd::store
