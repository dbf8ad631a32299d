// SPDX-License-Identifier: BSD-3-Clause
//
// Readers: opening is one piece of work at the drive, which brings small objects along.
// Tested by store_test.cc.
#include "airmos/objects/reader.hpp"

#include <algorithm>

namespace csd::airmos::objects {

// What a drive answers without a thread of its own.
static constexpr uint64_t kComesAlong = 64 * kKiB;

// Pins the data that memory names and reads that version of the manifest. Without the lock of the name (`locked`) the result
// may be nullptr: the name is being changed, or the drive has a fault.
Outcome<std::unique_ptr<Reader>> Store::open_current(kv::Client& client, const Place& place,
                                                     bool locked) {
    Drive& drive = *place.drive;
    std::shared_ptr<Pin> pin;
    uint8_t at = 0;
    uint64_t version = 0;
    {
        const std::shared_lock lock(place.bucket->mutex);
        const auto entry = place.bucket->names.find(place.name);
        if (!entry) return Error("NoSuchKey").with("Key", place.name);
        pins_.pin(entry->data);
        pin = std::make_shared<Pin>(*this, drive, entry->data);
        at = entry->place;
        version = entry->version;
    }
    auto manifest = read_version(client, place, at, version);
    if (!manifest.ok()) {
        if (locked || manifest.code() == Code::kTransport) return error_of(manifest.status());
        return std::unique_ptr<Reader>();
    }
    ObjectInfo& info = manifest.value().info;
    std::vector<uint8_t> whole(info.size <= kComesAlong ? info.size : 0);
    const auto read = read_data(drive, client, pin->id(), 0, whole);
    if (!read.ok()) return read.error();
    if (read.value() != whole.size()) {
        return Error("InternalError", "The data of the object is shorter than it was.");
    }
    return std::unique_ptr<Reader>(
        std::make_unique<StoreReader>(std::move(pin), std::move(info), std::move(whole)));
}

// Waits for the change that is under way, and keeps others from beginning.
Outcome<std::unique_ptr<Reader>> Store::open_between_changes(kv::Client& client,
                                                             const Place& place) {
    const std::lock_guard one_at_a_time(place.drive->lock_of(place.hash));
    if (const auto clear = settle_if_unclear(client, place); !clear.ok()) return clear.error();
    auto reader = open_current(client, place, true);
    if (!reader.ok() && settle_late(client, place)) return open_current(client, place, true);
    return reader;
}

Task<Outcome<std::unique_ptr<Reader>>> Store::read(std::string bucket, std::string name) {
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    const Place& at = where.value();
    if (!remembered(at)) co_return Error("NoSuchKey").with("Key", at.name);
    auto reader = co_await at.drive->run_small(
        [&](kv::Client& client) { return open_current(client, at, false); });
    if (!reader.ok() || reader.value()) co_return reader;
    co_return co_await at.drive->run(
        Lane::kQuick, [&](kv::Client& client) { return open_between_changes(client, at); });
}

Task<Outcome<size_t>> StoreReader::read(uint64_t offset, MutableBytes buffer) {
    if (offset >= info_.size) co_return size_t{0};
    const MutableBytes wanted =
        buffer.first(static_cast<size_t>(std::min<uint64_t>(buffer.size(), info_.size - offset)));
    if (!whole_.empty()) {
        std::copy_n(whole_.begin() + static_cast<ptrdiff_t>(offset), wanted.size(), wanted.begin());
        co_return wanted.size();
    }
    auto work = [&](kv::Client& client) {
        return read_data(drive(), client, data(), offset, wanted);
    };
    auto got = co_await drive().run_small(std::move(work));
    if (got.ok() && got.value() != wanted.size()) {
        co_return Error("InternalError", "The data of the object is shorter than it was.");
    }
    co_return got;
}

}  // namespace csd::airmos::objects
