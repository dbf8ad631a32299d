// SPDX-License-Identifier: BSD-3-Clause
//
// Readers: opening is one piece of work at the drive, which brings small objects along.
// Tested by store_test.cc.
#include "airmos/objects/reader.hpp"

#include <algorithm>
#include <chrono>

namespace csd::airmos::objects {

// What a drive answers without a thread of its own.
static constexpr uint64_t kComesAlong = 64 * kKiB;
// A read that takes longer waited for a disk, and so may the next: that is done where nobody else waits for it.
static constexpr std::chrono::milliseconds kFromMemory{1};

// Pins what the index names, reads the manifest, and starts again if that names other data: the object was replaced in
// between.
Outcome<std::unique_ptr<Reader>> Store::open_reader(kv::Client& client, const Place& place) {
    Drive& drive = *place.drive;
    constexpr int kTries = 64;
    for (int tries = 0; tries < kTries; tries++) {
        std::shared_ptr<Pin> pin;
        uint8_t at = 0;
        {
            const std::shared_lock lock(place.bucket->mutex);
            const auto entry = place.bucket->names.find(place.name);
            if (!entry) return Error("NoSuchKey").with("Key", place.name);
            pins_.pin(entry->data);
            pin = std::make_shared<Pin>(*this, drive, entry->data);
            at = entry->place;
        }
        auto manifest = read_record<Manifest>(drive, client, manifest_key(place.hash, at));
        if (!manifest.ok() && manifest.code() != Code::kNotFound)
            return error_of(manifest.status());
        if (!manifest.ok() || manifest.value().data != pin->id()) continue;
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
    return Error("ServiceUnavailable", "The object changes faster than it can be read. Try again.");
}

Task<Outcome<std::unique_ptr<Reader>>> Store::read(std::string bucket, std::string name) {
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    if (!remembered(where.value())) co_return Error("NoSuchKey").with("Key", where.value().name);
    auto work = [&](kv::Client& client) { return open_reader(client, where.value()); };
    co_return co_await where.value().drive->run_small(std::move(work));
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
    const auto began = std::chrono::steady_clock::now();
    auto got = slow_ ? co_await drive().run(Lane::kQuick, std::move(work))
                     : co_await drive().run_small(std::move(work));
    slow_ = std::chrono::steady_clock::now() - began > kFromMemory;
    if (got.ok() && got.value() != wanted.size()) {
        co_return Error("InternalError", "The data of the object is shorter than it was.");
    }
    co_return got;
}

}  // namespace csd::airmos::objects
