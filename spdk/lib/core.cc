// SPDX-License-Identifier: BSD-3-Clause
//
// The way of one command: encoded, submitted, answered. Tested by core_test.cc.
#include "core.hpp"

#include <cstring>

#include "discover.hpp"

namespace csd::spdk {

Core::Core() = default;
Core::~Core() = default;

// Host Pathing Error: the command could not even be sent.
static constexpr uint16_t kPathError = nvme::make_status(3, 0x70);

spdk_nvme_cpl completion_of(uint16_t status, uint64_t size) {
    spdk_nvme_cpl completion{};
    completion.cdw0 = size > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(size);
    completion.status.sc = nvme::status_code(status);
    completion.status.sct = nvme::status_code_type(status);
    completion.status.dnr = (status & nvme::kDoNotRetry) != 0;
    return completion;
}

uint16_t status_of(const spdk_nvme_cpl& completion) {
    return nvme::make_status(completion.status.sct, completion.status.sc, completion.status.dnr);
}

bool succeeded(const spdk_nvme_cpl& completion) {
    return completion.status.sct == nvme::kSctGeneric && completion.status.sc == 0;
}

int Core::close() {
    if (in_flight_ != 0) return -EBUSY;
    dispose();
    return 0;
}

void Core::encode(Request& request, const nvme::Command& command) {
    const nvme::Sqe sqe = nvme::encode(command, dialect(), nsid_);
    static_assert(sizeof(request.command) == sizeof(sqe.bytes));
    std::memcpy(&request.command, sqe.bytes.data(), sizeof(request.command));
}

int Core::start(Request& request, const nvme::Command& command, const Data& data, Callback done) {
    if (done.function == nullptr) return -EINVAL;
    request.done = done;
    request.step = nullptr;
    request.admin = false;
    request.buffer = data.buffer;
    request.iov = data.iov;
    request.iovcnt = data.iovcnt;
    request.bytes = static_cast<uint32_t>(data.bytes);
    encode(request, command);
    return start(request);
}

int Core::start(Request& request) {
    request.core = this;
    in_flight_++;
    const int rc = try_submit(request);
    if (rc != 0) in_flight_--;
    return rc;
}

// The levels below may answer from within submit(), and SPDK 20.07 does so even for a command whose submission then
// fails. So an answer is kept until it is known which of the two it was.
int Core::try_submit(Request& request) {
    request.state = Request::State::kSubmitting;
    const int rc = request.admin ? submit_admin(request) : submit(request);
    if (rc != 0) return rc;
    if (request.state != Request::State::kAnswered) {
        request.state = Request::State::kSent;
        return 0;
    }
    request.state = Request::State::kSent;
    const spdk_nvme_cpl answer = request.answer;
    answered(request, answer);
    return 0;
}

void Core::answered(Request& request, const spdk_nvme_cpl& completion) {
    if (request.state == Request::State::kSubmitting) {
        request.answer = completion;
        request.state = Request::State::kAnswered;
        return;
    }
    if (request.step != nullptr) return request.step(request, completion);
    request.core->finish(request, completion);
}

// The caller may do anything with the request from within its callback.
void Core::finish(Request& request, const spdk_nvme_cpl& completion) {
    in_flight_--;
    const Callback done = request.done;
    done.function(done.argument, &completion);
}

void Core::go_on(Request& request) {
    int rc = try_submit(request);
    if (rc == -ENOMEM) {
        rc = wait(request);
        if (rc == -EAGAIN) rc = try_submit(request);
    }
    if (rc != 0) give_up(request);
}

void Core::give_up(Request& request) {
    request.step(request, completion_of(kPathError));
}

}  // namespace csd::spdk
