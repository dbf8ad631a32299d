// SPDX-License-Identifier: BSD-3-Clause
//
// The verbs: their arguments judged as the drive would judge them, and made a command. Tested by core_test.cc.
#include <cstring>

#include "core.hpp"

namespace csd::spdk {

static constexpr uint32_t kConditions = CSD_KV_MUST_EXIST | CSD_KV_MUST_NOT_EXIST;

static nvme::StoreCondition condition_of(uint32_t flags) {
    return {.must_exist = (flags & CSD_KV_MUST_EXIST) != 0,
            .must_not_exist = (flags & CSD_KV_MUST_NOT_EXIST) != 0};
}

// A caller in C may say any number, also one below zero, which C++ may not even read as an enumeration.
static bool is_format(const csd_kv_format& format) {
    uint32_t number = 0;
    static_assert(sizeof(number) == sizeof(format));
    std::memcpy(&number, &format, sizeof(number));
    return number <= CSD_KV_PARQUET;
}

// Flags of `allowed` only, and one condition at most.
static bool are_store_flags(uint32_t flags, uint32_t allowed) {
    return (flags & ~allowed) == 0 && (flags & kConditions) != kConditions;
}

std::optional<Key> Core::key_of(const csd_kv_key* key) const {
    if (!ready_ || key == nullptr || key->size == 0 || key->size > info_.max_key_bytes) {
        return std::nullopt;
    }
    return Key::from_bytes({key->bytes, key->size});
}

// As the data of one command.
int Core::judge(const Data& data) const {
    if (!ready_ || data.bytes > info_.max_transfer_bytes) return -EINVAL;
    if (data.scattered()) return info_.scattered_buffers ? 0 : -ENOTSUP;
    return data.buffer == nullptr && data.bytes != 0 ? -EINVAL : 0;
}

int Core::store(Request& request, const csd_kv_key* key, const Data& data, uint32_t flags,
                Callback done) {
    const auto name = key_of(key);
    if (!name || !are_store_flags(flags, kConditions)) return -EINVAL;
    if (data.bytes > info_.max_transfer_bytes) {
        return store_large(request, *name, data, flags, done);
    }
    if (const int rc = judge(data); rc != 0) return rc;
    nvme::Store command;
    command.key = *name;
    command.bytes = static_cast<uint32_t>(data.bytes);
    command.condition = condition_of(flags);
    command.extended = is_2023() || !info_.standard_opcodes;
    return start(request, command, data, done);
}

int Core::retrieve(Request& request, const csd_kv_key* key, const Data& data, uint64_t offset,
                   Callback done) {
    const auto name = key_of(key);
    if (!name) return -EINVAL;
    if (offset != 0 && !has(CSD_KV_HAS_OFFSET)) return -ENOTSUP;
    if (is_2023() && offset > UINT32_MAX) return -EINVAL;
    if (data.bytes > info_.max_transfer_bytes) {
        return retrieve_large(request, *name, data, offset, done);
    }
    if (const int rc = judge(data); rc != 0) return rc;
    nvme::Retrieve command;
    command.key = *name;
    command.bytes = static_cast<uint32_t>(data.bytes);
    command.offset = offset;
    command.extended = is_2023() || !info_.standard_opcodes || offset != 0;
    return start(request, command, data, done);
}

int Core::list(Request& request, const csd_kv_key* start_at, const Data& data, Callback done) {
    nvme::List command;
    if (start_at != nullptr) {
        const auto name = key_of(start_at);
        if (!name) return -EINVAL;
        command.start = *name;
    }
    if (data.bytes < sizeof(uint32_t)) return -EINVAL;
    if (const int rc = judge(data); rc != 0) return rc;
    command.bytes = static_cast<uint32_t>(data.bytes);
    return start(request, command, data, done);
}

int Core::exist(Request& request, const csd_kv_key* key, Callback done) {
    const auto name = key_of(key);
    if (!name) return -EINVAL;
    return start(request, nvme::Exist{*name}, {}, done);
}

int Core::erase(Request& request, const csd_kv_key* key, Callback done) {
    const auto name = key_of(key);
    if (!name) return -EINVAL;
    return start(request, nvme::Delete{*name}, {}, done);
}

int Core::store_extended(Request& request, const csd_kv_key* key, const Data& data, uint64_t offset,
                         uint32_t flags, Callback done) {
    constexpr uint32_t kAllowed = kConditions | CSD_KV_APPEND | CSD_KV_AT_OFFSET | CSD_KV_MORE;
    constexpr uint32_t kGuarded = CSD_KV_APPEND | CSD_KV_AT_OFFSET;
    const auto name = key_of(key);
    if (!name || !are_store_flags(flags, kAllowed)) return -EINVAL;
    if (const int rc = judge(data); rc != 0) return rc;
    const bool append = (flags & CSD_KV_APPEND) != 0;
    const bool guarded = (flags & CSD_KV_AT_OFFSET) != 0;
    const bool more = (flags & CSD_KV_MORE) != 0;
    if (guarded && (flags & kGuarded) != kGuarded) return -EINVAL;
    if (append && (more || (offset != 0 && !guarded))) return -EINVAL;
    if (append && !has(CSD_KV_HAS_APPEND)) return -ENOTSUP;
    if ((more || (offset != 0 && !append)) && !has(CSD_KV_HAS_MORE)) return -ENOTSUP;
    if (is_2023() && (guarded || more || offset != 0)) return -ENOTSUP;
    if (append && !guarded && resends() && !is_2023()) return -EINVAL;
    if (info_.extensions == 0) return -ENOTSUP;
    nvme::Store command;
    command.key = *name;
    command.bytes = static_cast<uint32_t>(data.bytes);
    command.condition = condition_of(flags);
    command.extended = true;
    command.append = append;
    command.at_offset = guarded;
    command.more = more;
    command.offset = offset;
    return start(request, command, data, done);
}

int Core::retrieve_extended(Request& request, const csd_kv_key* key, const Data& data,
                            uint64_t offset, uint32_t flags, Callback done) {
    const auto name = key_of(key);
    if (!name || (flags & ~CSD_KV_DESCRIBE) != 0) return -EINVAL;
    if (const int rc = judge(data); rc != 0) return rc;
    const bool describe = (flags & CSD_KV_DESCRIBE) != 0;
    if (!has(CSD_KV_HAS_OFFSET) || (describe && is_2023())) return -ENOTSUP;
    if (is_2023() && offset > UINT32_MAX) return -EINVAL;
    if (describe && (offset != 0 || data.bytes < CSD_KV_DESCRIPTION_BYTES)) return -EINVAL;
    nvme::Retrieve command;
    command.key = *name;
    command.bytes = static_cast<uint32_t>(data.bytes);
    command.extended = true;
    command.describe = describe;
    command.offset = offset;
    return start(request, command, data, done);
}

int Core::compose(Request& request, const csd_kv_key* key, const Data& data, uint32_t flags,
                  Callback done) {
    const auto name = key_of(key);
    if (!name || !are_store_flags(flags, kConditions | CSD_KV_DELETE_SOURCES)) return -EINVAL;
    if (data.bytes < sizeof(uint32_t)) return -EINVAL;
    if (const int rc = judge(data); rc != 0) return rc;
    if (is_2023() || !has(CSD_KV_HAS_COMPOSE)) return -ENOTSUP;
    nvme::Compose command;
    command.key = *name;
    command.bytes = static_cast<uint32_t>(data.bytes);
    command.condition = condition_of(flags);
    command.delete_sources = (flags & CSD_KV_DELETE_SOURCES) != 0;
    return start(request, command, data, done);
}

int Core::select_send(Request& request, const csd_kv_key* key, const csd_kv_select* select,
                      const Data& data, Callback done) {
    constexpr uint32_t kAllowed = CSD_KV_INPUT_HEADER | CSD_KV_OUTPUT_HEADER | CSD_KV_ASYNCHRONOUS;
    const auto name = key_of(key);
    if (!name || select == nullptr || (select->flags & ~kAllowed) != 0) return -EINVAL;
    if (data.bytes == 0 || select->option_bytes >= data.bytes) return -EINVAL;
    if (!is_format(select->input) || !is_format(select->output)) return -EINVAL;
    if (const int rc = judge(data); rc != 0) return rc;
    const bool asynchronous = (select->flags & CSD_KV_ASYNCHRONOUS) != 0;
    if (!has(CSD_KV_HAS_SELECT)) return -ENOTSUP;
    if (asynchronous && (is_2023() || !has(CSD_KV_HAS_ASYNCHRONOUS))) return -ENOTSUP;
    if (is_2023() && select->option_bytes != 0) return -ENOTSUP;
    nvme::SelectSend command;
    command.key = *name;
    command.bytes = static_cast<uint32_t>(data.bytes);
    command.option_bytes = select->option_bytes;
    command.input_header = (select->flags & CSD_KV_INPUT_HEADER) != 0;
    command.output_header = (select->flags & CSD_KV_OUTPUT_HEADER) != 0;
    command.asynchronous = asynchronous;
    command.input = static_cast<nvme::DataFormat>(select->input);
    command.output = static_cast<nvme::DataFormat>(select->output);
    return start(request, command, data, done);
}

int Core::select_retrieve(Request& request, uint32_t id, const Data& data, uint64_t offset,
                          uint32_t flags, Callback done) {
    constexpr uint32_t kAllowed = CSD_KV_KEEP | CSD_KV_KEEP_UNLESS_ALL | CSD_KV_DESCRIBE_RESULT;
    const bool describe = (flags & CSD_KV_DESCRIBE_RESULT) != 0;
    if ((flags & ~kAllowed) != 0) return -EINVAL;
    if (const int rc = judge(data); rc != 0) return rc;
    if (!has(CSD_KV_HAS_SELECT) || (describe && is_2023())) return -ENOTSUP;
    if (is_2023() && offset > UINT32_MAX) return -EINVAL;
    if (describe && (offset != 0 || data.bytes < CSD_KV_DESCRIPTION_BYTES)) {
        return -EINVAL;
    }
    nvme::SelectRetrieve command;
    command.id = id;
    command.bytes = static_cast<uint32_t>(data.bytes);
    command.keep = (flags & CSD_KV_KEEP) != 0;
    command.keep_unless_all = (flags & CSD_KV_KEEP_UNLESS_ALL) != 0;
    command.describe = describe;
    command.offset = offset;
    return start(request, command, data, done);
}

}  // namespace csd::spdk
