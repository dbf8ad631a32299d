// SPDX-License-Identifier: BSD-3-Clause
//
// A process that keeps objects on two drives is killed, again and again: no object is torn, none that was acknowledged is
// lost, nothing is listed that is not there, and nothing is left behind.
//
//     airmos_crash_test [--rounds=N] [--seed=N]
//
// In each round a child opens the store and changes objects from four coroutines, each with names of its own, until it dies
// of SIGKILL at a random moment. What it began and what was acknowledged stands in a shared file. The parent then
// opens the store and looks. The seed decides all but the moment.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <iostream>
#include <random>
#include <thread>

#include "airmos/objects/layout.hpp"
#include "airmos/objects/objects.hpp"
#include "lib/scale.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos {
namespace {

constexpr int kLanes = 4;
constexpr int kNamesOfLane = 6;
constexpr char kBucket[] = "crash";

uint64_t the_seed = 0;
int the_rounds = 0;

// What the child tells. A version is a number that decides size and bytes; 0 is an absent object.
struct Slot {
    std::atomic<uint64_t> begun{0};
    std::atomic<uint64_t> acknowledged{0};
};
struct Journal {
    std::atomic<bool> open{false};
    std::atomic<uint64_t> operations{0};
    std::array<Slot, kLanes * kNamesOfLane> slots;
};

class SharedJournal {
  public:
    explicit SharedJournal(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0 || ftruncate(file, sizeof(Journal)) != 0) std::abort();
        memory_ = mmap(nullptr, sizeof(Journal), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        ::close(file);
        if (memory_ == MAP_FAILED) std::abort();
    }
    ~SharedJournal() { munmap(memory_, sizeof(Journal)); }
    SharedJournal(const SharedJournal&) = delete;
    SharedJournal& operator=(const SharedJournal&) = delete;
    Journal& operator*() const { return *static_cast<Journal*>(memory_); }
    Journal* operator->() const { return static_cast<Journal*>(memory_); }

