// SPDX-License-Identifier: BSD-3-Clause
//
// A drive in a private directory and a small language to talk to it, for tests of the device.
//
//     TestDrive drive;
//     EXPECT_EQ(drive.store("k", "value").status, 0);
//     EXPECT_EQ(drive.retrieve("k").data, "value");
//
// Every command travels as 64 encoded bytes through the C interface, as a host would send it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "csd/device.h"
#include "nvme/command.hpp"
#include "nvme/identify.hpp"
#include "nvme/list_page.hpp"

namespace csd::device {

struct Answer {
    uint16_t status = 0;
    uint32_t dw0 = 0;
    uint32_t dw1 = 0;
    std::string data;
};

class TestDrive {
  public:
    using Options = std::function<void(csd_options&)>;

    explicit TestDrive(const Options& change = {}) : change_(change) {
        std::string name = (std::filesystem::temp_directory_path() / "csd-device-XXXXXX").string();
        root_ = mkdtemp(name.data());
        open();
    }
    ~TestDrive() {
        close();
        std::filesystem::remove_all(root_);
    }
    TestDrive(const TestDrive&) = delete;
    TestDrive& operator=(const TestDrive&) = delete;

    void open() {
        csd_options options = CSD_OPTIONS_INIT;
        options.root = root_.c_str();
        if (change_) change_(options);
        dialect_ =
            options.dialect == CSD_DIALECT_2023 ? nvme::Dialect::k2023 : nvme::Dialect::kKeyValue;
        char* error = nullptr;
        ASSERT_EQ(csd_open(&options, &device_, &error), 0) << error;
    }
    void close() {
        csd_close(device_);
        device_ = nullptr;
    }
    void reopen() {
        close();
        open();
    }

    csd_device* device() { return device_; }
    const std::string& root() const { return root_; }

    // Runs one entry. `data` goes to the drive; `room` bytes come back at most.
    Answer run_entry(const nvme::Sqe& sqe, std::string_view data = {}, size_t room = 0,
                     uint32_t controller = 0) {
        Answer answer;
        csd_command command;
        answer.status = csd_decode(device_, sqe.bytes.data(), controller, &command);
        if (answer.status != 0) return answer;
        std::string memory =
            command.direction == CSD_HOST_TO_DEVICE ? std::string(data) : std::string(room, '\xEE');
        // Two pieces, so that scattered memory is what every test uses.
        const size_t half = memory.size() / 2;
        const iovec iov[2] = {{memory.data(), half}, {memory.data() + half, memory.size() - half}};
        csd_completion done;
        if (!csd_try(device_, &command, iov, 2, &done)) {
            csd_execute(device_, &command, iov, 2, &done);
        }
        answer.status = done.status;
        answer.dw0 = done.dw0;
        answer.dw1 = done.dw1;
        if (command.direction == CSD_DEVICE_TO_HOST)
            answer.data = memory.substr(0, done.data_bytes);
        return answer;
    }
    Answer run(const nvme::Command& command, std::string_view data = {}, size_t room = 0,
               uint32_t controller = 0) {
        return run_entry(nvme::encode(command, dialect_, 1), data, room, controller);
    }

    static Key key(std::string_view text) { return *Key::from_text(text); }

    nvme::Store a_store(std::string_view name, std::string_view value) const {
        nvme::Store command;
        command.key = key(name);
        command.bytes = static_cast<uint32_t>(value.size());
        command.extended = dialect_ == nvme::Dialect::k2023;
        return command;
    }
    Answer store(std::string_view name, std::string_view value) {
        return run(a_store(name, value), value);
    }
    nvme::Store an_extended_store(std::string_view name, std::string_view value) const {
        nvme::Store command = a_store(name, value);
        command.extended = true;
        return command;
    }

    Answer retrieve(std::string_view name, size_t room = 4096, uint64_t offset = 0) {
        nvme::Retrieve command;
        command.key = key(name);
        command.bytes = static_cast<uint32_t>(room);
        command.extended = dialect_ == nvme::Dialect::k2023 || offset != 0;
        command.offset = offset;
        return run(command, {}, room);
    }
    Answer exist(std::string_view name) { return run(nvme::Exist{key(name)}); }
    Answer erase(std::string_view name) { return run(nvme::Delete{key(name)}); }

    std::vector<std::string> list(std::string_view start = "", uint32_t room = 4096) {
        const Answer answer = run(nvme::List{key(start), room}, {}, room);
        EXPECT_EQ(answer.status, 0);
        const auto keys = nvme::parse_key_list(as_bytes(answer.data), dialect_);
        EXPECT_TRUE(keys.ok());
        std::vector<std::string> names;
        for (const Key& found : keys.value()) names.emplace_back(as_text(found.bytes()));
        return names;
    }

    Answer select(std::string_view name, std::string_view sql, uint32_t controller = 0) {
        return run(a_select(name, sql), sql, 0, controller);
    }
    static nvme::SelectSend a_select(std::string_view name, std::string_view sql) {
        nvme::SelectSend command;
        command.key = key(name);
        command.bytes = static_cast<uint32_t>(sql.size());
        command.input_header = true;
        return command;
    }
    Answer fetch(uint32_t id, size_t room = 4096, uint32_t controller = 0) {
        nvme::SelectRetrieve command;
        command.id = id;
        command.bytes = static_cast<uint32_t>(room);
        return run(command, {}, room, controller);
    }

  private:
    Options change_;
    std::string root_;
    nvme::Dialect dialect_ = nvme::Dialect::kKeyValue;
    csd_device* device_ = nullptr;
};

inline void use_2023_dialect(csd_options& options) {
    options.dialect = CSD_DIALECT_2023;
}

}  // namespace csd::device
