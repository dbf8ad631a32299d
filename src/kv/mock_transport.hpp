// SPDX-License-Identifier: BSD-3-Clause
//
// MockTransport: a drive made of a script. Each step says which entry must arrive, bit for bit, with which data,
// and what comes back. A command that is not the next step, or a step that never happens, fails the test.
//
//     mock.expect({.opcode = 0x14, .key = "cars", .cdw11 = 4});
//     EXPECT_TRUE(client().exists("cars"));
//
// Discovery is answered by a namespace of the test's choice and is not part of the script.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <string>

#include "kv/admin.hpp"
#include "kv/transport/transport.hpp"
#include "nvme/identify.hpp"

namespace csd::kv {

struct Step {
    uint8_t opcode = 0;
    std::string key = {};
    uint32_t cdw10 = 0;
    uint32_t cdw11 = 0;
    uint32_t cdw12 = 0;
    uint32_t cdw13 = 0;
    uint32_t cdw14 = 0;  // only without a key
    std::string sent = {};
    // And then the completion.
    uint16_t status = 0;
    uint32_t dw0 = 0;
    uint32_t dw1 = 0;
    std::string returned = {};
};

class MockTransport : public Transport {
  public:
    enum class Kind { kExtended, kStandard, k2023, kHidden, kHidden2023, kBlock };

    explicit MockTransport(Kind kind) : kind_(kind) {}
    ~MockTransport() override {
        for (const Step& step : script_) ADD_FAILURE() << "never sent: " << show(entry_of(step));
        EXPECT_TRUE(allocated_.empty()) << "memory was not released";
    }

    void expect(Step step) { script_.push_back(std::move(step)); }
    bool all_used() const { return script_.empty(); }
    // Completions wait until this is called again with false.
    void hold(bool held) { held_ = held; }
    void disconnect() { disconnected_ = true; }

    TransportLimits given{.max_transfer_bytes = 4096, .queue_depth = 8, .can_cancel = true};
    uint32_t vml = 4096;
    uint32_t deepest = 0;
    size_t max_allocated_bytes = 0;  // at once
    int cancels = 0;

    std::string name() const override { return "mock"; }
    TransportLimits limits() const override { return given; }
    uint32_t nsid() const override { return 1; }

    Result<MutableBytes> allocate(size_t bytes) override {
        auto* memory = static_cast<uint8_t*>(std::malloc(bytes + 1));
        allocated_.emplace(memory, bytes);
        allocated_bytes_ += bytes;
        max_allocated_bytes = std::max(max_allocated_bytes, allocated_bytes_);
        return MutableBytes(memory, bytes);
    }
    void release(MutableBytes buffer) override {
        const auto known = allocated_.find(buffer.data());
        ASSERT_NE(allocated_.end(), known);
        allocated_bytes_ -= known->second;
        allocated_.erase(known);
        std::free(buffer.data());
    }

    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override {
        if (disconnected_) return {Code::kTransport, "the cable is out"};
        if (pending_.size() >= given.queue_depth) return {Code::kNotReady, "the queue is full"};
        if (!given.any_memory && !data.empty()) {
            EXPECT_TRUE(allocated_.contains(data.data()))
                << "the data is not in the transport's memory";
        }
        pending_.push_back({answer(sqe, data), std::move(done)});
        deepest = std::max(deepest, static_cast<uint32_t>(pending_.size()));
        return {};
    }

    size_t poll(size_t max) override {
        size_t ran = 0;
        while (!held_ && ran < max && !pending_.empty()) {
            const Pending next = std::move(pending_.front());
            pending_.pop_front();
            ran++;
            next.done(next.answer);
        }
        return ran;
    }
    void wait(uint32_t) override {}
    void cancel_all() override {
        cancels++;
        held_ = false;
    }

    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override {
        admins.push_back(sqe);
        if (sqe.opcode() != static_cast<uint8_t>(AdminOpcode::kIdentify))
            return nvme::Cqe{.dw0 = 1};
        if (kind_ == Kind::kHidden || kind_ == Kind::kHidden2023) {
            return Status(Code::kUnsupported, "no admin commands here");
        }
        std::fill(data.begin(), data.end(), 0);
        const bool key_value = kind_ == Kind::kExtended || kind_ == Kind::kStandard;
        switch (sqe.dword(10)) {
            case 0x01: std::memcpy(data.data() + 4, "SERIAL              MODEL", 25); break;
            case 0x05:
                if (!key_value) return nvme::Cqe{.status = nvme::kInvalidField};
                nvme::write_key_value_namespace(ns(), data);
                break;
            case 0x00:
                if (kind_ == Kind::k2023)
                    nvme::write_extensions(
                        {.dialect_2023 = true, .max_value_bytes = kTiB, .max_sql_bytes = 1000},
                        data);
                break;
            default: return nvme::Cqe{.status = nvme::kInvalidField};
        }
        return nvme::Cqe{};
    }

    std::vector<nvme::Sqe> admins;
    bool reasons = false;  // announces reasons as data

