// SPDX-License-Identifier: BSD-3-Clause
// Tested by emulator_test.cc and emulator_key_value_test.cc.
#include "kv/transport/emulator.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <vector>

#include "kv/transport/emulated_drive.hpp"

namespace csd::kv {
namespace {

constexpr uint32_t kQueueDepth = 256;
constexpr size_t kAlignment = 4096;

// One command from submit to its callback. It keeps one address, as csd_command asks for.
struct Job {
    csd_command command{};
    iovec data{};
    csd_completion result{};
    Transport::Done done;
    uint8_t opcode = 0;
    bool running = false;       // with the engine, as far as the owner has looked
    bool engine_flush = false;  // Flush of the block namespace that carries the 2023 dialect
};

class Emulator : public Transport {
  public:
    explicit Emulator(std::shared_ptr<EmulatedDrive> drive)
        : drive_(std::move(drive)), controller_(drive_->new_controller()) {
        jobs_.resize(kQueueDepth);
        for (Job& job : jobs_) free_.push_back(&job);
    }
    ~Emulator() override;

    std::string name() const override { return "emulator"; }
    TransportLimits limits() const override {
        return {.max_transfer_bytes = EmulatedDrive::kMaxTransferBytes,
                .queue_depth = kQueueDepth,
                .can_cancel = true};
    }
    uint32_t nsid() const override { return drive_->spec().nsid; }

    Result<MutableBytes> allocate(size_t bytes) override;
    void release(MutableBytes buffer) override { std::free(buffer.data()); }

    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override;
    size_t poll(size_t max) override;
    void wait(uint32_t timeout_ms) override;
    void cancel_all() override;
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override {
        return drive_->admin(sqe, data);
    }

  private:
    void begin(Job& job, const nvme::Sqe& sqe);
    void hand_over();
    void execute(Job& job);
    void finish_elsewhere(Job& job);

    const std::shared_ptr<EmulatedDrive> drive_;
    const uint32_t controller_;

    // Of the owner's thread.
    std::deque<Job> jobs_;  // never moves them
    std::vector<Job*> free_;
    std::deque<Job*> finished_;
    // A short command that no executor has yet: a caller who waits for it runs it himself, which saves two
    // switches of threads.
    Job* held_ = nullptr;

    std::mutex mutex_;
    std::condition_variable some_finished_;
    std::vector<Job*> finished_elsewhere_;  // guarded by mutex_
};

Result<MutableBytes> Emulator::allocate(size_t bytes) {
    const size_t rounded = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
    auto* memory = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, rounded));
    if (memory == nullptr) return Status(Code::kTransport, "out of memory");
    return MutableBytes(memory, bytes);
}

Status Emulator::submit(const nvme::Sqe& sqe, MutableBytes data, Done done) {
    if (free_.empty()) return {Code::kNotReady, "the queue is full"};
    hand_over();
    Job& job = *free_.back();
    free_.pop_back();
    job.data = {data.data(), data.size()};
    job.done = std::move(done);
    job.opcode = sqe.opcode();
    job.engine_flush = false;
    job.result = {};
    begin(job, sqe);
    return {};
}

// A command that only its own transfer can make slow, so that the caller may run it and still be
// interrupted soon.
static bool is_short(const Job& job) {
    if (job.command.pace == CSD_PACE_QUICK) return true;
    const bool unbounded = job.opcode == static_cast<uint8_t>(nvme::Opcode::kFlush) ||
                           job.opcode == static_cast<uint8_t>(nvme::Opcode::kCompose);
    return job.command.pace == CSD_PACE_BULK && !unbounded;
}

void Emulator::begin(Job& job, const nvme::Sqe& sqe) {
    csd_device* device = drive_->device();
    job.command = {};
    job.engine_flush =
        job.opcode == static_cast<uint8_t>(nvme::Opcode::kFlush) && !csd_claims(device, job.opcode);
    if (sqe.nsid() != nsid()) {
        job.result.status = nvme::kInvalidNamespaceOrFormat;
        return finished_.push_back(&job);
    }
    if (!job.engine_flush) {
        job.result.status = csd_decode(device, sqe.bytes.data(), controller_, &job.command);
        if (job.result.status == 0 && job.command.data_bytes > job.data.iov_len) {
            job.result.status = nvme::kInvalidField;
        }
        if (job.result.status != 0) return finished_.push_back(&job);
        if (csd_try(device, &job.command, &job.data, 1, &job.result))
            return finished_.push_back(&job);
    }
    job.running = true;
    if (!job.engine_flush && is_short(job)) {
        held_ = &job;
        return;
    }
    Executors& threads =
        job.command.pace == CSD_PACE_QUERY ? drive_->queries() : drive_->commands();
    threads.run([this, &job] { finish_elsewhere(job); });
}

void Emulator::hand_over() {
    if (held_ == nullptr) return;
    drive_->commands().run([this, job = held_] { finish_elsewhere(*job); });
    held_ = nullptr;
}

void Emulator::execute(Job& job) {
    if (job.engine_flush) {
        job.result.status = csd_flush(drive_->device());
    } else {
        csd_execute(drive_->device(), &job.command, &job.data, 1, &job.result);
    }
}

// On an executor. Nothing of the transport is touched after the lock is given back, as its owner may then
// destroy it.
void Emulator::finish_elsewhere(Job& job) {
    execute(job);
    const std::lock_guard lock(mutex_);
    finished_elsewhere_.push_back(&job);
    some_finished_.notify_one();
}

size_t Emulator::poll(size_t max) {
    hand_over();
    {
        const std::lock_guard lock(mutex_);
        finished_.insert(finished_.end(), finished_elsewhere_.begin(), finished_elsewhere_.end());
        finished_elsewhere_.clear();
    }
    size_t ran = 0;
    while (ran < max && !finished_.empty()) {
        Job& job = *finished_.front();
        finished_.pop_front();
        const nvme::Cqe cqe{job.result.dw0, job.result.dw1, job.result.status};
        const Done done = std::exchange(job.done, nullptr);
        job.running = false;
        free_.push_back(&job);
        ran++;
        done(cqe);
    }
    return ran;
}

void Emulator::wait(uint32_t timeout_ms) {
    if (!finished_.empty()) return;
    if (held_ != nullptr && free_.size() + 1 == jobs_.size()) {
        Job& job = *held_;
        held_ = nullptr;
        execute(job);
        return finished_.push_back(&job);
    }
    hand_over();
    std::unique_lock lock(mutex_);
    some_finished_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                            [this] { return !finished_elsewhere_.empty(); });
}

void Emulator::cancel_all() {
    hand_over();
    for (Job& job : jobs_) {
        if (job.running && !job.engine_flush) csd_cancel(drive_->device(), &job.command);
    }
}

Emulator::~Emulator() {
    cancel_all();
    std::unique_lock lock(mutex_);
    some_finished_.wait(lock, [this] {
        return finished_elsewhere_.size() + finished_.size() + free_.size() == jobs_.size();
    });
    lock.unlock();
    csd_reset(drive_->device(), controller_);
}

}  // namespace

Result<std::unique_ptr<Transport>> open_emulator(std::string_view device,
                                                 const OpenOptions& options) {
    const auto spec = parse_emulator_spec(device);
    if (!spec.ok()) return spec.status();
    auto drive = EmulatedDrive::open(spec.value(), options);
    if (!drive.ok()) return drive.status();
    return std::unique_ptr<Transport>(std::make_unique<Emulator>(std::move(drive).value()));
}

}  // namespace csd::kv
