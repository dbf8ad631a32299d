// SPDX-License-Identifier: BSD-3-Clause
#include "consistency/kills.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/unique_fd.hpp"
#include "consistency/preemption.hpp"
#include "kv/transport/transport.hpp"

extern char** environ;

namespace csd::consistency {
namespace {

constexpr uint32_t kMaxThreads = 16;
constexpr uint32_t kMaxEntries = 8192;  // of a thread in a round
constexpr auto kMaxOpening = std::chrono::seconds(30);

// An answer to Identify.
struct Page {
    bool known = false;
    nvme::Sqe question;
    nvme::Cqe answer;
    std::array<uint8_t, 4096> bytes{};
};
constexpr size_t kMaxPages = 8;

// Of parent and child. Plain memory of a file that both have mapped.
struct Shared {
    char device[512] = {};
    WorkloadOptions workload;
    uint64_t round = 0;
    std::atomic<uint64_t> opened_at{0};
    std::atomic<bool> stop{false};  // end by itself
    std::atomic<bool> failed{false};
    char failure[1024] = {};
    std::array<std::atomic<uint32_t>, kMaxThreads> begun{};
    std::array<Page, kMaxPages> pages;
    DriveEntry entries[kMaxThreads][kMaxEntries];
};
static_assert(std::is_trivially_copyable_v<DriveEntry>);
static_assert(std::is_trivially_copyable_v<WorkloadOptions>);

class Mapping {
  public:
    explicit Mapping(const std::string& path, bool create) {
        const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600));
        if (!fd.valid() || (create && ftruncate(fd.get(), sizeof(Shared)) != 0)) return;
        void* const memory =
            mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
        if (memory == MAP_FAILED) return;
        shared_ = create ? new (memory) Shared() : static_cast<Shared*>(memory);
    }
    ~Mapping() {
        if (shared_ != nullptr) munmap(shared_, sizeof(Shared));
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    Shared* get() { return shared_; }

  private:
    Shared* shared_ = nullptr;
};

// A host that knows the drive. Identify tells how much is used, so a drive that has just been opened answers it when its
// index is loaded, and a client asks it first: no other command would ever meet an index that still loads.
class HostThatKnows : public kv::Transport {
  public:
    HostThatKnows(std::unique_ptr<kv::Transport> inner, Shared& shared)
        : inner_(std::move(inner)), shared_(shared) {}

    std::string name() const override { return inner_->name(); }
    kv::TransportLimits limits() const override { return inner_->limits(); }
    uint32_t nsid() const override { return inner_->nsid(); }
    Result<MutableBytes> allocate(size_t bytes) override { return inner_->allocate(bytes); }
    void release(MutableBytes buffer) override { inner_->release(buffer); }
    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override {
        return inner_->submit(sqe, data, std::move(done));
    }
    size_t poll(size_t max) override { return inner_->poll(max); }
    void wait(uint32_t timeout_ms) override { inner_->wait(timeout_ms); }
    void cancel_all() override { inner_->cancel_all(); }

    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override {
        static constexpr uint8_t kIdentify = 0x06;
        if (sqe.opcode() != kIdentify || data.size() != 4096) return inner_->admin(sqe, data);
        static std::mutex mutex;  // the processes live one after the other
        const std::lock_guard lock(mutex);
        for (Page& page : shared_.pages) {
            if (page.known && page.question.bytes == sqe.bytes) {
                std::ranges::copy(page.bytes, data.begin());
                return page.answer;
            }
            if (page.known) continue;
            auto answer = inner_->admin(sqe, data);
            if (!answer.ok()) return answer;
            page.question = sqe;
            page.answer = answer.value();
            std::ranges::copy(data, page.bytes.begin());
            std::atomic_ref<bool>(page.known).store(true, std::memory_order_release);
            return answer;
        }
        return inner_->admin(sqe, data);
    }

  private:
    const std::unique_ptr<kv::Transport> inner_;
    Shared& shared_;
};

class Killer {
  public:
    Killer(const WorkloadOptions& workload, const KillOptions& options, Checking& checking)
        : workload_(workload), options_(options), checking_(checking), random_(workload.seed) {}