    nvme::KeyValueNamespace ns() const {
        nvme::KeyValueNamespace page;
        page.capacity_bytes = 1000000;
        page.used_bytes = 1234;
        page.max_value_bytes = vml;
        if (kind_ == Kind::kStandard) return page;
        page.extensions = nvme::Extensions{.append = true,
                                           .offset = true,
                                           .select = true,
                                           .asynchronous = true,
                                           .compose = true,
                                           .more = true,
                                           .reasons = reasons,
                                           .formats = 7,
                                           .max_value_bytes = 1 * kTiB,
                                           .max_result_bytes = 1 * kGiB,
                                           .max_sql_bytes = 1000,
                                           .max_results = 8};
        return page;
    }

  private:
    struct Pending {
        nvme::Cqe answer;
        Done done;
    };

    // Written by hand, so that it does not repeat a mistake of encode().
    nvme::Sqe entry_of(const Step& step) const {
        nvme::Sqe sqe;
        sqe.bytes[0] = step.opcode;
        sqe.set_dword(1, 1);
        sqe.set_dword(10, step.cdw10);
        sqe.set_dword(11, step.cdw11);
        sqe.set_dword(12, step.cdw12);
        sqe.set_dword(13, step.cdw13);
        sqe.set_dword(14, step.cdw14);
        const bool old = kind_ == Kind::k2023 || kind_ == Kind::kHidden2023;
        for (size_t i = 0; i < step.key.size(); i++) {
            const size_t from_front = i < 8 ? 8 + i : 56 + i - 8;
            const size_t from_back = i < 8 ? 63 - i : 15 - (i - 8);
            sqe.bytes[old ? from_back : from_front] = static_cast<uint8_t>(step.key[i]);
        }
        return sqe;
    }

    nvme::Cqe answer(const nvme::Sqe& sqe, MutableBytes data) {
        if (script_.empty()) {
            ADD_FAILURE() << "not expected: " << show(sqe);
            return {.status = nvme::kInternalError};
        }
        const Step step = std::move(script_.front());
        script_.pop_front();
        EXPECT_EQ(show(entry_of(step)), show(sqe));
        if (!step.sent.empty()) {
            EXPECT_EQ(step.sent, as_text(data));
        }
        EXPECT_LE(step.returned.size(), data.size());
        std::copy_n(step.returned.begin(), std::min(step.returned.size(), data.size()),
                    data.begin());
        return {step.dw0, step.dw1, step.status};
    }

    static std::string show(const nvme::Sqe& sqe) {
        std::string text;
        for (size_t i : {0, 1, 2, 3, 10, 11, 12, 13, 14, 15}) {
            char dword[32];
            std::snprintf(dword, sizeof dword, "%zu:%08X ", i, sqe.dword(i));
            text += dword;
        }
        return text;
    }

    const Kind kind_;
    std::deque<Step> script_;
    std::deque<Pending> pending_;
    std::map<const uint8_t*, size_t> allocated_;
    size_t allocated_bytes_ = 0;
    bool held_ = false;
    bool disconnected_ = false;
};

// A Client on a MockTransport, and words for tests.
class MockedClient : public ::testing::Test {
  protected:
    using Kind = MockTransport::Kind;

    void connect(Kind kind = Kind::kExtended,
                 TransportLimits limits = {
                     .max_transfer_bytes = 4096, .queue_depth = 8, .can_cancel = true}) {
        auto transport = std::make_unique<MockTransport>(kind);
        transport->given = limits;
        mock_ = transport.get();
        connect(std::move(transport));
    }
    void connect(std::unique_ptr<MockTransport> transport) {
        mock_ = transport.get();
        OpenOptions options;
        options.cancel = CancelToken(&cancelled_);
        auto client = Client::over(std::move(transport), options);
        ASSERT_TRUE(client.ok()) << client.status().message();
        client_ = std::move(client).value();
    }

    MockTransport& mock() { return *mock_; }
    Client& client() { return *client_; }
    static Key key(std::string_view text) { return *Key::from_text(text); }
    static std::string text(size_t bytes, char first = 'a') {
        std::string made(bytes, ' ');
        for (size_t i = 0; i < bytes; i++) made[i] = static_cast<char>(first + i % 23);
        return made;
    }
    static std::string description(uint64_t size, uint64_t version) {
        std::array<uint8_t, nvme::kDescribeBytes> page{};
        store_le(MutableBytes(page), 0, size);
        store_le(MutableBytes(page), 8, version);
        return std::string(as_text(page));
    }
    // 82h with describe, and its answer.
    Step describe(const std::string& name, uint64_t size, uint64_t version) {
        return {.opcode = 0x82,
                .key = name,
                .cdw10 = 64,
                .cdw11 = static_cast<uint32_t>(name.size()) | 1u << 8,
                .dw0 = static_cast<uint32_t>(size),
                .returned = description(size, version)};
    }

    std::atomic<uint32_t> cancelled_{0};
    std::unique_ptr<Client> client_;
    MockTransport* mock_ = nullptr;
};

}  // namespace csd::kv
