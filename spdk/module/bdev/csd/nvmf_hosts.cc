// SPDX-License-Identifier: BSD-3-Clause
//
// Tells bdev_csd which host of SPDK's NVMe-oF target a command comes from. It is linked into programs with a target only.
//
// The bdev layer does not say who asks, and the target keeps its controllers to itself. But every command of a transport
// passes spdk_nvmf_request_exec(), where the Connect command of a queue names its host, and the target gives the request
// to the bdev layer as the argument of its callback. So this file stands before two functions of the target (linked with
// --wrap): that one, and nvmf_subsystem_remove_ctrlr(), by which a controller ends however it came to that (disconnect,
// keep alive, an administrator). Only members that SPDK's public headers declare are read.
//
// A callback argument is a request only if the callback is the target's. Its callbacks are static functions, so they are
// learned: the one that a command passes while its request is in spdk_nvmf_request_exec() on the same thread.
//
// Threads: any. Tested by tests/spdk/paths_test.sh.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "bdev_csd.hpp"
#include "csd/spdk/compat_nvmf.h"
#include "hosts.hpp"

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names that --wrap asks for
void __real_spdk_nvmf_request_exec(spdk_nvmf_request* request);
void __wrap_spdk_nvmf_request_exec(spdk_nvmf_request* request);
void __real_nvmf_subsystem_remove_ctrlr(spdk_nvmf_subsystem* subsystem, spdk_nvmf_ctrlr* ctrlr);
void __wrap_nvmf_subsystem_remove_ctrlr(spdk_nvmf_subsystem* subsystem, spdk_nvmf_ctrlr* ctrlr);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}

namespace csd::spdk {
namespace {

constexpr uint32_t kControllerConfiguration = 0x14;
constexpr uint64_t kEnable = 1;
constexpr uint64_t kShutdown = 3u << 14;

Hosts& hosts() {
    static Hosts all;
    return all;
}

thread_local const spdk_nvmf_request* executing = nullptr;

// The target has one for commands with data and one for those without at most.
std::array<std::atomic<spdk_bdev_io_completion_cb>, 4> callbacks{};

bool is_of_target(spdk_bdev_io_completion_cb callback) {
    return std::any_of(callbacks.begin(), callbacks.end(),
                       [&](const auto& known) { return known.load() == callback; });
}

void learn(spdk_bdev_io_completion_cb callback) {
    for (auto& place : callbacks) {
        spdk_bdev_io_completion_cb none = nullptr;
        if (place.load() == callback || place.compare_exchange_strong(none, callback)) return;
    }
}

std::optional<uint32_t> host_of(const spdk_bdev_io* bio) {
    const spdk_bdev_io_completion_cb callback = bio->internal.cb;
    if (!is_of_target(callback)) {
        if (executing == nullptr || bio->internal.caller_ctx != executing) return std::nullopt;
        learn(callback);
    }
    const auto* const request = static_cast<const spdk_nvmf_request*>(bio->internal.caller_ctx);
    return hosts().of(request->qpair, request->qpair->ctrlr);
}

// A name of at most `bytes`, which need not end with a zero.
std::string name(const uint8_t* text, size_t bytes) {
    return {reinterpret_cast<const char*>(text),
            strnlen(reinterpret_cast<const char*>(text), bytes)};
}

void look_at_connect(const spdk_nvmf_request& request) {
    spdk_nvmf_fabric_connect_data data{};
    if (!csd_spdk_nvmf_copy_data(&request, &data, sizeof data)) return;  // the target refuses it
    HostIdentity host{.nqn = name(data.hostnqn, sizeof data.hostnqn),
                      .subsystem = name(data.subnqn, sizeof data.subnqn)};
    memcpy(host.id.data(), data.hostid, host.id.size());
    hosts().connected(request.qpair, std::move(host));
}

void tell_if_ended(std::optional<uint32_t> number) {
    if (number) host_ended(*number);
}

// By these a host enables, resets and shuts down its controller, on its admin queue.
void look_at_property(const spdk_nvmf_request& request) {
    const spdk_nvmf_fabric_prop_set_cmd& set = request.cmd->prop_set_cmd;
    if (set.ofst != kControllerConfiguration || request.qpair->ctrlr == nullptr) return;
    const uint64_t value = set.value.u64;
    if ((value & kEnable) != 0 && (value & kShutdown) == 0) {
        hosts().enabled(request.qpair, request.qpair->ctrlr);
    } else {
        tell_if_ended(hosts().disabled(request.qpair->ctrlr));
    }
}

void look_at_fabrics_command(const spdk_nvmf_request& request) {
    switch (request.cmd->nvmf_cmd.fctype) {
        case SPDK_NVMF_FABRIC_COMMAND_CONNECT: look_at_connect(request); break;
        case SPDK_NVMF_FABRIC_COMMAND_PROPERTY_SET: look_at_property(request); break;
        default: break;
    }
}

[[maybe_unused]] const bool kTold = (set_host_lookup(host_of), true);

}  // namespace
}  // namespace csd::spdk

void __wrap_spdk_nvmf_request_exec(spdk_nvmf_request* request) {
    using namespace csd::spdk;
    if (request->cmd->nvmf_cmd.opcode == SPDK_NVME_OPC_FABRIC) look_at_fabrics_command(*request);
    const spdk_nvmf_request* const outer = executing;
    executing = request;
    __real_spdk_nvmf_request_exec(request);
    executing = outer;
}

void __wrap_nvmf_subsystem_remove_ctrlr(spdk_nvmf_subsystem* subsystem, spdk_nvmf_ctrlr* ctrlr) {
    using namespace csd::spdk;
    __real_nvmf_subsystem_remove_ctrlr(subsystem, ctrlr);
    tell_if_ended(hosts().lost(ctrlr));
}
