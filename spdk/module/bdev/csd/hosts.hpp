// SPDX-License-Identifier: BSD-3-Clause
//
// Hosts: which host of an NVMe-oF target is behind a queue, and when a host is gone.
//
// A host may reach a namespace by several controllers, and Linux spreads its commands over all of them. What one command
// leaves for the next (a staged value, the result of a select) therefore belongs to the host: HOSTNQN, HOSTID and the
// subsystem's NQN, as the Connect command of each queue names them. To the engine each host is a controller number. The
// number ends with the last controller of the host, and the host gets another one if it comes back.
//
// Queues and controllers are known by their addresses, which SPDK may use again for others.
//
// Threads: any. Tested by hosts_test.cc; nvmf_hosts.cc feeds it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>

namespace csd::spdk {

struct HostIdentity {
    std::array<uint8_t, 16> id{};  // HOSTID
    std::string nqn;               // HOSTNQN
    std::string subsystem;         // SUBNQN

    friend auto operator<=>(const HostIdentity&,
                            const HostIdentity&) = default;  // NOLINT(modernize-use-nullptr)
};

class Hosts {
  public:
    using Queue = const void*;
    using Controller = const void*;

    // Numbers below belong to users of a bdev that are not hosts.
    static constexpr uint32_t kFirst = 2;
    // Beyond this many queues, those whose Connect led to nothing are forgotten.
    static constexpr size_t kManyQueues = 4096;

    // A Connect command arrived on the queue. Whether it succeeds shows later: the queue then has a controller.
    void connected(Queue queue, HostIdentity host);
    // The controller of a queue that connected is enabled. Nothing happens for a queue that never did.
    void enabled(Queue queue, Controller controller);
    // The controller was reset or shut down, and may be enabled again; or it is lost, with all its queues. The number of
    // the host whose last one it was.
    std::optional<uint32_t> disabled(Controller controller);
    std::optional<uint32_t> lost(Controller controller);
    // Of the host that a command on this queue comes from; nothing for a queue that never connected.
    std::optional<uint32_t> of(Queue queue, Controller controller);

    size_t queues() const;

  private:
    struct Host {
        uint32_t number = 0;
        std::set<Controller> controllers;
    };
    using Known = std::map<HostIdentity, Host>;

    struct QueueState {
        HostIdentity host;
        Controller controller = nullptr;
        uint32_t number = 0;  // of the host; 0: the controller does not count among its own
    };

    // The caller holds mutex_ for writing.
    uint32_t join(QueueState& queue, Controller controller);
    std::optional<uint32_t> leave(Controller controller);

    mutable std::shared_mutex mutex_;
    // Guarded by mutex_.
    std::unordered_map<Queue, QueueState> queues_;
    Known hosts_;  // those with a controller
    uint32_t next_ = kFirst;
};

}  // namespace csd::spdk
