// SPDX-License-Identifier: BSD-3-Clause
// Tests bdev_csd.cc and lifecycle.cc on SPDK's own bdev layer: what a target or a program can send beside commands, and
// what the host finds in its buffer. An application of SPDK without hugepages, whose thread the tests give their work to.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

#include "bdev_csd.hpp"
#include "nvme/command.hpp"
#include "nvme/status.hpp"

namespace csd::spdk {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongest = 60s;
constexpr size_t kBufferBytes = 8192;
spdk_thread* application = nullptr;

// What `work` returns, on the application's thread.
template <typename Work>
auto there(Work work) {
    using Task = std::packaged_task<decltype(work())()>;
    auto task = std::make_unique<Task>(std::move(work));
    auto answer = task->get_future();
    const auto run = [](void* given) { (*std::unique_ptr<Task>(static_cast<Task*>(given)))(); };
    send(application, run, task.release());
    return answer.get();
}

// One I/O, from its submission on.
struct Sent {
    std::promise<uint16_t> status;  // of NVMe
    bool succeeded = false;
    uint32_t dw0 = 0;

    static void ended(spdk_bdev_io* io, bool success, void* context) {
        auto& self = *static_cast<Sent*>(context);
        int type = 0;
        int code = 0;
        spdk_bdev_io_get_nvme_status(io, &self.dw0, &type, &code);
        self.succeeded = success;
        spdk_bdev_free_io(io);
        self.status.set_value(
            nvme::make_status(static_cast<uint8_t>(type), static_cast<uint8_t>(code), false));
    }
    uint16_t wait() {
        auto ended = status.get_future();
        if (ended.wait_for(kLongest) != std::future_status::ready) std::abort();  // it uses us
        return ended.get();
    }
};

class BdevIoTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "csd-bdev-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        ASSERT_EQ(make("drive", "root"), Code::kOk);
        there([this] {
            EXPECT_EQ(spdk_bdev_open_ext("drive", true, ignore, nullptr, &desc_), 0);
            channel_ = spdk_bdev_get_io_channel(desc_);
            buffer_ = static_cast<char*>(spdk_dma_zmalloc(kBufferBytes, 4096, nullptr));
            return 0;
        });
        ASSERT_NE(buffer_, nullptr);
    }
    void TearDown() override {
        there([this] {
            spdk_dma_free(buffer_);
            spdk_put_io_channel(channel_);
            spdk_bdev_close(desc_);
            return 0;
        });
        EXPECT_EQ(remove("drive"), 0);
        std::filesystem::remove_all(directory_);
    }
    static void ignore(spdk_bdev_event_type, spdk_bdev*, void*) {}

    std::future<Code> start_making(const std::string& name, const std::string& root) {
        auto made = std::make_shared<std::promise<Code>>();
        auto answer = made->get_future();
        there([this, name, root, made] {
            create_bdev(name, "", {.root = directory_ + "/" + root},
                        [made](Result<CsdBdev*> bdev) { made->set_value(bdev.status().code()); });
            return 0;
        });
        return answer;
    }
    Code make(const std::string& name, const std::string& root) {
        return start_making(name, root).get();
    }
    static int remove(const std::string& name) {
        std::promise<int> removed;
        there([&] { return delete_bdev(name, [&](int error) { removed.set_value(error); }); });
        return removed.get_future().get();
    }

    // `submit` is one of SPDK's functions, its arguments between the channel and the callback are here.
    template <typename Submit, typename... Arguments>
    void submit(Sent& sent, Submit function, Arguments... arguments) {
        const int refused =
            there([&] { return function(desc_, channel_, arguments..., Sent::ended, &sent); });
        ASSERT_EQ(refused, 0);
    }
    void start(Sent& sent, const nvme::Command& command, size_t bytes) {
        const nvme::Sqe sqe = nvme::encode(command, nvme::Dialect::kKeyValue, 1);
        const auto* const cmd = reinterpret_cast<const spdk_nvme_cmd*>(sqe.bytes.data());
        submit(sent, spdk_bdev_nvme_io_passthru, cmd, buffer_, bytes);
    }
    uint16_t run(const nvme::Command& command, size_t bytes) {
        Sent sent;
        start(sent, command, bytes);
        return sent.wait();
    }
    static Key key(std::string_view name) { return *Key::from_bytes(as_bytes(name)); }

    void store(std::string_view name, const std::string& value) {
        memcpy(buffer_, value.data(), value.size());
        const auto bytes = static_cast<uint32_t>(value.size());
        ASSERT_EQ(run(nvme::Store{.key = key(name), .bytes = bytes}, bytes), nvme::kSuccess);
    }
    // A select that its deadline would end, and that answers only then.
    void start_slow(Sent& sent) {
        store("numbers", "1\n2\n3\n");
        const std::string sql = "SELECT count(*) FROM s3object, range(300000000000)";
        memcpy(buffer_, sql.data(), sql.size());
        const auto bytes = static_cast<uint32_t>(sql.size());
        start(sent, nvme::SelectSend{.key = key("numbers"), .bytes = bytes}, bytes);
    }

    std::string directory_;
    spdk_bdev_desc* desc_ = nullptr;
    spdk_io_channel* channel_ = nullptr;
    char* buffer_ = nullptr;
};

