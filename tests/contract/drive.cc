// SPDX-License-Identifier: BSD-3-Clause
#include "contract/drive.hpp"

#include <algorithm>
#include <stdexcept>

#include "kv/buffer.hpp"
#include "kv/transport/registry.hpp"

namespace csd::contract {

using kv::Buffer;

static constexpr uint32_t kWaitMs = 1000;

template <typename T>
static T value_or_throw(Result<T> result, const std::string& what) {
    if (!result.ok()) throw std::runtime_error(what + ": " + result.status().message());
    return std::move(result).value();
}

// Memory is not zero when it comes, so that what nobody wrote is seen.
static Buffer used_memory(kv::Transport& transport, size_t bytes) {
    Buffer buffer = value_or_throw(Buffer::of(transport, bytes), "memory");
    std::fill(buffer.bytes().begin(), buffer.bytes().end(), uint8_t{0xEE});
    return buffer;
}

Drive::Drive(std::string name, std::string address, bool may_format)
    : name_(std::move(name)),
      address_(std::move(address)),
      transport_(value_or_throw(kv::open_transport(address_, {}), address_)),
      client_(value_or_throw(kv::Client::open(address_), address_)) {
    abilities_.may_format = may_format;
    discover();
}

void Drive::discover() {
    const auto info = value_or_throw(client_->info(), address_);
    abilities_.dialect = info.dialect;
    abilities_.extensions = info.extensions;
    abilities_.max_transfer_bytes = info.max_transfer_bytes;
    abilities_.wide_results = transport_->limits().result_64;
    const bool through_bdevs = address_.starts_with("tcp:") || address_.starts_with("bdev:");
    abilities_.zero_reads = !through_bdevs;
    abilities_.effects = !abilities_.is_key_value() || !through_bdevs;
    abilities_.admin = answers_identify();
    abilities_.do_not_retry = abilities_.admin && !through_bdevs;
    abilities_.controller = abilities_.admin && identify(kv::kCnsController, 0).status == 0;
    if (abilities_.is_key_value()) {
        nvme::Retrieve absent;
        absent.key = *Key::from_text("csd-contract");
        absent.bytes = 4;
        const Answer answer = run(absent, {}, absent.bytes);
        abilities_.standard = !answer.never_sent && nvme::status_kind(answer.status) ==
                                                        nvme::status_kind(nvme::kKeyDoesNotExist);
    }
    // What only a target in between may lack must not go untested because a drive does not answer.
    const bool bare = address_.starts_with("emulator:") || address_.starts_with("pcie:");
    if (bare && !(abilities_.admin && (abilities_.standard || !abilities_.is_key_value())))
        throw std::runtime_error(address_ + " does not answer as a controller of its own does");
}

// Whether the drive does, and not a target in between that knows blocks only: SPDK's then refuses, or, if it is a
// newer one, returns a page of zeros.
bool Drive::answers_identify() {
    if (abilities_.is_key_value()) {
        const Answer page = identify(kv::kCnsKeyValueNamespace, nvme::kCsiKeyValue);
        return !page.never_sent && page.status == nvme::kSuccess &&
               nvme::read_key_value_namespace(as_bytes(page.data)).has_value();
    }
    const Answer page = identify(kv::kCnsNamespace, 0);
    return !page.never_sent && page.status == nvme::kSuccess &&
           nvme::read_extensions(as_bytes(page.data)).has_value();
}

Result<std::unique_ptr<kv::Client>> Drive::another_client() const {
    return kv::Client::open(address_);
}

Request Drive::request(const nvme::Command& command, std::string_view data, size_t room) const {
    return {nvme::encode(command, abilities_.dialect, nsid()), std::string(data), room};
}

Answer Drive::run(const nvme::Command& command, std::string_view data, size_t room) {
    return run_together({request(command, data, room)}).front();
}

Answer Drive::run_entry(const nvme::Sqe& entry, std::string_view data, size_t room) {
    return run_together({{entry, std::string(data), room}}).front();
}

std::vector<Answer> Drive::run_together(const std::vector<Request>& requests) {
    std::vector<Answer> answers(requests.size());
    std::vector<Buffer> buffers(requests.size());
    const size_t depth = transport_->limits().queue_depth;
    size_t in_flight = 0;
    const auto collect = [&] {
        if (transport_->poll(depth) == 0) transport_->wait(kWaitMs);
    };
    for (size_t i = 0; i < requests.size(); i++) {
        const Request& request = requests[i];
        Answer& answer = answers[i];
        const size_t bytes = std::max(request.data.size(), request.room);
        if (bytes > 0) {
            buffers[i] = used_memory(*transport_, bytes);
            std::copy(request.data.begin(), request.data.end(), buffers[i].bytes().begin());
        }
        while (in_flight >= depth) collect();
        Buffer& buffer = buffers[i];
        const bool receives = request.room > 0;
        const Status sent =
            transport_->submit(request.entry, buffer.bytes(),
                               [&in_flight, &answer, &buffer, receives](const nvme::Cqe& cqe) {
                                   in_flight--;
                                   answer.status = cqe.status;
                                   answer.dw0 = cqe.dw0;
                                   answer.dw1 = cqe.dw1;
                                   if (receives) answer.data = as_text(buffer.bytes());
                               });
        if (sent.ok()) {
            in_flight++;
        } else {
            answer.never_sent = true;
            answer.data.resize(request.room);
        }
    }
    while (in_flight > 0) collect();
    return answers;
}

Answer Drive::admin(const nvme::Sqe& entry, size_t room) {
    Answer answer;
    Buffer buffer;
    if (room > 0) buffer = used_memory(*transport_, room);
    const auto cqe = transport_->admin(entry, buffer.bytes());
    if (!cqe.ok()) {
        answer.never_sent = true;
        answer.data.resize(room);
        return answer;
    }
    answer.status = cqe.value().status;
    answer.dw0 = cqe.value().dw0;
    answer.dw1 = cqe.value().dw1;
    answer.data = as_text(buffer.bytes());
    return answer;
}

Answer Drive::identify(uint8_t cns, uint8_t csi) {
    return admin(kv::identify_command(cns, csi, nsid()), nvme::kPageBytes);
}

}  // namespace csd::contract
