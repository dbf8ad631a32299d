// SPDX-License-Identifier: BSD-3-Clause
//
// Values made of values: what they consist of, and that they and the end of their sources are one step, also for a crash.
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <functional>
#include <thread>

#include "device/store/fault_file_system.hpp"
#include "device/store/file_system.hpp"
#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;

class ComposeTest : public StoreTest {
  protected:
    ComposeTest() : StoreTest(Where::kMemory) {}
};

TEST_F(ComposeTest, ComposeJoinsValuesInOrder) {
    open();
    ASSERT_EQ(put("a", "one"), "ok");
    ASSERT_EQ(put("b", ""), "ok");
    ASSERT_EQ(put("c", "two"), "ok");
    EXPECT_EQ(say().compose("k", {"c", "a", "b", "a"}), "ok");
    EXPECT_EQ(get("k"), "twooneone");
    EXPECT_EQ(say().compose("k", {"k", "a", "k"}), "ok") << "the target may be a source";
    EXPECT_EQ(get("k"), "twooneoneonetwooneone");
    EXPECT_EQ(say().compose("k", {}), "ok");
    EXPECT_EQ(get("k"), "");
}

TEST_F(ComposeTest, ComposeOfAMissingSourceChangesNothing) {
    open();
    ASSERT_EQ(put("a", "one"), "ok");
    ASSERT_EQ(put("k", "old"), "ok");
    EXPECT_EQ(say().compose("k", {"a", "missing"}, {}, true), "not found");
    EXPECT_EQ(say().compose("k", {"a"}, {.must_not_exist = true}, true), "exists");
    EXPECT_EQ(get("k"), "old");
    EXPECT_EQ(get("a"), "one");
}

TEST_F(ComposeTest, ComposeMayDeleteItsSources) {
    open();
    ASSERT_EQ(put("a", "one"), "ok");
    ASSERT_EQ(put("k", "two"), "ok");
    EXPECT_EQ(say().compose("k", {"a", "k", "a"}, {}, true), "ok");
    EXPECT_EQ(get("k"), "onetwoone");
    EXPECT_THAT(keys(), ElementsAre("k")) << "the target is not deleted";
}

TEST_F(ComposeTest, ComposeOfLargeValuesIsExact) {
    open();
    std::string expected;
    std::vector<std::string> sources;
    for (int i = 0; i < 5; i++) {
        std::string part(3'000'001 + i * 77, static_cast<char>('a' + i));
        sources.push_back("part" + std::to_string(i));
        ASSERT_EQ(put(sources.back(), part), "ok");
        expected += part;
    }
    EXPECT_EQ(say().compose("k", sources), "ok");
    EXPECT_TRUE(get("k") == expected);
}

