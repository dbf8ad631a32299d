// SPDX-License-Identifier: BSD-3-Clause
//
// Opening, and the verbs that are one command. Tested by client_test.cc.
#include "csd/kv.hpp"

#include <algorithm>
#include <cstring>

#include "kv/admin.hpp"
#include "kv/core.hpp"
#include "kv/transport/observed.hpp"
#include "kv/transport/registry.hpp"

namespace csd::kv {

Source Source::from(Bytes bytes) {
    return {[bytes](MutableBytes buffer) mutable -> Result<size_t> {
        const size_t count = std::min(bytes.size(), buffer.size());
        std::copy_n(bytes.begin(), count, buffer.begin());
        bytes = bytes.subspan(count);
        return count;
    }};
}

template <typename Container>
static Sink append_to(Container& out) {
    return {[&out](Bytes bytes) {
                out.insert(out.end(), bytes.begin(), bytes.end());
                return Status();
            },
            [&out, size = out.size()] {
                out.resize(size);
                return Status();
            }};
}
Sink Sink::to(std::vector<uint8_t>& bytes) {
    return append_to(bytes);
}
Sink Sink::to(std::string& text) {
    return append_to(text);
}

Result<std::unique_ptr<Client>> Client::open(std::string_view device, const OpenOptions& options) {
    auto transport = open_transport(device, options);
    if (!transport.ok()) return transport.status();
    return over(std::move(transport).value(), options);
}

Result<std::unique_ptr<Client>> Client::over(std::unique_ptr<Transport> transport,
                                             const OpenOptions& options) {
    if (options.observer != nullptr) {
        transport = std::make_unique<ObservedTransport>(std::move(transport), *options.observer);
    }
    auto core = std::make_unique<Core>(std::move(transport), options);
    if (const Status found = core->discover(); !found.ok()) return found;
    return std::make_unique<Client>(std::move(core));
}

Client::Client(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Client::~Client() = default;

size_t Client::poll() {
    return core_->poll();
}
size_t Client::wait(uint32_t timeout_ms) {
    return core_->wait(timeout_ms);
}
size_t Client::in_flight() const {
    return core_->in_flight();
}
uint16_t Client::last_nvme_status() const {
    return core_->last_status();
}
uint32_t Client::max_transfer_bytes() const {
    return core_->piece_bytes();
}

void Client::async_exists(const Key& key, Done<bool> done) {
    core_->send(nvme::Exist{key}, Bytes(), [this, done = std::move(done)](const nvme::Cqe& cqe) {
        if (cqe.status == nvme::kSuccess) return done(true);
        const Status failed = core_->failure(cqe);
        failed.code() == Code::kNotFound ? done(false) : done(failed);
    });
}

Result<bool> Client::exists(const Key& key) {
    core_->forget_status();
    const auto answer = core_->run(nvme::Exist{key}, Bytes());
    if (answer.code() == Code::kNotFound) return false;
    if (!answer.ok()) return answer.status();
    return true;
}

void Client::async_erase(const Key& key, std::function<void(Status)> done) {
    core_->send(nvme::Delete{key}, Bytes(), [this, done = std::move(done)](const nvme::Cqe& cqe) {
        done(cqe.status == nvme::kSuccess ? Status() : core_->failure(cqe));
    });
}

Status Client::erase(const Key& key) {
    core_->forget_status();
    return core_->run(nvme::Delete{key}, Bytes()).status();
}

Status Client::flush() {
    core_->forget_status();
    return core_->run(nvme::Flush{}, Bytes()).status();
}

// A target that answers admin commands itself has no Format; then every key is deleted, which is not all at once.
Status Client::format() {
    core_->forget_status();
    const Status formatted =
        core_->admin(admin_command(AdminOpcode::kFormatNvm, core_->nsid(), 0), {}).status();
    const bool refused = formatted.code() == Code::kInvalidOpcode ||
                         formatted.code() == Code::kInvalidField ||
                         formatted.code() == Code::kUnsupported;
    if (formatted.code() == Code::kIo) {
        return {Code::kIo, "the drive could not remove its values: its storage failed"};
    }
    if (!core_->extended_only() || !refused) return formatted;
    const auto keys = list();
    if (!keys.ok()) return keys.status();
    core_->forget_status();
    for (const Key& key : keys.value()) {
        const Status erased = erase(key);
        if (!erased.ok() && erased.code() != Code::kNotFound) return erased;
    }
    return {};
}

Result<DriveInfo> Client::info() {
    core_->forget_status();
    if (const Status fresh = core_->refresh(); !fresh.ok()) return fresh;
    return core_->drive();
}

Result<bool> Client::delete_missing_is_error() {
    core_->forget_status();
    if (core_->is_2023()) return true;
    const auto answer =
        core_->admin(admin_command(AdminOpcode::kGetFeatures, core_->nsid(), kFeatureKeyValue), {});
    if (!answer.ok()) return answer.status();
    return (answer.value().dw0 & kEdnek) != 0;
}

Status Client::set_delete_missing_is_error(bool value) {
    core_->forget_status();
    if (core_->is_2023()) {
        return {Code::kUnsupported, "the 2023 dialect has no Key Value Configuration feature"};
    }
    const auto command = admin_command(AdminOpcode::kSetFeatures, core_->nsid(), kFeatureKeyValue,
                                       value ? kEdnek : 0);
    return core_->admin(command, {}).status();
}

}  // namespace csd::kv
