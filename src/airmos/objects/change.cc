// SPDX-License-Identifier: BSD-3-Clause
//
// The switch: how an object comes to be, changes and goes, by one Store or Delete of its manifest.
//
// It runs on a thread of the drive, under the lock of the name, so that a condition is judged at the instant of the change.
// A name's manifest lies at the first free place of its hash. A place that is taken belongs to another name with that
// hash, or to a manifest of this name that was not served; the record says which.
//
// The change takes effect when memory learns of it, under the lock of the bucket: then every request sees it. A request that
// reads the drive between the Store and that instant finds a version that memory does not name, and waits for the lock of
// the name.
//
// When the drive is lost in mid-command, nobody knows whether the change happened. Then the drive is asked, now or as soon as
// it answers, and memory follows it. Tested by store_test.cc, set_test.cc, fault_test.cc, consistency_test.cc.
#include "airmos/objects/store.hpp"

#include <algorithm>

namespace csd::airmos::objects {
namespace {

constexpr unsigned kPlaces = 256;

bool names(const std::vector<std::string>& etags, const Remembered& object) {
    return std::any_of(etags.begin(), etags.end(),
                       [&](const std::string& etag) { return etag == "*" || etag == object.etag; });
}

Outcome<> judge(const Condition& condition, const std::optional<Remembered>& object) {
    if (!condition.if_match.empty()) {
        if (!object) return Error("NoSuchKey");
        if (!names(condition.if_match, *object)) {
            return Error("PreconditionFailed").with("Condition", "If-Match");
        }
    }
    if (object && names(condition.if_none_match, *object)) {
        return Error("PreconditionFailed").with("Condition", "If-None-Match");
    }
    return Nothing{};
}

bool is_of(const Manifest& manifest, const Place& place) {
    return manifest.bucket == place.bucket->id && manifest.info.name == place.name;
}

}  // namespace

Entry entry_of(const Manifest& manifest, uint8_t at) {
    return {.name = manifest.info.name,
            .etag = manifest.info.meta.etag,
            .data = manifest.data,
            .size = manifest.info.size,
            .modified = manifest.info.modified,
            .version = manifest.version,
            .place = at,
            .algorithms = bits_of(manifest.info.meta.checksums)};
}

std::optional<Remembered> Store::remembered(const Place& place) const {
    const std::shared_lock lock(place.bucket->mutex);
    const auto entry = place.bucket->names.find(place.name);
    if (!entry) return std::nullopt;
    return Remembered{entry->data, entry->size, std::string(entry->etag), entry->version,
                      entry->place};
}

// The instant at which a version that is on the drive becomes the name's, for every request.
void Store::remember(const Place& place, const Manifest& manifest, uint8_t at) {
    const std::unique_lock lock(place.bucket->mutex);
    place.bucket->names.put(entry_of(manifest, at));
}

void Store::note_unclear(const Place& place, uint8_t at, bool asked) {
    const std::lock_guard lock(unclear_mutex_);
    unclear_[manifest_key(place.hash, at)] = {place, at, asked};
    if (!asked) unclear_count_++;
}

// The name was changed since, and what the drive may still do late is not its version any more.
void Store::forget_unclear(const Key& manifest) {
    const std::lock_guard lock(unclear_mutex_);
    unclear_.erase(manifest);
}

Store::Stored Store::store_manifest(kv::Client& client, const Place& place,
                                    const std::optional<Remembered>& old, Bytes record) {
    for (unsigned i = old ? old->place : 0; i < kPlaces; i++) {
        const auto at = static_cast<uint8_t>(i);
        const Key key = manifest_key(place.hash, at);
        const auto when = old ? kv::When::kAlways : kv::When::kOnlyAdd;
        Status stored = store_value(*place.drive, client, key, record, when);
        if (stored.code() == Code::kExists) {
            const auto other = read_record<Manifest>(*place.drive, client, key);
            if (!other.ok() || !is_of(other.value(), place)) continue;
            stored = store_value(*place.drive, client, key, record);
            if (stored.ok()) free_data(*place.drive, other.value().data);
        }
        if (stored.ok()) {
            forget_unclear(key);
            return {{}, at};
        }
        if (!is_unclear(stored)) return {stored};
        const auto there = read_record<Manifest>(*place.drive, client, key);
        if (there.ok() && there.value().version == version_of(record)) return {{}, at};
        // A drive behind a network may still do what it was told before the connection was lost. So the data that the manifest
        // names is not freed; the next start does that, if the manifest has not come by then.
        note_unclear(place, at, there.ok() || there.code() == Code::kNotFound);
        return {stored, at, true};
    }
    return {{Code::kInternal, "256 names share one hash"}};
}

Outcome<ObjectInfo> Store::switch_to(kv::Client& client, const Place& place, Manifest manifest,
                                     const Condition& condition, const Completing* completing) {
    Drive& drive = *place.drive;
    const auto give_up = [&](Error why) -> Outcome<ObjectInfo> {
        free_data(drive, manifest.data);
        return why;
    };
    const std::lock_guard one_at_a_time(drive.lock_of(place.hash));
    const BucketChange change(*place.bucket);
    if (const auto& begun = change.begun(); !begun.ok()) return give_up(begun.error());
    if (const auto clear = settle_if_unclear(client, place); !clear.ok()) {
        return give_up(clear.error());
    }
    const auto old = remembered(place);
    if (const auto judged = judge(condition, old); !judged.ok()) return give_up(judged.error());
    manifest.info.name = place.name;
    manifest.info.modified = now_ms();
    manifest.bucket = place.bucket->id;
    const auto record = encode(manifest);
    if (record.size() > kMostRecordBytes) return give_up(Error("MetadataTooLarge"));
    manifest.version = version_of(record);
    if (completing != nullptr) {
        const Status recorded = record_completion(client, place, manifest, *completing);
        if (!recorded.ok()) return give_up(error_of(recorded));
    }
    const auto stored = store_manifest(client, place, old, record);
    if (stored.unknown) return error_of(stored.status);
    if (!stored.status.ok()) {
        if (completing != nullptr) (void)withdraw_completion(client, completing->upload);
        return give_up(error_of(stored.status));
    }
    if (completing == nullptr) {
        remember(place, manifest, stored.at);
    } else if (const Status ended = complete_at(client, place, manifest, stored.at, *completing);
               !ended.ok()) {
        if (old) free_data(drive, old->data);
        return error_of(ended);
    }
    if (old) free_data(drive, old->data);
    return std::move(manifest.info);
}

// The object appears and the upload ends, at one instant for every request.
Status Store::complete_at(kv::Client& client, const Place& place, const Manifest& manifest,
                          uint8_t at, const Completing& completing) {
    UploadState& upload = completing.upload;
    const Status erased = erase_value(client, upload_key(upload.id));
    Parts parts;
    {
        const std::unique_lock lock(place.bucket->mutex);
        place.bucket->names.put(entry_of(manifest, at));
        if (erased.ok()) parts = end_upload(*place.bucket, upload);
    }
    if (!erased.ok()) return erased;
    free_parts(upload, parts);
    note_completions(*place.drive, {{manifest.info.modified, upload.id}});
    return {};
}

Outcome<bool> Store::erase_manifest(kv::Client& client, const Place& place,
                                    const Condition& condition) {
    Drive& drive = *place.drive;
    const std::lock_guard one_at_a_time(drive.lock_of(place.hash));
    const BucketChange change(*place.bucket);
    if (const auto& begun = change.begun(); !begun.ok()) return begun.error();
    if (const auto clear = settle_if_unclear(client, place); !clear.ok()) return clear.error();
    const auto old = remembered(place);
    if (const auto judged = judge(condition, old); !judged.ok()) return judged.error();
    if (!old) return false;
    const Key key = manifest_key(place.hash, old->place);
    const Status erased = erase_value(client, key);
    if (!erased.ok() && !is_unclear(erased)) return error_of(erased);
    if (!erased.ok()) {
        const auto there = read_value(drive, client, key);
        if (there.code() != Code::kNotFound) {
            note_unclear(place, old->place, there.ok());
            return error_of(erased);
        }
    }
    forget_unclear(key);
    {
        const std::unique_lock lock(place.bucket->mutex);
        place.bucket->names.erase(place.name);
    }
    free_data(drive, old->data);
    return true;
}

Outcome<> Store::change_tags(kv::Client& client, const Place& place, Pairs tags) {
    Drive& drive = *place.drive;
    const std::lock_guard one_at_a_time(drive.lock_of(place.hash));
    const BucketChange change(*place.bucket);
    if (const auto& begun = change.begun(); !begun.ok()) return begun.error();
    auto read = read_manifest(client, place);
    if (!read.ok()) return read.error();
    Manifest& manifest = read.value();
    manifest.info.meta.tags = std::move(tags);
    const auto record = encode(manifest);
    if (record.size() > kMostRecordBytes) return Error("MetadataTooLarge");
    manifest.version = version_of(record);
    const auto stored = store_manifest(client, place, remembered(place), record);
    if (!stored.status.ok()) return error_of(stored.status);
    remember(place, manifest, stored.at);
    return Nothing{};
}

// The manifest at the place, if it is the version that memory names. Any other bytes are of a change whose instant has not
// come, or has passed.
Result<Manifest> Store::read_version(kv::Client& client, const Place& place, uint8_t at,
                                     uint64_t version) const {
    auto manifest = read_record<Manifest>(*place.drive, client, manifest_key(place.hash, at));
    if (manifest.ok() && manifest.value().version != version) {
        return Status(Code::kInternal, "the drive has another manifest than this node stored");
    }
    return manifest;
}

// Without the lock of the name. Nothing: the name is being changed, or the drive has a fault.
Outcome<std::optional<Manifest>> Store::try_manifest(kv::Client& client, const Place& place) const {
    const auto object = remembered(place);
    if (!object) return Error("NoSuchKey").with("Key", place.name);
    auto manifest = read_version(client, place, object->place, object->version);
    if (manifest.ok()) return std::optional(std::move(manifest).value());
    if (manifest.code() == Code::kTransport) return error_of(manifest.status());
    return std::optional<Manifest>();
}

// Under the lock of the name.
Outcome<Manifest> Store::read_manifest(kv::Client& client, const Place& place) {
    if (const auto clear = settle_if_unclear(client, place); !clear.ok()) return clear.error();
    const auto object = remembered(place);
    if (!object) return Error("NoSuchKey").with("Key", place.name);
    auto manifest = read_version(client, place, object->place, object->version);
    if (manifest.ok()) return std::move(manifest).value();
    if (settle_late(client, place)) return read_manifest(client, place);
    return error_of(manifest.status());
}

Status Store::settle(kv::Client& client, const Place& place, uint8_t at) {
    const auto found = read_record<Manifest>(*place.drive, client, manifest_key(place.hash, at));
    if (!found.ok() && found.code() != Code::kNotFound) return found.status();
    if (found.ok() && is_of(found.value(), place)) {
        remember(place, found.value(), at);
        return {};
    }
    const auto known = remembered(place);
    if (known && known->place == at) {
        const std::unique_lock lock(place.bucket->mutex);
        place.bucket->names.erase(place.name);
    }
    return {};
}

// Under the lock of the name.
Outcome<> Store::settle_if_unclear(kv::Client& client, const Place& place) {
    if (unclear_count_ == 0) return Nothing{};
    const Key first = manifest_key(place.hash, 0);
    const Key last = manifest_key(place.hash, kPlaces - 1);
    std::vector<Unclear> all;
    {
        const std::lock_guard lock(unclear_mutex_);
        for (auto at = unclear_.lower_bound(first); at != unclear_.end() && at->first <= last;
             ++at) {
            if (!at->second.asked) all.push_back(at->second);
        }
    }
    for (const Unclear& one : all) {
        const Status settled = settle(client, one.place, one.at);
        if (!settled.ok()) return error_of(settled);
        const std::lock_guard lock(unclear_mutex_);
        unclear_[manifest_key(one.place.hash, one.at)].asked = true;
        unclear_count_--;
    }
    return Nothing{};
}

// Under the lock of the name, when the drive has something else than memory: true if that is what a request had told it that
// failed when the drive was lost, and memory now follows.
bool Store::settle_late(kv::Client& client, const Place& place) {
    const auto known = remembered(place);
    if (!known) return false;
    const Key key = manifest_key(place.hash, known->place);
    {
        const std::lock_guard lock(unclear_mutex_);
        if (!unclear_.contains(key)) return false;
    }
    if (!settle(client, place, known->place).ok()) return false;
    forget_unclear(key);
    return true;
}

void Store::settle_all(kv::Client& client, Drive& drive) {
    std::vector<Place> places;
    {
        const std::lock_guard lock(unclear_mutex_);
        for (const auto& [key, one] : unclear_) {
            if (one.place.drive == &drive && !one.asked) places.push_back(one.place);
        }
    }
    for (const Place& place : places) {
        const std::lock_guard one_at_a_time(drive.lock_of(place.hash));
        if (!settle_if_unclear(client, place).ok()) return;
    }
}

void Store::free_data(Drive& drive, const DataId& id) {
    if (pins_.may_free(id)) drive.discard(data_key(id));
}

void Store::unpin(Drive& drive, const DataId& id) {
    if (pins_.unpin(id)) drive.discard(data_key(id));
}

}  // namespace csd::airmos::objects
