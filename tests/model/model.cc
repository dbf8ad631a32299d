// SPDX-License-Identifier: BSD-3-Clause
#include "model/model.hpp"

#include <algorithm>

namespace csd::model {

static const Statuses kDone = {nvme::kSuccess};

const std::string* Model::find(const Key& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
}

uint64_t Model::used_bytes() const {
    uint64_t bytes = 0;
    for (const auto& [key, value] : values_) bytes += key.size() + value.size();
    return bytes;
}

// What stands against the condition; empty when nothing does.
Statuses Model::judge(const nvme::StoreCondition& condition, const Key& key) const {
    const bool exists = find(key) != nullptr;
    if (condition.must_exist && !exists) return {nvme::kKeyDoesNotExist};
    if (condition.must_not_exist && exists) return {nvme::kKeyExists};
    return {};
}

Statuses Model::store(uint32_t controller, const nvme::Store& command, std::string_view data) {
    const Place place{controller, command.key};
    if (command.append) return append(command, data);
    if (command.more) return stage(place, command, data);
    if (command.offset != 0) return publish(place, command, data);
    hidden_.erase(place);
    const Statuses wrong = judge(command.condition, command.key);
    if (!wrong.empty()) return wrong;
    values_[command.key] = data;
    return kDone;
}

Statuses Model::append(const nvme::Store& command, std::string_view data) {
    Statuses wrong = judge(command.condition, command.key);
    const std::string* value = find(command.key);
    const uint64_t size = value != nullptr ? value->size() : 0;
    if (command.at_offset && command.offset != size) wrong.push_back(nvme::kOffsetMismatch);
    if (!wrong.empty()) return wrong;
    values_[command.key] += data;
    return kDone;
}

std::optional<uint64_t> Model::hidden_size(uint32_t controller, const Key& key) const {
    const auto found = hidden_.find({controller, key});
    if (found == hidden_.end()) return 0;
    if (!found->second.defined) return std::nullopt;
    return found->second.bytes.size();
}

Statuses Model::stage(const Place& place, const nvme::Store& command, std::string_view data) {
    Hidden& hidden = hidden_[place];
    if (command.offset == 0) hidden = {};
    if (command.offset != hidden.bytes.size()) return {nvme::kOffsetMismatch};
    hidden.bytes += data;
    return kDone;
}

Statuses Model::publish(const Place& place, const nvme::Store& command, std::string_view data) {
    Hidden& hidden = hidden_[place];
    Statuses wrong = judge(command.condition, command.key);
    if (!wrong.empty()) hidden.defined = false;
    if (command.offset != hidden.bytes.size()) wrong.push_back(nvme::kOffsetMismatch);
    if (!wrong.empty()) return wrong;
    values_[command.key] = hidden.bytes.append(data);
    hidden_.erase(place);
    return kDone;
}

Statuses Model::compose(const nvme::Compose& command, const std::vector<Key>& sources) {
    Statuses wrong = judge(command.condition, command.key);
    std::string whole;
    for (const Key& source : sources) {
        const std::string* value = find(source);
        if (value != nullptr) {
            whole += *value;
        } else {
            wrong.push_back(nvme::kKeyDoesNotExist);
        }
    }
    if (!wrong.empty()) return wrong;
    if (command.delete_sources) {
        for (const Key& source : sources) values_.erase(source);
    }
    values_[command.key] = whole;
    return kDone;
}

Statuses Model::erase(const Key& key) {
    const bool existed = values_.erase(key) != 0;
    if (existed || (dialect_ == nvme::Dialect::kKeyValue && !ednek_)) return kDone;
    return {nvme::kKeyDoesNotExist};
}

Statuses Model::exist(const Key& key) const {
    return find(key) != nullptr ? kDone : Statuses{nvme::kKeyDoesNotExist};
}

void Model::format() {
    values_.clear();
    for (auto& [place, hidden] : hidden_) hidden.defined = false;
}

void Model::reset(uint32_t controller) {
    std::erase_if(hidden_, [&](const auto& entry) { return entry.first.first == controller; });
}

}  // namespace csd::model
