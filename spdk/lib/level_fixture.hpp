// SPDX-License-Identifier: BSD-3-Clause
//
// Tests that run on both levels: TYPED_TEST over DriverLevel and BdevLevel, and a small language for them.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "core.hpp"
#include "fake_spdk.hpp"
#include "level_verbs.hpp"

namespace csd::spdk {

struct DriverLevel : DriverVerbs {
    static int open(FakeSpdk& fake, const csd_kv_opts* options, csd_kv_open_cb done, void* argument,
                    Handle** kv) {
        return csd_nvme_kv_open(fake.ns(), fake.qpair(), options, done, argument, kv);
    }
    static constexpr bool kBdev = false;
    static constexpr auto close = csd_nvme_kv_close;
};

struct BdevLevel : BdevVerbs {
    static int open(FakeSpdk& fake, const csd_kv_opts* options, csd_kv_open_cb done, void* argument,
                    Handle** kv) {
        return csd_bdev_kv_open(fake.desc(), fake.channel(), options, done, argument, kv);
    }
    static constexpr bool kBdev = true;
    static constexpr auto close = csd_bdev_kv_close;
};

using Levels = ::testing::Types<DriverLevel, BdevLevel>;

inline csd_kv_key key_of(std::string_view text) {
    csd_kv_key key;
    EXPECT_EQ(csd_kv_key_set(&key, text.data(), text.size()), 0);
    return key;
}

// A command of a test: its request, and what its callback was told.
struct Flight {
    csd_kv_request request;
    int answers = 0;
    spdk_nvme_cpl completion{};
    std::function<void()> then;

    static void done(void* argument, const spdk_nvme_cpl* completion) {
        auto* self = static_cast<Flight*>(argument);
        self->answers++;
        self->completion = *completion;
        if (self->then) self->then();
    }
    uint16_t status() const { return nvme::status_kind(status_of(completion)); }
    bool ok() const { return answers == 1 && succeeded(completion); }
};

// A handle that is open on the engine's drive; its limits are those of the fake.
template <typename Level>
class LevelTest : public ::testing::Test {
  protected:
    ~LevelTest() override { EXPECT_EQ(Level::close(kv_), 0); }

    // `transfer_bytes`: the largest that one command carries.
    void open(uint32_t transfer_bytes = 4096, const device::TestDrive::Options& change = {}) {
        drive_.emplace(change);
        fake_.drive = &*drive_;
        options_.max_transfer_bytes = transfer_bytes;
        fake_.max_transfer_bytes = 1 << 20;
        std::optional<int> opened;
        ASSERT_EQ(begin(opened), 0);
        fake_.run_all();
        ASSERT_EQ(opened, 0);
    }
    int begin(std::optional<int>& opened) {
        return Level::open(
            fake_, &options_,
            [](void* argument, int rc) { *static_cast<std::optional<int>*>(argument) = rc; },
            &opened, &kv_);
    }
    const csd_kv_info& info() { return *Level::get_info(kv_); }

    // Runs a verb to its end: run(store, key, buffer, ...).
    template <typename Verb, typename... Arguments>
    Flight run(Verb verb, Arguments... arguments) {
        Flight flight;
        EXPECT_EQ(verb(kv_, &flight.request, arguments..., Flight::done, &flight), 0);
        drain();
        EXPECT_EQ(flight.answers, 1);
        return flight;
    }
    // Runs everything, with polls and waits as a program has them.
    void drain() {
        do {
            fake_.run_all();
            if constexpr (!Level::kBdev) csd_nvme_kv_poll(kv_, 0);
            while (!fake_.waiting.empty()) {
                spdk_bdev_io_wait_entry* entry = fake_.waiting.front();
                fake_.waiting.pop_front();
                entry->cb_fn(entry->cb_arg);
            }
        } while (!fake_.idle());
    }

    FakeSpdk fake_;
    std::optional<device::TestDrive> drive_;
    csd_kv_opts options_{};
    typename Level::Handle* kv_ = nullptr;
};

}  // namespace csd::spdk
