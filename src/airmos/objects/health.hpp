// SPDX-License-Identifier: BSD-3-Clause
//
// Health: whether a drive can be reached, what it says of itself, and whether its objects are served.
//
// Everything that tries the drive tells it how that went: note(). check() asks the drive, which the node does every other second.
// Threads: every method from any thread. `on_return` runs on the thread that noticed, and may call back.
// Tested by health_test.cc, set_test.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "airmos/core/error.hpp"
#include "airmos/objects/objects.hpp"
#include "csd/kv.hpp"

namespace csd::airmos::objects {

// What the node may ask of the drive.
struct Abilities {
    bool pieces = false;   // values of any size, replaced at once
    bool compose = false;  // copies and joins inside the drive
    bool select = false;
    uint32_t piece_bytes = 0;  // of an upload, at most
    uint64_t most_value_bytes = 0;
};

class Health {
  public:
    // `on_return`: the drive, which could not be reached until now, can be.
    Health(std::string device, size_t index, std::function<void()> on_return)
        : device_(std::move(device)), index_(index), on_return_(std::move(on_return)) {}

    // How the last attempt to open the drive went.
    void note(const Status& connected);
    bool reachable() const { return reachable_.load(std::memory_order_acquire); }
    std::string why_not() const;

    // Asks the drive for its figures.
    Outcome<> check(kv::Client& client);
    Abilities abilities() const;
    uint64_t free_bytes() const;  // UINT64_MAX: the drive does not tell

    // Whether what memory knows of this drive is rebuilt. Until then its objects are not served.
    bool ready() const { return ready_.load(std::memory_order_acquire); }
    void set_ready() { ready_.store(true, std::memory_order_release); }
    void set_unreadable(const std::string& why);

    // Why work of objects cannot be done now, or nothing.
    Outcome<> available() const;
    // ServiceUnavailable, with the name of the drive.
    Error unavailable(const std::string& why) const;
    // Fills in its part of the state.
    void describe(DriveState& state) const;

  private:
    const std::string device_;
    const size_t index_;
    const std::function<void()> on_return_;
    std::atomic<bool> reachable_{false};
    std::atomic<bool> ready_{false};

    mutable std::mutex mutex_;  // guards what follows; no other lock is taken under it
    std::string why_not_;
    std::string why_unreadable_;
    kv::DriveInfo info_;
};

}  // namespace csd::airmos::objects
