// SPDX-License-Identifier: BSD-3-Clause
//
// The commands on values: what each opcode does to the store. Selects are in select.cc.
// Tested by device_test.cc.
#include "device/device.hpp"
#include "device/limits.hpp"
#include "nvme/list_page.hpp"

namespace csd::device {

using nvme::Dialect;

Completion Device::execute(const nvme::Command& command, const Call& call) {
    statistics_.commands.fetch_add(1, std::memory_order_relaxed);
    if (call.cancel.cancelled()) return answer(Code::kAborted);
    return std::visit([&](const auto& typed) { return run(typed, call); }, command);
}

std::optional<Completion> Device::try_execute(const nvme::Command& command, const Call& call) {
    std::optional<Completion> done;
    if (const auto* exist = std::get_if<nvme::Exist>(&command)) {
        done = attempt(*exist);
    } else if (const auto* retrieve = std::get_if<nvme::Retrieve>(&command)) {
        done = attempt(*retrieve, call);
    } else if (const auto* list = std::get_if<nvme::List>(&command)) {
        done = attempt(*list, call);
    }
    if (done) statistics_.commands.fetch_add(1, std::memory_order_relaxed);
    return done;
}

Completion Device::run(const nvme::Flush&, const Call& call) {
    return answer(store_->flush(call.cancel).code());
}

Completion Device::run(const nvme::Store& command, const Call& call) {
    const Result<uint64_t> size = store_value(command, call);
    if (!size.ok()) return answer(size.code());
    statistics_.written_bytes.fetch_add(command.bytes, std::memory_order_relaxed);
    return completed_size(size.value(), rules_.dialect);
}

// interfaces of 81h: append, more, the last piece of a staged value, or a plain store.
Result<uint64_t> Device::store_value(const nvme::Store& command, const Call& call) {
    const std::vector<iovec> data = first_bytes(call.memory, command.bytes);
    const store::Condition condition{command.condition.must_exist,
                                     command.condition.must_not_exist};
    const uint64_t end = command.offset + command.bytes;
    if (end < command.offset || end > kMostValueBytes) {
        return Status(Code::kInvalidValueSize, "the value would be larger than the drive allows");
    }
    if (command.append && condition.must_not_exist) return append_to_nothing(command, data, call);
    if (command.append) {
        const auto expected =
            command.at_offset ? std::optional<uint64_t>(command.offset) : std::nullopt;
        return store_->append(command.key, data, expected, condition.must_exist, call.cancel);
    }
    if (command.more) {
        return store_->stage(call.controller, command.key, command.offset, data, call.cancel);
    }
    if (command.offset != 0) {
        return store_->publish(call.controller, command.key, command.offset, data, condition,
                               call.cancel);
    }
    store_->discard_staged(call.controller, command.key);
    return store_->put(command.key, data, condition, call.cancel);
}

// An append that may only create: a store, of what an offset other than 0 can never fit.
Result<uint64_t> Device::append_to_nothing(const nvme::Store& command, store::Slices data,
                                           const Call& call) {
    if (command.offset == 0) {
        return store_->put(command.key, data, {.must_not_exist = true}, call.cancel);
    }
    const Status exists = store_->exists(command.key);
    if (exists.ok()) return Status(Code::kExists, "the key exists");
    if (exists.code() != Code::kNotFound) return exists;
    return Status(Code::kOffsetMismatch, "an absent value has size 0");
}

std::optional<Completion> Device::attempt(const nvme::Retrieve& command, const Call& call) {
    if (command.bytes > kMostTryBytes || command.key.empty()) return std::nullopt;
    if (command.describe) {
        const auto info = store_->try_info(command.key);
        if (!info) return std::nullopt;
        return completed_info(*info, command, call);
    }
    const auto buffers = first_bytes(call.memory, command.bytes);
    const auto read = store_->try_read(command.key, command.offset, buffers);
    if (!read) return std::nullopt;
    if (read->ok()) {
        statistics_.read_bytes.fetch_add(read->value().bytes, std::memory_order_relaxed);
    }
    return completed_read(*read);
}

Completion Device::run(const nvme::Retrieve& command, const Call& call) {
    if (command.describe && command.key.empty()) {
        std::vector<uint8_t> page(nvme::kPageBytes);
        nvme::write_key_value_namespace(describe_namespace(), page);
        const auto window = first_bytes(call.memory, command.bytes);
        return completed_data(page.size(), copy_out(page, window), rules_.dialect);
    }
    if (command.describe) return completed_info(store_->info(command.key), command, call);
    const auto buffers = first_bytes(call.memory, command.bytes);
    const auto read = store_->read(command.key, command.offset, buffers, call.cancel);
    if (read.ok()) {
        statistics_.read_bytes.fetch_add(read.value().bytes, std::memory_order_relaxed);
    }
    return completed_read(read);
}

Completion Device::completed_read(const Result<store::ReadResult>& read) const {
    if (!read.ok()) return answer(read.code());
    return completed_data(read.value().value_size, read.value().bytes, rules_.dialect);
}

Completion Device::completed_info(const Result<store::ValueInfo>& info,
                                  const nvme::Retrieve& command, const Call& call) const {
    if (!info.ok()) return answer(info.code());
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    nvme::write_value_description({info.value().size, info.value().version}, page);
    const auto window = first_bytes(call.memory, command.bytes);
    return completed_data(info.value().size, copy_out(page, window), rules_.dialect);
}

namespace {
// The page of a listing, built in private memory: the host's may be scattered.
struct ListPage {
    ListPage(uint32_t size, Dialect dialect) : bytes(size), writer(bytes, dialect) {}
    auto visit() {
        return [this](const Key& key) { return writer.add(key); };
    }
    Bytes finish() { return Bytes(bytes).first(writer.finish()); }