  private:
    void* memory_ = nullptr;
};

ObjectsOptions options_in(const std::string& directory) {
    ObjectsOptions options;
    options.devices = {"emulator:" + directory + "/1", "emulator:" + directory + "/2"};
    options.threads_per_drive = 2;
    options.rebuild_wait_ms = 60'000;
    return options;
}

std::string name_of(int slot) {
    return "lane" + std::to_string(slot / kNamesOfLane) + "/" + std::to_string(slot % kNamesOfLane);
}

// Versions are odd for objects and even for their absence.
bool is_present(uint64_t version) {
    return version % 2 == 1;
}
std::string data_of(uint64_t version) {
    std::mt19937_64 random(version);
    const size_t sizes[] = {10, 5000, 70'000, kMiB + 17, 2 * kMiB + 3};
    std::string data = "version " + std::to_string(version) + ";";
    data.resize(sizes[random() % 5], static_cast<char>('a' + version / 2 % 26));
    data += "end of " + std::to_string(version);
    return data;
}

Task<Outcome<>> put(Objects& objects, std::string name, uint64_t version) {
    const std::string data = data_of(version);
    auto writer = co_await objects.create(kBucket, name, std::nullopt);
    if (!writer.ok()) co_return writer.error();
    auto written = co_await writer.value()->write(as_bytes(data));
    if (!written.ok()) co_return written.error();
    ObjectMeta meta;
    meta.etag = std::to_string(version);
    auto stored = co_await writer.value()->commit(meta, {});
    if (!stored.ok()) co_return stored.error();
    co_return Nothing{};
}

Task<Outcome<>> put_in_parts(Objects& objects, std::string name, uint64_t version) {
    const std::string data = data_of(version);
    Upload wanted;
    wanted.name = name;
    auto upload = co_await objects.create_upload(kBucket, wanted);
    if (!upload.ok()) co_return upload.error();
    auto writer = co_await objects.create_part(kBucket, name, upload.value().id, 1);
    if (!writer.ok()) co_return writer.error();
    auto written = co_await writer.value()->write(as_bytes(data));
    if (!written.ok()) co_return written.error();
    auto part = co_await writer.value()->commit("part", {});
    if (!part.ok()) co_return part.error();
    ObjectMeta meta;
    meta.etag = std::to_string(version);
    std::vector<CompletedPart> parts(1);
    parts[0].number = 1;
    parts[0].etag = "part";
    auto done = co_await objects.complete_upload(kBucket, name, upload.value().id, parts, meta, {});
    if (!done.ok()) co_return done.error();
    co_return Nothing{};
}

Task<Outcome<>> remove(Objects& objects, std::string name) {
    auto removed = co_await objects.remove(kBucket, name, {});
    if (!removed.ok()) co_return removed.error();
    co_return Nothing{};
}

// One lane of the child, for ever.
Task<void> live(Objects& objects, Journal& journal, int lane, uint64_t seed) {
    std::mt19937_64 random(seed + static_cast<uint64_t>(lane));
    for (;;) {
        const int index = lane * kNamesOfLane + static_cast<int>(random() % kNamesOfLane);
        Slot& slot = journal.slots[static_cast<size_t>(index)];
        const bool removes = random() % 4 == 0;
        uint64_t version = slot.acknowledged + 1;
        if (is_present(version) == removes) version++;
        slot.begun = version;
        const std::string name = name_of(index);
        Outcome<> done = Nothing{};
        if (removes) {
            done = co_await remove(objects, name);
        } else if (random() % 4 == 0) {
            done = co_await put_in_parts(objects, name, version);
        } else {
            done = co_await put(objects, name, version);
        }
        if (!done.ok()) {
            std::cerr << name << ": " << done.error().message() << "\n";
            _exit(3);
        }
        slot.acknowledged = version;
        journal.operations++;
    }
}

int child(const std::string& directory, uint64_t seed) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const SharedJournal journal(directory + "/journal");
    auto opened = Objects::open(options_in(directory));
    if (!opened.ok()) {
        std::cerr << opened.status().message() << "\n";
        return 2;
    }
    journal->open = true;
    boost::asio::io_context context;
    for (int lane = 0; lane < kLanes; lane++) {
        boost::asio::co_spawn(boost::asio::make_strand(context),
                              live(*opened.value(), *journal, lane, seed), boost::asio::detached);
    }
    std::thread other([&] { context.run(); });
    context.run();
    other.join();
    return 4;
}

Task<Outcome<std::string>> get(Objects& objects, std::string name) {
    auto reader = co_await objects.read(kBucket, name);
    if (!reader.ok()) co_return reader.error();
    std::string data(reader.value()->info().size, '\0');
    const MutableBytes all(reinterpret_cast<uint8_t*>(data.data()), data.size());
    auto got = co_await reader.value()->read(0, all);
    if (!got.ok()) co_return got.error();
    data.resize(got.value());
    co_return data;
}

class CrashTest : public ::testing::Test {
  protected:
    template <typename T>
    static Task<void> keep(Task<T> task, std::optional<T>& result) {
        result.emplace(co_await std::move(task));
    }
    template <typename T>
    static T run(Task<T> task) {
        boost::asio::io_context context;
        std::optional<T> result;
        boost::asio::co_spawn(context, keep(std::move(task), result), boost::asio::detached);
        context.run();
        return std::move(*result);
    }

