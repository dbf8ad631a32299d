// SPDX-License-Identifier: BSD-3-Clause
// Tested by store_test.cc.
#include "airmos/objects/values.hpp"

#include <algorithm>

namespace csd::airmos::objects {
namespace {

// Larger than nearly every record, and less than a drive answers without another thread.
constexpr size_t kFirstReadBytes = 8 * kKiB;

Result<kv::Retrieved> retrieve(Drive& drive, kv::Client& client, const Key& key,
                               MutableBytes buffer, uint64_t offset) {
    std::optional<Result<kv::Retrieved>> answer;
    client.async_retrieve(key, buffer, offset, [&answer](Result<kv::Retrieved> retrieved) {
        answer = std::move(retrieved);
    });
    while (!answer) client.wait(100);
    if (answer->ok()) drive.meter().bytes_out += answer->value().bytes;
    return *answer;
}

}  // namespace

Result<std::vector<uint8_t>> read_value(Drive& drive, kv::Client& client, const Key& key) {
    std::vector<uint8_t> value(kFirstReadBytes);
    for (;;) {
        const auto got = retrieve(drive, client, key, value, 0);
        if (!got.ok()) return got.status();
        const uint64_t size = got.value().size;
        if (size > kMostRecordBytes)
            return Status(Code::kIo, "the value is not a record of AirMOS");
        const bool all = size <= value.size();
        value.resize(size);
        if (all) return value;
    }
}

Status store_value(Drive& drive, kv::Client& client, const Key& key, Bytes value, kv::When when) {
    drive.meter().bytes_in += value.size();
    Status stored = client.store(key, value, when);
    const bool again = when == kv::When::kAlways && !stored.ok() && is_unclear(stored);
    return again ? client.store(key, value, when) : stored;
}

Status erase_value(kv::Client& client, const Key& key) {
    Status erased = client.erase(key);
    if (!erased.ok() && is_unclear(erased)) erased = client.erase(key);
    return erased.code() == Code::kNotFound ? Status() : erased;
}

// A drive without our extensions reads values from their beginning; the client skips what was not asked for.
static Outcome<size_t> read_whole(Drive& drive, kv::Client& client, const Key& key, uint64_t offset,
                                  MutableBytes buffer) {
    std::vector<uint8_t> bytes;
    const auto got =
        client.retrieve(key, {.offset = offset, .length = buffer.size()}, kv::Sink::to(bytes));
    if (!got.ok()) return error_of(got.status());
    drive.meter().bytes_out += bytes.size();
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    return bytes.size();
}

Outcome<size_t> read_data(Drive& drive, kv::Client& client, const DataId& id, uint64_t offset,
                          MutableBytes buffer) {
    const Key key = data_key(id);
    if (!drive.health().abilities().pieces) return read_whole(drive, client, key, offset, buffer);
    size_t filled = 0;
    while (filled < buffer.size()) {
        const size_t bytes = std::min<size_t>(buffer.size() - filled, client.max_transfer_bytes());
        const auto got =
            retrieve(drive, client, key, buffer.subspan(filled, bytes), offset + filled);
        if (!got.ok()) {
            if (got.code() != Code::kNotFound) return error_of(got.status());
            return Error("InternalError", "The data of the object is missing on its drive.");
        }
        filled += got.value().bytes;
        if (got.value().bytes < bytes) break;
    }
    return filled;
}

bool is_unclear(const Status& failed) {
    switch (failed.code()) {
        case Code::kExists:
        case Code::kNotFound:
        case Code::kNoSpace:
        case Code::kInvalidField:
        case Code::kInvalidKeySize:
        case Code::kInvalidValueSize:
        case Code::kInvalidOpcode:
        case Code::kOffsetMismatch:
        case Code::kUsage:
        case Code::kUnsupported: return false;
        default: return true;
    }
}

}  // namespace csd::airmos::objects
