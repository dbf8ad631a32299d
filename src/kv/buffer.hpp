// SPDX-License-Identifier: BSD-3-Clause
//
// Buffer: memory of a transport with one owner. It must go before the transport does.
#pragma once

#include <utility>

#include "kv/transport/transport.hpp"

namespace csd::kv {

class Buffer {
  public:
    Buffer() = default;
    static Result<Buffer> of(Transport& transport, size_t bytes) {
        auto memory = transport.allocate(bytes);
        if (!memory.ok()) return memory.status();
        return Buffer(transport, memory.value());
    }
    Buffer(Buffer&& other) noexcept
        : transport_(std::exchange(other.transport_, nullptr)),
          bytes_(std::exchange(other.bytes_, {})) {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(transport_, other.transport_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() {
        if (transport_ != nullptr) transport_->release(bytes_);
    }

    MutableBytes bytes() const { return bytes_; }
    MutableBytes first(size_t count) const { return bytes_.first(count); }
    size_t size() const { return bytes_.size(); }

  private:
    Buffer(Transport& transport, MutableBytes bytes) : transport_(&transport), bytes_(bytes) {}

    Transport* transport_ = nullptr;
    MutableBytes bytes_;
};

}  // namespace csd::kv
