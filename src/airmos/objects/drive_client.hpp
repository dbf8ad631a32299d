// SPDX-License-Identifier: BSD-3-Clause
//
// DriveClient: the kv::Client of one thread of a drive. It is opened when it is first needed, and opened again, at most once a
// second, after the drive was lost. It counts what it sends in the drive's Meter.
//
// Threads: one at a time. Tested by drive_client_test.cc.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "airmos/objects/health.hpp"
#include "airmos/objects/meter.hpp"
#include "csd/kv.hpp"

namespace csd::airmos::objects {

// As kv::Client::open.
using OpenClient = std::function<Result<std::unique_ptr<kv::Client>>(const std::string& device,
                                                                     const kv::OpenOptions&)>;

struct DriveSettings {
    std::string device;
    size_t index = 0;
    uint32_t quick_threads = 4;
    OpenClient open;
    Log log;
};

class DriveClient : private kv::Observer {
  public:
    using Clock = std::chrono::steady_clock;

    // These outlive it.
    DriveClient(const DriveSettings& settings, Meter& meter, Health& health)
        : settings_(settings), meter_(meter), health_(health) {}
    DriveClient(const DriveClient&) = delete;
    DriveClient& operator=(const DriveClient&) = delete;

    // The client, or why there is none.
    Result<kv::Client*> get();
    // There is no client, or its drive was lost since.
    bool lost() const { return !client_ || lost_; }
    Clock::time_point retry_at() const { return retry_at_; }
    void close() { client_.reset(); }

  private:
    void sent() override { meter_.in_flight++; }
    void finished(Code code, std::chrono::nanoseconds took) override {
        meter_.finished(took, code);
        if (code == Code::kTransport) lost_ = true;
    }

    const DriveSettings& settings_;
    Meter& meter_;
    Health& health_;
    bool lost_ = false;
    Clock::time_point retry_at_;
    std::unique_ptr<kv::Client>
        client_;  // the last member: it calls this observer until it is gone
};

}  // namespace csd::airmos::objects
