// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/nvme_transport.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "kv/status.hpp"
#include "kv/transport/linux_command.hpp"
#include "kv/transport/spdk/command_slots.hpp"
#include "kv/transport/spdk/environment.hpp"
#include "kv/transport/spdk/log.hpp"
#include "kv/transport/spdk/nvme_controller.hpp"
#include "kv/transport/spdk/patience.hpp"
#include "kv/transport/spdk/pci_turn.hpp"
#include "kv/transport/spdk_host.hpp"

namespace csd::kv {
namespace {

using Slot = CommandSlots::Slot;

constexpr uint32_t kMostTransferBytes = 2 * kMiB;
constexpr size_t kAlignment = 4096;
constexpr std::chrono::milliseconds kOverdueEvery{500};

class NvmeTransport : public Transport {
  public:
    NvmeTransport(std::shared_ptr<NvmeController> controller, spdk_nvme_qpair* queue,
                  const SpdkSpec& spec)
        : is_pcie_(spec.form == SpdkSpec::Form::kPcie),
          nsid_(spec.nsid),
          controller_(std::move(controller)),
          queue_(queue),
          // One entry of a full queue stays empty.
          slots_(this, controller_->queue_entries() - 1) {}
    ~NvmeTransport() override { close_queue(); }

    std::string name() const override { return is_pcie_ ? "spdk pcie" : "spdk tcp"; }
    TransportLimits limits() const override;
    uint32_t nsid() const override { return nsid_; }

    Result<MutableBytes> allocate(size_t bytes) override;
    void release(MutableBytes buffer) override;

    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override;
    size_t poll(size_t max) override;
    void wait(uint32_t timeout_ms) override;
    void cancel_all() override;
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override;

  private:
    static void on_completion(void* slot, const spdk_nvme_cpl* cpl);
    void reap();
    void look_for_overdue();
    void lose();
    void close_queue();

    const bool is_pcie_;
    const uint32_t nsid_;
    const std::shared_ptr<NvmeController> controller_;
    spdk_nvme_qpair* queue_;  // null: the drive is lost
    CommandSlots slots_;
    bool cancelling_ = false;  // with commands on the admin queue
    bool abandoned_ = false;   // the drive may still write where it was told to
    CommandSlots::Clock::time_point next_overdue_look_ = CommandSlots::Clock::now();
};

// A fabric moves any memory, since the kernel copies it anyway. DW1 does not cross SPDK's target.
TransportLimits NvmeTransport::limits() const {
    const uint32_t most = spdk_nvme_ctrlr_get_max_xfer_size(controller_->get());
    return {.max_transfer_bytes = std::min(most, kMostTransferBytes) & ~3u,
            .queue_depth = slots_.count(),
            .any_memory = !is_pcie_,
            .result_64 = is_pcie_,
            .can_cancel = is_pcie_};
}

Result<MutableBytes> NvmeTransport::allocate(size_t bytes) {
    if (is_pcie_) return allocate_pinned(bytes);
    const size_t rounded = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
    auto* const memory = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, rounded));
    if (memory == nullptr) return Status(Code::kTransport, "out of memory");
    return MutableBytes(memory, bytes);
}

void NvmeTransport::release(MutableBytes buffer) {
    if (abandoned_) return;
    is_pcie_ ? release_pinned(buffer) : std::free(buffer.data());
}

Status NvmeTransport::submit(const nvme::Sqe& sqe, MutableBytes data, Done done) {
    if (sqe.nsid() != nsid_) return {Code::kInvalidField, "this transport is of one namespace"};
    if (data.size() > limits().max_transfer_bytes) {
        return {Code::kInvalidField, "one command moves at most " +
                                         std::to_string(limits().max_transfer_bytes) +
                                         " bytes here"};
    }
    if (is_short_of_memory(sqe, data)) {
        return {Code::kInvalidField, "the command moves more than the memory given"};
    }
    Slot* const slot = slots_.take(std::move(done), time_for(sqe.opcode()));
    if (slot == nullptr) return {Code::kNotReady, "the queue is full"};
    if (queue_ == nullptr) {
        slots_.finish(*slot, {.status = kPathError});
        return {};
    }
    spdk_nvme_cmd cmd;
    static_assert(sizeof cmd == sizeof sqe.bytes);
    std::memcpy(&cmd, sqe.bytes.data(), sizeof cmd);
    const int refused = spdk_nvme_ctrlr_cmd_io_raw(
        controller_->get(), queue_, &cmd, data.empty() ? nullptr : data.data(),
        static_cast<uint32_t>(data.size()), on_completion, slot);
    if (refused == 0) return {};
    if (refused == -ENXIO) {
        slots_.finish(*slot, {.status = kPathError});
        return {};
    }
    slots_.give_back(*slot);
    if (refused == -ENOMEM || refused == -EAGAIN) return {Code::kNotReady, "the queue is full"};
    return {Code::kInvalidField,
            std::string("SPDK does not take the command: ") + std::strerror(-refused)};
}

