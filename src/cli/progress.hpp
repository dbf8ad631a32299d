// SPDX-License-Identifier: BSD-3-Clause
//
// Progress: a bar on standard error, if that is a terminal and the transfer takes its time.
//
// Wrap the source or sink of the transfer; what comes through is counted. Tested by progress_test.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "csd/kv.hpp"

namespace csd::cli {

class Progress {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Progress(std::optional<uint64_t> total_bytes);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Whether a bar may appear at all, so that finding out the total is worth a command.
    static bool possible();

    // The Progress must outlive what is returned.
    kv::Source watch(kv::Source source);
    kv::Sink watch(kv::Sink sink);

    // One line without its end: "  3.0 MiB of 12.0 MiB  25%  [#####               ]  120.0 MiB/s".
    static std::string line(uint64_t bytes, std::optional<uint64_t> total, Clock::duration elapsed);

  private:
    void add(uint64_t bytes);

    const bool terminal_;
    const std::optional<uint64_t> total_;
    const Clock::time_point start_;
    Clock::time_point drawn_{};
    uint64_t bytes_ = 0;
    bool visible_ = false;
};

}  // namespace csd::cli
