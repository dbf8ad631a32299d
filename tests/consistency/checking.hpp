// SPDX-License-Identifier: BSD-3-Clause
//
// Checking: a thread that checks one round's history while the next is played.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "consistency/drive_model.hpp"

namespace csd::consistency {

class Checking {
  public:
    Checking(size_t keys, bool opened_again, bool keep_going);
    ~Checking();
    Checking(const Checking&) = delete;
    Checking& operator=(const Checking&) = delete;

    // Waits while too many rounds wait. Any thread.
    void submit(uint64_t round, std::vector<DriveEntry> history);
    // A broken promise, so far, after which playing ends. Always false when told to keep going.
    bool found() const;
    // Waits until all that was submitted has been checked. What is wrong; empty when nothing is.
    std::string finish();
    // The last line: how many operations of which kind.
    std::string summary() const;

  private:
    void run();
    void count(const std::vector<DriveEntry>& history);

    const size_t keys_;
    const bool opened_again_;  // see check_drive_history()
    const bool keep_going_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<uint64_t, std::vector<DriveEntry>>> waiting_;
    std::string wrong_;
    bool busy_ = false;
    bool ending_ = false;
    std::array<uint64_t, kKinds> succeeded_{};
    uint64_t broken_rounds_ = 0;
    uint64_t checked_ = 0, refused_ = 0, unanswered_ = 0, interfered_ = 0;
    std::thread thread_;  // last: it uses the others
};

}  // namespace csd::consistency
