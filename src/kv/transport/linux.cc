// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_test.cc.
#include "kv/transport/linux.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "kv/status.hpp"
#include "kv/transport/linux_command.hpp"
#include "kv/transport/linux_ioctl.hpp"
#include "kv/transport/linux_memory.hpp"
#include "kv/transport/linux_node.hpp"

namespace csd::kv {
namespace {

constexpr uint32_t kRingDepth = 256;
constexpr size_t kReapAtOnce = 64;
constexpr uint32_t kEndWaitMs = 1000;
// 30 seconds, unless the administrator set another (nvme_core.io_timeout). When a reset lost a command, it ends so soon.
constexpr uint32_t kDriversTimeout = 0;
// A kernel without memory for a command may have it a moment later.
constexpr uint8_t kMostTries = 100;

struct Slot {
    nvme_uring_cmd command{};
    MutableBytes data;  // the caller's
    MutableBytes copy;  // what the kernel moves in its place, if anything
    Transport::Done done;
    uint8_t tries = 0;
};

bool goes_to_drive(const nvme_uring_cmd& command) {
    return nvme::direction_of(command.opcode) == nvme::Direction::kHostToDrive;
}

// The drive believes CDW10, not the kernel's length, and would use memory behind the buffer. Read and Write of a block
// namespace count otherwise; no client of ours sends them.
bool is_short_of_memory(const nvme::Sqe& sqe, MutableBytes data) {
    return nvme::direction_of(sqe.opcode()) != nvme::Direction::kNone &&
           sqe.dword(10) > data.size();
}

// What is no multiple of 4 the kernel copies into pages of its own, which are scattered. A piece of a huge page has room
// for the difference, and the drive, which goes by CDW10, does not touch it.
uint32_t whole_dwords(size_t bytes) {
    return (static_cast<uint32_t>(bytes) + 3) & ~3u;
}

class LinuxTransport : public Transport {
  public:
    LinuxTransport(LinuxKernel& kernel, LinuxNode node, uint32_t timeout_ms,
                   std::unique_ptr<PassthroughQueue> queue)
        : node_(std::move(node)),
          timeout_ms_(timeout_ms),
          memory_(kernel),
          slots_(queue->depth()),
          queue_(std::move(queue)) {
        for (uint32_t slot = queue_->depth(); slot-- > 0;) free_.push_back(slot);
        const TransferSizes& sizes = node_.sizes();
        const bool contiguous = sizes.most_bytes > sizes.scattered_bytes &&
                                memory_.use_huge_pages(sizes.scattered_bytes, sizes.most_bytes);
        most_bytes_ = contiguous ? sizes.most_bytes : sizes.scattered_bytes;
    }
    ~LinuxTransport() override;

    std::string name() const override { return queue_->name(); }
    TransportLimits limits() const override {
        return {.max_transfer_bytes = most_bytes_,
                .queue_depth = queue_->depth(),
                .result_64 = queue_->result_64()};
    }
    uint32_t nsid() const override { return node_.nsid(); }

    Result<MutableBytes> allocate(size_t bytes) override { return memory_.allocate(bytes); }
    void release(MutableBytes buffer) override { memory_.release(buffer); }

    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override;
    size_t poll(size_t max) override;
    void wait(uint32_t timeout_ms) override { queue_->wait(timeout_ms); }
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override {
        return node_.admin(sqe, data);
    }

  private:
    bool may_be_scattered(size_t bytes) const { return bytes > node_.sizes().scattered_bytes; }
    bool starts_again(uint32_t slot, int outcome);
    bool copies(Slot& slot);
    nvme::Cqe end_copy(Slot& slot, const PassthroughQueue::Finished& finished);