    std::vector<uint8_t> bytes;
    nvme::ListWriter writer;
};
}  // namespace

std::optional<Completion> Device::attempt(const nvme::List& command, const Call& call) {
    if (command.bytes > kMostTryListBytes) return std::nullopt;
    ListPage page(command.bytes, rules_.dialect);
    uint64_t total = 0;
    const auto listed = store_->try_list(command.start, page.visit(), &total);
    if (!listed) return std::nullopt;
    return completed_list(*listed, total, page.finish(), call);
}

Completion Device::run(const nvme::List& command, const Call& call) {
    ListPage page(command.bytes, rules_.dialect);
    uint64_t total = 0;
    const Status listed = store_->list(command.start, page.visit(), &total, call.cancel);
    return completed_list(listed, total, page.finish(), call);
}

Completion Device::completed_list(const Status& status, uint64_t total, Bytes page,
                                  const Call& call) const {
    if (!status.ok()) return answer(status.code());
    return completed_data(total, copy_out(page, call.memory), rules_.dialect);
}

Completion Device::run(const nvme::Delete& command, const Call& call) {
    const Status erased = store_->erase(command.key, call.cancel);
    const bool forgiven = erased.code() == Code::kNotFound &&
                          rules_.dialect == Dialect::kKeyValue &&
                          !store_->settings().delete_missing_is_error;
    return answer(forgiven ? Code::kOk : erased.code());
}

std::optional<Completion> Device::attempt(const nvme::Exist& command) {
    const auto found = store_->try_exists(command.key);
    if (!found) return std::nullopt;
    return answer(found->code());
}

Completion Device::run(const nvme::Exist& command, const Call&) {
    return answer(store_->exists(command.key).code());
}

Completion Device::run(const nvme::Compose& command, const Call& call) {
    const std::vector<uint8_t> list = copy_in(call.memory, command.bytes);
    const auto sources = nvme::parse_key_list(list, Dialect::kKeyValue);
    if (!sources.ok()) return answer(sources.code());
    const auto size =
        store_->compose(command.key, sources.value(),
                        {command.condition.must_exist, command.condition.must_not_exist},
                        command.delete_sources, call.cancel);
    if (!size.ok()) return answer(size.code());
    return completed_size(size.value(), rules_.dialect);
}

}  // namespace csd::device