void NvmeTransport::on_completion(void* context, const spdk_nvme_cpl* cpl) {
    Slot& slot = *static_cast<Slot*>(context);
    static_cast<NvmeTransport*>(slot.owner)->slots_.finish(slot, completion_of(*cpl));
}

size_t NvmeTransport::poll(size_t max) {
    if (!slots_.any_finished()) reap();
    return slots_.run(max);
}

void NvmeTransport::wait(uint32_t timeout_ms) {
    const Patience patience(timeout_ms);
    while (!slots_.any_finished()) {
        reap();
        if (slots_.any_finished() || !patience.pause()) return;
    }
}

void NvmeTransport::reap() {
    if (queue_ == nullptr) return;
    if (spdk_nvme_qpair_process_completions(queue_, 0) < 0) return lose();
    if (cancelling_) {
        cancelling_ = slots_.in_flight() > 0;
        if (spdk_nvme_ctrlr_process_admin_completions(controller_->get()) < 0) return lose();
    }
    if (!slots_.any_finished()) look_for_overdue();
}

// A drive that does not answer in all this time is lost as much as one that was unplugged.
void NvmeTransport::look_for_overdue() {
    const auto now = CommandSlots::Clock::now();
    if (now < next_overdue_look_) return;
    next_overdue_look_ = now + kOverdueEvery;
    if (!slots_.any_overdue()) return;
    if (is_pcie_) {
        spdk_nvme_ctrlr_fail(controller_->get());  // its queues end without its help
        abandoned_ = true;
    }
    lose();
}

void NvmeTransport::lose() {
    controller_->lost();
    close_queue();
}

// SPDK ends what is still in the queue, before or while it frees the queue; after that nothing touches the buffers.
void NvmeTransport::close_queue() {
    if (queue_ != nullptr) spdk_nvme_ctrlr_free_io_qpair(std::exchange(queue_, nullptr));
    slots_.finish_all(kPathError);
}

// The drive ends them with Command Abort Requested, or as they would have ended.
void NvmeTransport::cancel_all() {
    if (queue_ == nullptr) return;
    const auto ignore = [](void*, const spdk_nvme_cpl*) {};
    slots_.each_in_flight([this, ignore](Slot& slot) {
        spdk_nvme_ctrlr_cmd_abort_ext(controller_->get(), queue_, &slot, ignore, nullptr);
    });
    cancelling_ = true;
}

Result<nvme::Cqe> NvmeTransport::admin(const nvme::Sqe& sqe, MutableBytes data) {
    return controller_->admin(sqe, data);
}

}  // namespace

std::chrono::seconds time_for(uint8_t opcode) {
    return std::chrono::seconds(may_take_long(opcode) ? 300 : 60);
}

bool is_short_of_memory(const nvme::Sqe& sqe, MutableBytes data) {
    return nvme::direction_of(sqe.opcode()) != nvme::Direction::kNone &&
           sqe.dword(10) > data.size();
}

// A target that was started anew does not know the controller that another transport of this process still holds; then a
// connection of its own is what is needed.
static Result<std::unique_ptr<Transport>> open_queue(const SpdkSpec& spec,
                                                     const OpenOptions& options) {
    const bool is_tcp = spec.form == SpdkSpec::Form::kTcp;
    for (bool last = !is_tcp;; last = true) {
        auto opened = NvmeController::open(spec, options);
        if (!opened.ok()) return opened.status();
        std::shared_ptr<NvmeController> controller = std::move(opened).value();
        if (const Status there = controller->check_namespace(spec.nsid); !there.ok()) return there;
        LogScope said(options.log);
        spdk_nvme_qpair* const queue = controller->new_queue(options.cancel);
        if (queue != nullptr) {
            return std::unique_ptr<Transport>(
                std::make_unique<NvmeTransport>(std::move(controller), queue, spec));
        }
        if (options.cancel.cancelled()) return Status(Code::kAborted, "interrupted");
        if (last) {
            return Status(Code::kTransport,
                          "'" + spec.device + "' has no queue for one more" + said.reason());
        }
        controller->lost();
    }
}

Result<std::unique_ptr<Transport>> open_nvme(const SpdkSpec& spec, const OpenOptions& options) {
    const bool is_pcie = spec.form == SpdkSpec::Form::kPcie;
    if (is_pcie) {
        if (const Status free = check_pci_device("/sys", spec.address); !free.ok()) return free;
        if (const Status mine = take_pci_turn(kTurns, spec.address, kTurnMs, options.log);
            !mine.ok()) {
            return mine;
        }
    }
    const auto memory = is_pcie ? SpdkMemory::kPinned : SpdkMemory::kAny;
    if (const Status started = start_environment(memory, kHugeBytesOfController, options.log);
        !started.ok()) {
        return started;
    }
    return open_queue(spec, options);
}

}  // namespace csd::kv