constexpr uint16_t without_retry(uint16_t status) {
    return nvme::status_kind(status);
}

TEST_F(BdevIoTest, ThereAreNoBlocks) {
    Sent read;
    submit(read, spdk_bdev_read_blocks, buffer_, uint64_t{0}, uint64_t{1});
    EXPECT_EQ(read.wait(), without_retry(nvme::kInvalidOpcode));
    EXPECT_FALSE(read.succeeded);
    Sent write;
    submit(write, spdk_bdev_write_blocks, buffer_, uint64_t{0}, uint64_t{1});
    EXPECT_EQ(write.wait(), without_retry(nvme::kInvalidOpcode));
    EXPECT_FALSE(write.succeeded);
}

TEST_F(BdevIoTest, AFlushSucceeds) {
    store("key", "value");
    Sent flush;
    submit(flush, spdk_bdev_flush_blocks, uint64_t{0}, uint64_t{1});
    EXPECT_EQ(flush.wait(), nvme::kSuccess);
    EXPECT_TRUE(flush.succeeded);
}

TEST_F(BdevIoTest, WhatIsReadBeyondAValueIsZeros) {
    store("key", "value");
    memset(buffer_, 0xAA, kBufferBytes);
    EXPECT_EQ(run(nvme::Retrieve{.key = key("key"), .bytes = kBufferBytes}, kBufferBytes),
              nvme::kSuccess);
    EXPECT_EQ(std::string(buffer_, 5), "value");
    EXPECT_EQ(std::string(buffer_ + 5, kBufferBytes - 5), std::string(kBufferBytes - 5, '\0'));
}

TEST_F(BdevIoTest, AnAbortedSelectEndsAtOnce) {
    Sent slow;
    start_slow(slow);
    Sent abort;
    submit(abort, spdk_bdev_abort, static_cast<void*>(&slow));
    EXPECT_EQ(slow.wait(), without_retry(nvme::kAbortRequested));
    abort.wait();
    EXPECT_TRUE(abort.succeeded);
}

TEST_F(BdevIoTest, AnAbortOfWhatIsNotThereFails) {
    Sent nobody;
    Sent abort;
    submit(abort, spdk_bdev_abort, static_cast<void*>(&nobody));
    abort.wait();
    EXPECT_FALSE(abort.succeeded);
}

TEST_F(BdevIoTest, AResetEndsWhatRunsAndTheDriveWorksOn) {
    Sent slow;
    start_slow(slow);
    Sent reset;
    submit(reset, spdk_bdev_reset);
    EXPECT_EQ(slow.wait(), without_retry(nvme::kAbortRequested));
    EXPECT_EQ(reset.wait(), nvme::kSuccess);
    EXPECT_TRUE(reset.succeeded);
    store("after", "value");
}

// Both open their directory; then SPDK takes one of them. The other's drive is closed beside the reactor.
TEST_F(BdevIoTest, OfTwoWithOneNameOneIsMade) {
    auto one = start_making("twice", "one");
    auto two = start_making("twice", "two");
    const std::set<Code> codes{one.get(), two.get()};
    EXPECT_EQ(codes, (std::set{Code::kOk, Code::kExists}));
    EXPECT_EQ(remove("twice"), 0);
    for (const char* root : {"one", "two"}) {
        EXPECT_EQ(make("again", root), Code::kOk);  // the directory is free
        EXPECT_EQ(remove("again"), 0);
    }
}

// The tests have a thread that no reactor's processor keeps.
int run_application() {
    spdk_app_opts options{};
    csd_spdk_app_opts_init(&options);
    csd_spdk_app_opts_no_huge(&options);
    options.name = "bdev_io_test";
    options.rpc_addr = nullptr;
    options.num_entries = 0;  // of a trace: it wants more locked memory than Debian lets users have
    std::promise<void> started;
    int failed = 1;
    std::thread tests([&] {
        started.get_future().wait();
        if (application == nullptr) return;
        failed = RUN_ALL_TESTS();
        there([] {
            spdk_app_stop(0);
            return 0;
        });
    });
    const int ended = spdk_app_start(
        &options,
        [](void* context) {
            application = spdk_get_thread();
            static_cast<std::promise<void>*>(context)->set_value();
        },
        &started);
    if (application == nullptr) started.set_value();
    tests.join();
    spdk_app_fini();
    return failed != 0 ? failed : ended;
}

}  // namespace
}  // namespace csd::spdk

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    return csd::spdk::run_application();
}