    const LinuxNode node_;
    const uint32_t timeout_ms_;
    TransferMemory memory_;
    uint32_t most_bytes_ = 0;
    std::vector<Slot> slots_;
    std::vector<uint32_t> free_;
    const std::unique_ptr<PassthroughQueue> queue_;  // ends first
};

Status LinuxTransport::submit(const nvme::Sqe& sqe, MutableBytes data, Done done) {
    if (free_.empty()) return {Code::kNotReady, "the queue is full"};
    if (sqe.nsid() != nsid()) {
        return {Code::kInvalidField, "the device node is of another namespace"};
    }
    if (data.size() > most_bytes_) {
        return {Code::kInvalidField,
                "one command moves at most " + std::to_string(most_bytes_) + " bytes here"};
    }
    if (is_short_of_memory(sqe, data)) {
        return {Code::kInvalidField, "the command moves more than the memory given"};
    }
    const uint32_t number = free_.back();
    free_.pop_back();
    Slot& slot = slots_[number];
    const uint32_t timeout_ms = may_take_long(sqe.opcode()) ? timeout_ms_ : kDriversTimeout;
    slot.command = passthrough_command(sqe, data, timeout_ms);
    if (may_be_scattered(data.size()) && memory_.is_contiguous(data)) {
        slot.command.data_len = whole_dwords(data.size());
    }
    slot.data = data;
    slot.done = std::move(done);
    slot.tries = 0;
    queue_->start(number, slot.command);
    return {};
}

size_t LinuxTransport::poll(size_t max) {
    std::array<PassthroughQueue::Finished, kReapAtOnce> finished;
    const size_t count = queue_->reap(std::span(finished).first(std::min(max, finished.size())));
    size_t ran = 0;
    for (const auto& one : std::span(finished).first(count)) {
        if (starts_again(one.slot, one.outcome)) continue;
        Slot& slot = slots_[one.slot];
        const nvme::Cqe cqe = end_copy(slot, one);
        const Done done = std::exchange(slot.done, nullptr);
        free_.push_back(one.slot);
        ran++;
        done(cqe);
    }
    return ran;
}

// Neither of these outcomes has reached the drive.
bool LinuxTransport::starts_again(uint32_t number, int outcome) {
    Slot& slot = slots_[number];
    const bool later = (outcome == -EAGAIN || outcome == -ENOMEM) && slot.tries++ < kMostTries;
    if (!later && !(outcome == -EINVAL && copies(slot))) return false;
    queue_->start(number, slot.command);
    return true;
}

// Memory in more segments than the kernel describes is refused as a whole; most of it is not, since pages that
// follow each other are one segment. So the copy is made only when it is needed.
bool LinuxTransport::copies(Slot& slot) {
    if (!may_be_scattered(slot.data.size()) || !slot.copy.empty()) return false;
    auto memory = memory_.allocate(slot.data.size());
    if (!memory.ok()) return false;
    slot.copy = memory.value();
    if (goes_to_drive(slot.command)) {
        std::memcpy(slot.copy.data(), slot.data.data(), slot.data.size());
    }
    slot.command.addr = reinterpret_cast<uintptr_t>(slot.copy.data());
    slot.command.data_len = whole_dwords(slot.copy.size());
    return true;
}

nvme::Cqe LinuxTransport::end_copy(Slot& slot, const PassthroughQueue::Finished& finished) {
    if (!slot.copy.empty()) {
        if (finished.outcome >= 0 && !goes_to_drive(slot.command)) {
            std::memcpy(slot.data.data(), slot.copy.data(), slot.data.size());
        }
        memory_.release(std::exchange(slot.copy, {}));
    }
    const uint64_t result = finished.outcome >= 0 ? finished.result : 0;
    // io_uring says EINVAL of a command, and also of a node that has no way to the drive.
    const bool is_lost = finished.outcome == -EINVAL && !node_.has_path();
    return {.dw0 = static_cast<uint32_t>(result),
            .dw1 = static_cast<uint32_t>(result >> 32),
            .status = is_lost ? kPathError : status_of_outcome(finished.outcome)};
}

LinuxTransport::~LinuxTransport() {
    std::array<PassthroughQueue::Finished, kReapAtOnce> finished;
    while (free_.size() < slots_.size()) {
        const size_t count = queue_->reap(finished);
        if (count == 0) queue_->wait(kEndWaitMs);
        for (const auto& one : std::span(finished).first(count)) {
            Slot& slot = slots_[one.slot];
            if (!slot.copy.empty()) memory_.release(std::exchange(slot.copy, {}));
            free_.push_back(one.slot);
        }
    }
}

Result<std::unique_ptr<PassthroughQueue>> open_queue(LinuxKernel& kernel, const LinuxSpec& spec,
                                                     int fd) {
    std::unique_ptr<PassthroughQueue> queue;
    if (!spec.is_controller && spec.io != LinuxSpec::Io::kIoctl) {
        queue = kernel.open_ring(fd, kRingDepth);
        if (queue == nullptr && spec.io == LinuxSpec::Io::kUring) {
            return Status(Code::kTransport,
                          std::string("this system does not allow io_uring commands (") +
                              std::strerror(errno) + "); they need Linux 5.19");
        }
    }
    if (queue == nullptr) {
        const auto node =
            spec.is_controller ? IoctlQueue::Node::kController : IoctlQueue::Node::kNamespace;
        queue = std::make_unique<IoctlQueue>(kernel, fd, node);
    }
    return queue;
}

}  // namespace

Result<std::unique_ptr<Transport>> open_linux_on(LinuxKernel& kernel, std::string_view device) {
    const auto spec = parse_linux_spec(device);
    if (!spec.ok()) return spec.status();
    auto node = LinuxNode::open(kernel, spec.value());
    if (!node.ok()) return node.status();
    auto queue = open_queue(kernel, spec.value(), node.value().fd());
    if (!queue.ok()) return queue.status();
    return std::unique_ptr<Transport>(std::make_unique<LinuxTransport>(
        kernel, std::move(node).value(), spec.value().timeout_ms, std::move(queue).value()));
}

Result<std::unique_ptr<Transport>> open_linux(std::string_view device, const OpenOptions&) {
    return open_linux_on(real_linux_kernel(), device);
}

}  // namespace csd::kv
