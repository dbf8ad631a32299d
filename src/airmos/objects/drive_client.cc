// SPDX-License-Identifier: BSD-3-Clause
// Tested by drive_client_test.cc.
#include "airmos/objects/drive_client.hpp"

namespace csd::airmos::objects {
namespace {

constexpr auto kRetryAfter = std::chrono::seconds(1);

}  // namespace

Result<kv::Client*> DriveClient::get() {
    if (client_ && !lost_) return client_.get();
    if (Clock::now() < retry_at_) return Status(Code::kTransport, health_.why_not());
    client_.reset();
    lost_ = false;
    kv::OpenOptions options;
    options.log = settings_.log;
    options.observer = this;
    auto opened = settings_.open(settings_.device, options);
    if (!opened.ok()) retry_at_ = Clock::now() + kRetryAfter;
    health_.note(opened.status());
    if (!opened.ok()) return opened.status();
    client_ = std::move(opened).value();
    return client_.get();
}

}  // namespace csd::airmos::objects
