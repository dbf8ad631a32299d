// SPDX-License-Identifier: BSD-3-Clause
//
// CancelToken: how a host asks a running command to stop.
//
// Long work looks at cancelled() every few milliseconds of effort; the flag itself belongs to the
// command and outlives the token. A default token is never cancelled. Safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace csd {

class CancelToken {
  public:
    CancelToken() = default;
    explicit CancelToken(const std::atomic<uint32_t>* flag) : flag_(flag) {}

    bool cancelled() const {
        return flag_ != nullptr && flag_->load(std::memory_order_acquire) != 0;
    }

  private:
    const std::atomic<uint32_t>* flag_ = nullptr;
};

}  // namespace csd
