// SPDX-License-Identifier: BSD-3-Clause
//
// Emulated: a client on a real drive in this process, in a directory of the test's own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "csd/kv.hpp"

namespace csd::kv {

class Emulated : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "csd-emulator-XXXXXX").string();
        ASSERT_NE(nullptr, mkdtemp(pattern.data()));
        root_ = pattern;
    }
    void TearDown() override {
        client_.reset();
        std::filesystem::remove_all(root_);
    }

    std::string device(const std::string& parameters = "") const {
        return "emulator:" + root_.string() + parameters;
    }
    std::unique_ptr<Client> another(const std::string& parameters = "",
                                    uint32_t max_transfer_bytes = 0) {
        OpenOptions options;
        options.max_transfer_bytes = max_transfer_bytes;
        options.cancel = CancelToken(&cancelled_);
        auto client = Client::open(device(parameters), options);
        EXPECT_TRUE(client.ok()) << client.status().message();
        return client.ok() ? std::move(client).value() : nullptr;
    }
    void open(const std::string& parameters = "", uint32_t max_transfer_bytes = 0) {
        client_.reset();
        client_ = another(parameters, max_transfer_bytes);
        ASSERT_NE(nullptr, client_);
    }
    Client& client() { return *client_; }

    static Key key(std::string_view text) { return *Key::from_text(text); }
    static std::vector<uint8_t> value(size_t bytes, uint8_t seed = 1) {
        std::vector<uint8_t> made(bytes);
        for (size_t i = 0; i < bytes; i++) made[i] = static_cast<uint8_t>(seed + i * 7 + i / 251);
        return made;
    }
    static std::vector<uint8_t> got(const Result<std::vector<uint8_t>>& result) {
        EXPECT_TRUE(result.ok()) << result.status().message();
        return result.ok() ? result.value() : std::vector<uint8_t>();
    }
    std::vector<uint8_t> file_of(const std::string& name) const {
        std::ifstream file(root_ / "0" / "1" / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::filesystem::path root_;
    std::unique_ptr<Client> client_;
    std::atomic<uint32_t> cancelled_{0};
};

}  // namespace csd::kv
