// SPDX-License-Identifier: BSD-3-Clause
#include "queue.hpp"

#include <algorithm>
#include <deque>

#include "kv/transport/registry.hpp"
#include "measure.hpp"
#include "nvme/status.hpp"

namespace csd::bench {

constexpr uint32_t kPatience_ms = 30'000;

// Memory of the transport, for one command at a time.
class Queue::Buffer {
  public:
    Buffer(kv::Transport& transport, uint32_t bytes) : transport_(transport) {
        if (bytes == 0) return;
        auto memory = transport.allocate(bytes);
        if (!memory.ok()) throw Failure(memory.status().message());
        memory_ = memory.value();
        std::fill(memory_.begin(), memory_.end(), uint8_t{0x5A});
    }
    ~Buffer() {
        if (!memory_.empty()) transport_.release(memory_);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    MutableBytes memory() const { return memory_; }

  private:
    kv::Transport& transport_;
    MutableBytes memory_;
};

struct Queue::Run {
    const Work& work;
    Stopwatch clock = {};
    uint64_t done = 0;
    uint32_t in_flight = 0;
    uint16_t status = 0;
    Status failure = {};
};

Queue::Queue(const std::string& device) : device_(device) {
    auto transport = kv::open_transport(device, {});
    if (!transport.ok()) throw Failure(device + ": " + transport.status().message());
    transport_ = std::move(transport).value();
}

Queue::~Queue() = default;

uint32_t Queue::max_transfer_bytes() const {
    return transport_->limits().max_transfer_bytes;
}

uint32_t Queue::nsid() const {
    return transport_->nsid();
}

void Queue::send(const nvme::Sqe& sqe, uint32_t bytes) {
    const Work work{.bytes = bytes, .seconds = 0, .command = [&sqe](uint64_t) { return sqe; }};
    Buffer buffer(*transport_, bytes);
    Run run{work};
    next(run, buffer);
    finish(run);
}

// Sends the next command; each sends its successor when it completes, until the time is over.
void Queue::next(Run& run, Buffer& buffer) {
    const auto completed = [this, &run, &buffer](const nvme::Cqe& cqe) {
        run.in_flight--;
        run.done++;
        run.status = run.status != 0 ? run.status : cqe.status;
        if (run.status == 0 && run.clock.seconds() < run.work.seconds) next(run, buffer);
    };
    run.failure = transport_->submit(run.work.command(serial_++), buffer.memory(), completed);
    if (run.failure.ok()) run.in_flight++;
}

void Queue::finish(Run& run) {
    while (run.in_flight > 0) {
        if (transport_->poll(run.work.depth) == 0) transport_->wait(kPatience_ms);
    }
    if (!run.failure.ok()) throw Failure(device_ + ": " + run.failure.message());
    if (run.status != 0) throw Failure(device_ + ": " + nvme::status_name(run.status));
}

double Queue::rate(const Work& work) {
    std::deque<Buffer> buffers;
    for (uint32_t i = 0; i < work.depth; ++i) buffers.emplace_back(*transport_, work.bytes);
    Run run{work};
    for (Buffer& buffer : buffers) next(run, buffer);
    finish(run);
    return static_cast<double>(run.done) / run.clock.seconds();
}

}  // namespace csd::bench
