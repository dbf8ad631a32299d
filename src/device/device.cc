// SPDX-License-Identifier: BSD-3-Clause
// Tested by device_test.cc.
#include "device/device.hpp"

#include <pthread.h>

#include <exception>
#include <utility>

#include "base/signals.hpp"
#include "device/limits.hpp"

namespace csd::device {

namespace {

constexpr std::chrono::milliseconds kJanitorPeriod{250};
constexpr std::chrono::milliseconds kJanitorRetry{5000};  // after a failure

}  // namespace

Result<std::unique_ptr<Device>> Device::open(const DeviceOptions& options) {
    auto store = store::Store::open(options.store);
    if (!store.ok()) return store.status();
    const AllSignalsBlocked blocked;
    auto query = query::QueryEngine::open(options.query);
    if (!query.ok()) return query.status();
    return std::unique_ptr<Device>(
        new Device(options, std::move(store).value(), std::move(query).value()));
}

Device::Device(const DeviceOptions& options, std::unique_ptr<store::Store> store,
               std::unique_ptr<query::QueryEngine> query)
    : rules_(options.rules),
      query_options_(options.query),
      result_limits_(options.results),
      log_(options.store.log),
      store_(std::move(store)),
      results_(options.results),
      query_(std::move(query)) {
    janitor_ = std::thread([this] { run_janitor(); });
    pthread_setname_np(janitor_.native_handle(), "csd-janitor");
}

Device::~Device() {
    stopping_ = 1;
    { std::lock_guard lock(janitor_mutex_); }
    janitor_wakes_.notify_all();
    janitor_.join();
    query_.reset();  // first: running queries end, and their callbacks still find the tables
}

void Device::run_janitor() {
    const CancelToken stop(&stopping_);
    while (!stop.cancelled()) {
        std::chrono::milliseconds pause = kJanitorRetry;
        try {
            pause = keep_house(stop);
        } catch (const std::exception& failure) {  // memory; the host must not end for it
            if (log_) log_(LogLevel::kError, std::string("housekeeping failed: ") + failure.what());
        }
        std::unique_lock lock(janitor_mutex_);
        janitor_wakes_.wait_for(lock, pause, [&] { return stop.cancelled(); });
    }
}

// One round; how long the janitor may rest after it.
std::chrono::milliseconds Device::keep_house(CancelToken stop) {
    if (!index_complete_) {
        const Status loaded = store_->load_index(stop);
        index_complete_ = loaded.ok();
        if (!loaded.ok() && !stop.cancelled() && log_) {
            log_(LogLevel::kError, "the index could not be filled: " + loaded.message());
        }
    }
    const bool more = store_->housekeeping(stop);
    results_.expire(ResultTable::Clock::now());
    if (!index_complete_) return kJanitorRetry;
    return more ? std::chrono::milliseconds(0) : kJanitorPeriod;
}

void Device::reset(uint32_t controller) {
    for (const uint64_t ticket : results_.drop_owner(controller)) query_->stop(ticket);
    store_->discard_staged(controller);
}

}  // namespace csd::device