    std::string run(uint64_t& kills);

  private:
    std::string directory() const {
        const size_t start = options_.device.find(':') + 1;
        return options_.device.substr(start, options_.device.find('?') - start);
    }
    void make_fillers() const;
    std::string life(bool first);
    bool start_child();
    std::string wait_until_open();
    void end_child(bool gently);
    std::vector<DriveEntry> collect() const;
    void settle_open(uint64_t ended_before);

    const WorkloadOptions workload_;
    const KillOptions options_;
    Checking& checking_;
    Random random_;
    std::string path_;
    Shared* shared_ = nullptr;
    pid_t child_ = -1;
    uint64_t ended_at_ = 0;  // the last process
    uint64_t kills_ = 0;
};

// A value is a file, so values can be made without a drive.
void Killer::make_fillers() const {
    const std::filesystem::path values = directory() + "/0/1";
    std::filesystem::create_directories(values);
    for (uint32_t i = 0; i < options_.fillers; i++) {
        char text[17];
        std::snprintf(text, sizeof text, "z%07u", i);
        std::ofstream(values / Key::from_text(text)->file_name()) << "filler";
    }
}

bool Killer::start_child() {
    std::string program = "/proc/self/exe", flag = "--child", path = path_;
    char* const arguments[] = {program.data(), flag.data(), path.data(), nullptr};
    return posix_spawn(&child_, program.c_str(), nullptr, nullptr, arguments, environ) == 0;
}

std::string Killer::wait_until_open() {
    const auto end = std::chrono::steady_clock::now() + kMaxOpening;
    while (shared_->opened_at == 0) {
        if (shared_->failed) return shared_->failure;
        siginfo_t ended{};
        waitid(P_PID, static_cast<id_t>(child_), &ended, WEXITED | WNOHANG | WNOWAIT);
        if (ended.si_pid != 0) return "the drive's process ended by itself";
        if (std::chrono::steady_clock::now() > end) return "the drive does not open";
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return "";
}

void Killer::end_child(bool gently) {
    if (gently) {
        shared_->stop = true;
    } else {
        kill(child_, SIGKILL);
        kills_++;
    }
    int status = 0;
    waitpid(child_, &status, 0);
    const bool well = gently ? WIFEXITED(status) && WEXITSTATUS(status) == 0
                             : WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!well && !shared_->failed) {
        std::snprintf(shared_->failure, sizeof shared_->failure,
                      "the drive's process ended by itself, wait status %d", status);
        shared_->failed = true;
    }
    child_ = -1;
    ended_at_ = now_ns();
    while (waitpid(-1, nullptr, 0) > 0) {  // the query workers that it leaves
    }
}

// The drive was opened again: what had no completion when the process before ended is decided now.
void Killer::settle_open(uint64_t ended_before) {
    const uint64_t opened = shared_->opened_at;
    if (opened == 0) return;
    for (uint32_t thread = 0; thread < workload_.threads; thread++) {
        for (uint32_t i = 0; i < shared_->begun[thread]; i++) {
            DriveEntry& entry = shared_->entries[thread][i];
            if (!entry.completed && entry.began < ended_before) {
                entry.ended = std::min(entry.ended, opened);
            }
        }
    }
}

std::string Killer::life(bool first) {
    shared_->opened_at = 0;
    shared_->stop = false;
    const uint64_t ended_before = ended_at_;
    if (!start_child()) return "a process cannot be started";
    const bool early = !first && random_.one_in(8);
    if (early) {
        std::this_thread::sleep_for(std::chrono::microseconds(random_.below(20'000)));
        end_child(false);
        settle_open(ended_before);  // if it had come so far
        return shared_->failed ? shared_->failure : "";
    }
    std::string wrong = wait_until_open();
    if (!wrong.empty()) {
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
        return wrong;
    }
    if (!first) settle_open(ended_before);
    std::this_thread::sleep_for(
        std::chrono::microseconds(random_.below(uint64_t{1000} * options_.max_life_ms)));
    end_child(random_.one_in(6));
    return shared_->failed ? shared_->failure : "";
}

std::vector<DriveEntry> Killer::collect() const {
    std::vector<DriveEntry> history;
    for (uint32_t thread = 0; thread < workload_.threads; thread++) {
        for (uint32_t i = 0; i < shared_->begun[thread]; i++) {
            DriveEntry entry = shared_->entries[thread][i];
            if (!entry.completed) {
                entry.operation.known = entry.operation.torn = false;
            }
            history.push_back(entry);
        }
    }
    return history;
}

std::string Killer::run(uint64_t& kills) {
    make_fillers();
    path_ = (std::filesystem::temp_directory_path() / "csd-consistency-XXXXXX").string();
    const UniqueFd made(mkstemp(path_.data()));
    Mapping mapping(path_, true);
    shared_ = mapping.get();
    if (shared_ == nullptr) return "no shared memory at " + path_;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::snprintf(shared_->device, sizeof shared_->device, "%s", options_.device.c_str());
    shared_->workload = workload_;
    std::string wrong;
    uint64_t played = 0;
    for (uint64_t round = 1; wrong.empty() && played < options_.operations; round++) {
        if (now_ns() > options_.deadline_ns || checking_.found()) break;
        shared_->round = round;
        for (auto& begun : shared_->begun) begun = 0;
        const uint64_t lives = 2 + random_.below(3);
        for (uint64_t i = 0; i < lives && wrong.empty(); i++) wrong = life(i == 0);
        auto history = collect();
        played += history.size();
        checking_.submit(round, std::move(history));
        if (options_.progress) {
            std::fprintf(stderr, "%llu operations, %llu kills\n",
                         static_cast<unsigned long long>(played),
                         static_cast<unsigned long long>(kills_));
        }
    }
    unlink(path_.c_str());
    kills = kills_;
    return wrong;
}

void fail(Shared& shared, const Status& why) {
    if (shared.failed.exchange(true)) return;
    std::snprintf(shared.failure, sizeof shared.failure, "the drive does not open: %s",
                  why.message().c_str());
}

void play_until_killed(Shared& shared, const WorkloadOptions& workload, uint32_t thread,
                       Player& player) {
    const Preemption preemption(workload.preempt_us, workload.seed + thread + shared.round);
    const auto record = [&](uint32_t, uint32_t i) -> DriveEntry& {
        DriveEntry& entry = shared.entries[thread][i];
        entry = DriveEntry();
        entry.completed = false;
        entry.ended = kNever;
        entry.began = now_ns();
        shared.begun[thread] = i + 1;
        return entry;
    };
    if (thread == 0 && shared.begun[0] == 0) player.erase_keys(shared.round - 1);
    player.play(shared.round, thread, shared.begun[thread], kMaxEntries, record, shared.stop);
    while (!shared.stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

std::string play_and_kill(const WorkloadOptions& workload, const KillOptions& options,
                          Checking& checking, uint64_t& kills) {
    if (!options.device.starts_with("emulator:")) return "only emulated drives can be killed";
    if (workload.threads > kMaxThreads) return "too many threads";
    if (workload.groups > 1) return "a killed drive has one group of keys at a time";
    return Killer(workload, options, checking).run(kills);
}

int run_killed_process(const char* path) {
    Mapping mapping(path, false);
    if (mapping.get() == nullptr) return 1;
    Shared& shared = *mapping.get();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const WorkloadOptions workload = shared.workload;
    // Each thread opens a client and begins at once: the index still loads then.
    std::vector<std::thread> threads;
    for (uint32_t thread = 0; thread < workload.threads; thread++) {
        threads.emplace_back([&, thread] {
            auto opened = Player::open(
                shared.device, workload, [&](std::unique_ptr<kv::Transport> transport) {
                    return std::make_unique<HostThatKnows>(std::move(transport), shared);
                });
            if (!opened.ok()) return fail(shared, opened.status());
            uint64_t not_yet = 0;
            shared.opened_at.compare_exchange_strong(not_yet, now_ns());
            play_until_killed(shared, workload, thread, *opened.value());
        });
    }
    for (std::thread& thread : threads) thread.join();
    return shared.failed ? 1 : 0;
}

}  // namespace csd::consistency
