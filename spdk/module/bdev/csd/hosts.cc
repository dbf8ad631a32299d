// SPDX-License-Identifier: BSD-3-Clause
// Tested by hosts_test.cc.
#include "hosts.hpp"

#include <mutex>
#include <utility>

namespace csd::spdk {

void Hosts::connected(Queue queue, HostIdentity host) {
    const std::lock_guard lock(mutex_);
    if (queues_.size() >= kManyQueues) {
        std::erase_if(queues_,
                      [](const auto& known) { return known.second.controller == nullptr; });
    }
    queues_[queue] = QueueState{.host = std::move(host)};
}

uint32_t Hosts::join(QueueState& queue, Controller controller) {
    Host& host = hosts_[queue.host];
    if (host.number == 0) {
        host.number = next_++;
        if (next_ == 0) next_ = kFirst;
    }
    host.controllers.insert(controller);
    queue.controller = controller;
    queue.number = host.number;
    return host.number;
}

void Hosts::enabled(Queue queue, Controller controller) {
    const std::lock_guard lock(mutex_);
    const auto found = queues_.find(queue);
    if (found != queues_.end()) join(found->second, controller);
}

std::optional<uint32_t> Hosts::leave(Controller controller) {
    for (auto host = hosts_.begin(); host != hosts_.end(); ++host) {
        if (host->second.controllers.erase(controller) == 0) continue;
        if (!host->second.controllers.empty()) return std::nullopt;
        const uint32_t number = host->second.number;
        hosts_.erase(host);
        return number;
    }
    return std::nullopt;
}

std::optional<uint32_t> Hosts::disabled(Controller controller) {
    const std::lock_guard lock(mutex_);
    for (auto& [address, queue] : queues_) {
        if (queue.controller == controller) queue.number = 0;
    }
    return leave(controller);
}

std::optional<uint32_t> Hosts::lost(Controller controller) {
    const std::lock_guard lock(mutex_);
    std::erase_if(queues_,
                  [&](const auto& known) { return known.second.controller == controller; });
    return leave(controller);
}

std::optional<uint32_t> Hosts::of(Queue queue, Controller controller) {
    {
        const std::shared_lock lock(mutex_);
        const auto found = queues_.find(queue);
        if (found == queues_.end()) return std::nullopt;
        const QueueState& state = found->second;
        if (state.number != 0 && state.controller == controller) return state.number;
    }
    const std::lock_guard lock(mutex_);
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return std::nullopt;
    return join(found->second, controller);
}

size_t Hosts::queues() const {
    const std::shared_lock lock(mutex_);
    return queues_.size();
}

}  // namespace csd::spdk