    void run_round() {
        journal_->open = false;
        const uint64_t operations = journal_->operations;
        const uint64_t seed = random_();
        const bool early = random_() % 6 == 0;
        const pid_t process = fork();
        ASSERT_GE(process, 0);
        if (process == 0) {
            const std::string number = std::to_string(seed);
            execl("/proc/self/exe", "airmos_crash_test", "--child", directory_.path().c_str(),
                  number.c_str(), nullptr);
            _exit(5);
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!early && journal_->operations < operations + 3 &&
               std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 60'000));
        kill(process, SIGKILL);
        int status = 0;
        ASSERT_EQ(process, waitpid(process, &status, 0));
        ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
        ASSERT_TRUE(early || journal_->operations >= operations + 3) << "it hardly did anything";
    }

    void look() {
        auto opened = Objects::open(options_in(directory_.path()));
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        Objects& objects = *opened.value();
        ASSERT_TRUE(objects.ready());
        std::vector<std::string> present;
        for (int index = 0; index < kLanes * kNamesOfLane; index++)
            look_at(objects, index, present);
        std::sort(present.begin(), present.end());
        const auto page = objects.list(kBucket, {});
        ASSERT_TRUE(page.ok());
        std::vector<std::string> listed;
        for (const auto& object : page.value().objects) listed.push_back(object.name);
        EXPECT_EQ(present, listed);
        const auto uploads = objects.uploads(kBucket, {}, "");
        for (const auto& upload : uploads.value().uploads) {
            EXPECT_TRUE(run(objects.abort_upload(kBucket, upload.name, upload.id)).ok());
        }
        opened.value().reset();
        EXPECT_EQ(present.size(), count(objects::RecordType::kData)) << "data is left behind";
        EXPECT_EQ(0u, count(objects::RecordType::kPart));
    }

    // What is there is what was acknowledged last, or what was under way.
    void look_at(Objects& objects, int index, std::vector<std::string>& present) {
        Slot& slot = journal_->slots[static_cast<size_t>(index)];
        const auto data = run(get(objects, name_of(index)));
        if (!data.ok()) {
            ASSERT_EQ("NoSuchKey", data.error().code());
            EXPECT_TRUE(!is_present(slot.acknowledged) || !is_present(slot.begun))
                << name_of(index) << " is lost";
            if (is_present(slot.acknowledged)) slot.acknowledged = slot.begun.load();
            slot.begun = slot.acknowledged.load();
            return;
        }
        present.push_back(name_of(index));
        for (const uint64_t version : {slot.begun.load(), slot.acknowledged.load()}) {
            if (!is_present(version) || data.value() != data_of(version)) continue;
            slot.begun = version;
            slot.acknowledged = version;
            return;
        }
        ADD_FAILURE() << name_of(index) << " is torn or old: " << data.value().substr(0, 30);
    }

    size_t count(objects::RecordType type) {
        size_t count = 0;
        for (const std::string& device : options_in(directory_.path()).devices) {
            auto client = kv::Client::open(device);
            count += client.value()->list({.prefix = objects::prefix_of(type)}).value().size();
        }
        return count;
    }

    test::TempDir directory_{"airmos-crash"};
    SharedJournal journal_{directory_.path() + "/journal"};
    std::mt19937_64 random_{the_seed};
};

TEST_F(CrashTest, NothingIsTornNothingIsLostNothingIsLeftBehind) {
    {
        auto opened = Objects::open(options_in(directory_.path()));
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        BucketInfo bucket;
        bucket.name = kBucket;
        ASSERT_TRUE(run(opened.value()->create_bucket(bucket)).ok());
    }
    for (int round = 0; round < the_rounds; round++) {
        SCOPED_TRACE("round " + std::to_string(round));
        run_round();
        if (!HasFatalFailure()) look();
        if (HasFailure()) {
            directory_.keep();
            FAIL() << "--seed=" << the_seed << ", the drives are in " << directory_.path();
        }
    }
    std::cout << journal_->operations << " operations were acknowledged in " << the_rounds
              << " rounds\n";
}

}  // namespace
}  // namespace csd::airmos

int main(int argc, char** argv) {
    if (argc == 4 && std::string_view(argv[1]) == "--child") {
        return csd::airmos::child(argv[2], std::stoull(argv[3]));
    }
    ::testing::InitGoogleTest(&argc, argv);
    csd::airmos::the_seed = std::random_device()();
    csd::airmos::the_rounds = csd::test::is_small_scale()  ? 8
                              : csd::test::is_long_scale() ? 300
                                                           : 40;
    for (int i = 1; i < argc; i++) {
        const std::string_view argument = argv[i];
        const std::string number(argument.substr(argument.find('=') + 1));
        if (argument.starts_with("--seed=")) csd::airmos::the_seed = std::stoull(number);
        if (argument.starts_with("--rounds=")) csd::airmos::the_rounds = std::stoi(number);
    }
    std::cout << "--seed=" << csd::airmos::the_seed << "\n";
    return RUN_ALL_TESTS();
}