class FewDescriptors {
  public:
    explicit FewDescriptors(rlim_t most) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit few{std::min(most, before_.rlim_max), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

TEST_F(ComposeTest, ComposeNeedsFewDescriptorsForManySources) {
    const FewDescriptors few(256);
    open();
    std::string expected;
    std::vector<std::string> sources;
    for (int i = 0; i < 3000; i++) {
        sources.push_back("part" + std::to_string(i));
        expected += std::to_string(i) + ",";
        ASSERT_EQ(put(sources.back(), std::to_string(i) + ","), "ok");
    }
    ASSERT_EQ(say().compose("k", sources), "ok");
    EXPECT_TRUE(get("k") == expected);
    EXPECT_EQ(put("l", "v"), "ok") << "descriptors are left for others";
    EXPECT_EQ(say().compose("k", sources, {}, true), "ok");
    EXPECT_TRUE(get("k") == expected);
    EXPECT_THAT(keys(), ElementsAre("k", "l"));
    EXPECT_EQ(say().compose("k", sources), "not found");
}

// Calls back before each copy.
class WatchedCopies : public RealFileSystem {
  public:
    std::function<void()> before;

    ssize_t copy(int from, uint64_t from_offset, int to, uint64_t to_offset,
                 uint64_t bytes) override {
        if (before) before();
        return RealFileSystem::copy(from, from_offset, to, to_offset, bytes);
    }
};

class ChangingSourcesTest : public ComposeTest {
  protected:
    ChangingSourcesTest() {
        options_.file_system = &fs_;
        for (int i = 0; i < 30; i++) sources_.push_back("s" + std::to_string(10 + i));
    }
    void SetUp() override {
        open();
        for (const std::string& source : sources_) ASSERT_EQ(put(source, source), "ok");
        ASSERT_EQ(put("k", "old"), "ok");
    }
    void at_first_copy(const std::function<void()>& change) {
        fs_.before = [this, change] {
            const auto once = change;  // outlives the function it is in
            fs_.before = nullptr;
            once();
        };
    }
    std::string all() {
        std::string text;
        for (const std::string& source : sources_) text += get(source);
        return text;
    }

    WatchedCopies fs_;
    std::vector<std::string> sources_;
};

TEST_F(ChangingSourcesTest, AreCopiedAgainWhenOneHasChanged) {
    for (const std::string key : {"s10", "s39"}) {
        at_first_copy([&] { EXPECT_EQ(put(key, "replaced"), "ok"); });
        EXPECT_EQ(say().compose("k", sources_), "ok");
        EXPECT_EQ(get("k"), all());
        at_first_copy([&] { EXPECT_EQ(append(key, "appended"), "ok"); });
        EXPECT_EQ(say().compose("k", sources_), "ok");
        EXPECT_EQ(get("k"), all());
    }
}

TEST_F(ChangingSourcesTest, AnErasedOneIsNotFound) {
    at_first_copy([&] { EXPECT_EQ(erase("s39"), "ok"); });
    EXPECT_EQ(say().compose("k", sources_), "not found");
    EXPECT_EQ(get("k"), "old");
}

TEST_F(ChangingSourcesTest, AreHeldInTheEndWhenTheyChangeForever) {
    // Each of three tries copies the ten sources before the one that changes, and finds it changed. The fourth holds the
    // keys: a change waits for it.
    std::atomic<int> wanted = 0;
    std::atomic<int> made = 0;
    std::atomic<bool> over = false;
    std::thread writer([&] {
        while (!over) {
            if (made == wanted) continue;
            EXPECT_EQ(put("s20", std::to_string(made)), "ok");
            made++;
        }
    });
    int copies = 0;
    fs_.before = [&] {
        if (copies++ >= 3 * 10) return;
        wanted++;
        while (made != wanted) std::this_thread::yield();
    };
    EXPECT_EQ(say().compose("k", sources_, {}, true), "ok");
    EXPECT_EQ(copies, 3 * 10 + 30);
    over = true;
    writer.join();
    EXPECT_THAT(keys(), ElementsAre("k"));
}

// The process ends at a system call, as if it had been killed there.
class MortalFileSystem : public FaultFileSystem {
  public:
    static constexpr int kEnded = 9;
    void on_fault() override { ::_exit(kEnded); }
};

TEST_F(ComposeTest, AKillAtAnyCallLeavesTheStateBeforeOrAfter) {
    for (const SyncMode sync : {SyncMode::kFlush, SyncMode::kAlways}) {
        options_.sync = sync;
        bool ended = true;
        for (uint64_t call = 0; ended; call++) {
            std::filesystem::remove_all(root());
            options_.file_system = nullptr;
            open();
            for (const char* key : {"a", "b", "c"}) ASSERT_EQ(put(key, key), "ok");
            ASSERT_EQ(put("k", "old"), "ok");
            ASSERT_EQ(append("b", "+"), "ok");
            close();
            const pid_t child = ::fork();
            ASSERT_GE(child, 0);
            if (child == 0) {
                MortalFileSystem fs;
                options_.file_system = &fs;
                open();
                fs.fail(call, EIO);
                const std::string status = say().compose("k", {"a", "b", "c", "a"}, {}, true);
                ::_exit(status == "ok" ? 0 : 1);
            }
            int status = 0;
            ASSERT_EQ(::waitpid(child, &status, 0), child);
            ASSERT_TRUE(WIFEXITED(status));
            ended = WEXITSTATUS(status) == MortalFileSystem::kEnded;
            ASSERT_TRUE(ended || WEXITSTATUS(status) == 0) << call;
            open();
            if (get("k") == "old") {
                EXPECT_TRUE(ended) << "it was acknowledged";
                EXPECT_THAT(keys(), ElementsAre("a", "b", "c", "k")) << call;
                EXPECT_EQ(get("b"), "b+");
            } else {
                EXPECT_EQ(get("k"), "ab+ca");
                EXPECT_THAT(keys(), ElementsAre("k")) << call;
            }
            EXPECT_EQ(names(values()).size(), keys().size()) << call;
            for (const std::string& name : names(engine())) {
                EXPECT_TRUE(name == "lock" || name == "appends" || name == "boot") << name;
            }
            close();
            ASSERT_FALSE(HasFailure());
        }
    }
}

// Some files cannot be removed, as on a failing disk.
class StickyFileSystem : public RealFileSystem {
  public:
    std::atomic<bool> sticks{false};
    int unlink_at(int dir, const char* name, int flags) override {
        const bool is_value = Key::from_file_name(name).has_value();
        return sticks && is_value ? -EIO : RealFileSystem::unlink_at(dir, name, flags);
    }
};

class StickySourcesTest : public ComposeTest {
  protected:
    void SetUp() override {
        options_.file_system = &fs_;
        open();
        ASSERT_EQ(put("a", "one"), "ok");
        ASSERT_EQ(put("b", "two"), "ok");
        fs_.sticks = true;
        ASSERT_EQ(say().compose("k", {"a", "b"}, {}, true), "ok");
        ASSERT_EQ(names(values()).size(), 3u) << "the files are still there";
        expect_gone();
    }
    void expect_gone() {
        EXPECT_THAT(keys(), ElementsAre("k"));
        EXPECT_EQ(get("a"), "<not found>");
        EXPECT_EQ(say().exists("b"), "not found");
        EXPECT_EQ(erase("b"), "not found");
        EXPECT_EQ(get("k"), "onetwo");
    }
    StickyFileSystem fs_;
};

TEST_F(StickySourcesTest, AreDeletedForHostsAndRemovedLater) {
    store_->housekeeping({});
    expect_gone();
    fs_.sticks = false;
    store_->housekeeping({});
    EXPECT_EQ(names(values()).size(), 1u);
    EXPECT_EQ(names(engine()).size(), 2u) << "lock and boot: the intent has gone";
    expect_gone();
}

TEST_F(StickySourcesTest, StayDeletedAcrossARestartAlsoWithoutTheValue) {
    ASSERT_EQ(put("k", "another"), "ok");
    for (const bool loaded : {false, true}) {
        open();
        if (loaded) {
            ASSERT_TRUE(store_->load_index({}).ok());
        }
        EXPECT_EQ(say().exists("a"), "not found");
        EXPECT_EQ(get("b"), "<not found>");
        EXPECT_THAT(keys(), ElementsAre("k"));
    }
    fs_.sticks = false;
    open();
    EXPECT_EQ(names(values()).size(), 1u);
}

TEST_F(StickySourcesTest, AreReplacedByAStoreOfTheirKey) {
    EXPECT_EQ(put("a", "new", {.must_exist = true}), "not found");
    EXPECT_EQ(put("a", "new", {.must_not_exist = true}), "ok");
    EXPECT_EQ(append("b", "newer"), "ok");
    EXPECT_EQ(get("a"), "new");
    EXPECT_EQ(get("b"), "newer");
    fs_.sticks = false;
    store_->housekeeping({});
    EXPECT_EQ(get("a"), "new");
    open();
    EXPECT_EQ(get("a"), "new");
    EXPECT_THAT(keys(), ElementsAre("a", "b", "k"));
}

TEST_F(StickySourcesTest, GoWithAFormat) {
    ASSERT_EQ(say().format(), "ok");
    EXPECT_THAT(keys(), ::testing::IsEmpty());
    fs_.sticks = false;
    while (store_->housekeeping({})) continue;
    open();
    EXPECT_THAT(keys(), ::testing::IsEmpty());
    EXPECT_EQ(names(values()).size(), 0u);
}

TEST_F(ComposeTest, ManySourcesAtOnceDoNotWaitForEachOther) {
    open();
    std::vector<std::thread> hosts;
    for (int i = 0; i < 4; i++) {
        hosts.emplace_back([this, i] {
            for (int n = 0; n < 200; n++) {
                const std::string a = "key" + std::to_string((i + n) % 5);
                const std::string b = "key" + std::to_string((i * 3 + n * 2) % 5);
                put(a, "x");
                put(b, "y");
                say().compose("key" + std::to_string(n % 5), {a, b, a}, {}, n % 2 == 0);
            }
        });
    }
    for (std::thread& host : hosts) host.join();
    uint64_t bytes = 0;
    for (const std::string& key : keys()) bytes += key.size() + get(key).size();
    EXPECT_EQ(store_->usage().used_bytes, bytes);
}

}  // namespace csd::store
