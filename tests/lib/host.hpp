// SPDX-License-Identifier: BSD-3-Clause
//
// Host: a drive opened through include/csd/device.h on a directory that outlives it, and one call for a
// command. Any thread may run commands.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "csd/device.h"
#include "nvme/command.hpp"

namespace csd::test {

struct Answer {
    uint16_t status = 0;
    uint64_t result = 0;  // DW1 and DW0
    std::string data;     // that came back
};

class Host {
  public:
    using Log = std::function<void(const std::string&)>;

    ~Host() { csd_close(device_); }
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    // What went wrong, or nothing.
    std::string open(const std::string& root, uint32_t flags, Log log) {
        log_ = std::move(log);
        csd_options options = CSD_OPTIONS_INIT;
        options.root = root.c_str();
        options.flags = flags;
        options.lock_wait_ms = 5000;
        options.log_context = this;
        options.log = [](void* self, int level, const char* message) {
            if (level >= CSD_LOG_INFO) static_cast<Host*>(self)->log_(message);
        };
        char* error = nullptr;
        if (csd_open(&options, &device_, &error) == 0) return "";
        const std::string sentence = error != nullptr ? error : "no reason";
        csd_free(error);
        return sentence;
    }

    csd_device* device() const { return device_; }

    Answer run(const nvme::Command& command, std::string_view data = {}, size_t room = 0,
               uint32_t controller = 0) const {
        const nvme::Sqe sqe = nvme::encode(command, nvme::Dialect::kKeyValue, 1);
        Answer answer;
        csd_command decoded;
        answer.status = csd_decode(device_, sqe.bytes.data(), controller, &decoded);
        if (answer.status != 0) return answer;
        const bool sends = decoded.direction == CSD_HOST_TO_DEVICE;
        std::string memory = sends ? std::string(data) : std::string(room, '\0');
        const iovec iov = {memory.data(), memory.size()};
        csd_completion done{};
        if (!csd_try(device_, &decoded, &iov, 1, &done)) {
            csd_execute(device_, &decoded, &iov, 1, &done);
        }
        answer.status = done.status;
        answer.result = uint64_t{done.dw1} << 32 | done.dw0;
        if (!sends) {
            memory.resize(done.data_bytes);
            answer.data = std::move(memory);
        }
        return answer;
    }

  private:
    csd_device* device_ = nullptr;
    Log log_;
};

}  // namespace csd::test
