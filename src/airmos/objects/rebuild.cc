// SPDX-License-Identifier: BSD-3-Clause
// Tested by set_test.cc, fault_test.cc.
#include "airmos/objects/rebuild.hpp"

#include <algorithm>
#include <future>
#include <unordered_set>

namespace csd::airmos::objects {
namespace {

// Work on a drive whose result is a Status.
template <typename Work>
Status on(Drive& drive, Work work) {
    const auto done = drive.run_now(
        Lane::kQuick, [&](kv::Client& client) -> Outcome<Status> { return work(client); });
    if (!done.ok()) return {Code::kTransport, std::string(done.error().message())};
    return done.value();
}

using FoundBuckets = std::map<uint64_t, Rebuild::FoundBucket>;

Status read_buckets(Drive& drive, kv::Client& client, FoundBuckets& found) {
    const auto keys = client.list({.prefix = prefix_of(RecordType::kBucket)});
    if (!keys.ok()) return keys.status();
    for (const Key& key : keys.value()) {
        auto record = read_record<BucketRecord>(drive, client, key);
        if (!record.ok()) {
            return {record.code(),
                    "a bucket's record cannot be read: " + record.status().message()};
        }
        Rebuild::FoundBucket& bucket = found[record.value().id];
        if (bucket.drives.empty() || record.value().revision > bucket.record.revision) {
            bucket = {std::move(record).value(), {drive.index()}};
        } else if (record.value().revision == bucket.record.revision) {
            bucket.drives.push_back(drive.index());
        }
    }
    return {};
}

}  // namespace

// A bucket that could not be made, or deleted, on all drives, beside one of its name that was made later: that one has the
// objects. Where all drives have both, the node cannot tell, and serves the first one.
void Rebuild::drop_half_made(Store& store, std::map<uint64_t, FoundBucket>& found) {
    std::unordered_set<std::string> whole;
    for (const auto& [id, one] : found) {
        if (one.drives.size() == store.drives_.size()) whole.insert(one.record.info.name);
    }
    std::erase_if(found, [&](const auto& entry) {
        const FoundBucket& one = entry.second;
        const bool half_made = one.drives.size() < store.drives_.size();
        if (!half_made || !whole.contains(one.record.info.name)) return false;
        for (const size_t drive : one.drives) {
            store.drives_[drive]->discard(bucket_key(entry.first));
        }
        return true;
    });
}

Status Rebuild::buckets(Store& store, const std::vector<SetAnswer>& answers) {
    FoundBuckets found;
    bool all = true;
    for (const auto& drive : store.drives_) {
        if (!answers[drive->index()].reachable) {
            all = false;
            continue;
        }
        const Status read =
            on(*drive, [&](kv::Client& client) { return read_buckets(*drive, client, found); });
        if (!read.ok()) return read;
    }
    if (all) drop_half_made(store, found);
    for (const auto& [id, one] : found) {
        auto bucket = std::make_shared<Bucket>(id);
        bucket->revision = one.record.revision;
        bucket->info = one.record.info;
        store.catalog_.add(bucket, bucket->info.name);
        if (!all) continue;
        if (const Status given = give_to_others(store, one); !given.ok()) return given;
    }
    return {};
}

// To the drives that lack the bucket, or have an older revision: a crash came between them.
Status Rebuild::give_to_others(Store& store, const FoundBucket& bucket) {
    const auto record = encode(bucket.record);
    const auto& have = bucket.drives;
    for (const auto& drive : store.drives_) {
        if (std::find(have.begin(), have.end(), drive->index()) != have.end()) continue;
        const Status given = on(*drive, [&](kv::Client& client) {
            return store_value(*drive, client, bucket_key(bucket.record.id), record);
        });
        if (!given.ok()) return given;
    }
    return {};
}

Status Rebuild::drive(Store& store, Drive& drive) {
    return Rebuild(store, drive).run();
}

Status Rebuild::run() {
    const SetAnswer answer = ask_for_set(drive_);
    if (!answer.reachable) return {Code::kTransport, answer.why_not};
    const Status fits = judge_late(answer, store_.set_, store_.drives_.size(), drive_.index());
    if (!fits.ok()) return fits;
    if (const auto known = drive_.refresh(); !known.ok()) {
        return {Code::kTransport, std::string(known.error().message())};
    }
    const Abilities can = drive_.health().abilities();
    if (!can.pieces && store_.options_.log) {
        store_.options_.log(
            LogLevel::kWarning,
            drive_.device() + ": a drive without our extensions keeps objects of up to " +
                std::to_string(can.most_value_bytes) + " bytes, and runs no selects");
    }
    for (auto step : {&Rebuild::read_uploads, &Rebuild::read_parts, &Rebuild::read_completions,
                      &Rebuild::read_manifests, &Rebuild::end_completed, &Rebuild::compare_data}) {
        if (const Status done = (this->*step)(); !done.ok()) return done;
    }
    return {};
}

Result<std::vector<Key>> Rebuild::keys_of(RecordType type) {
    std::vector<Key> keys;
    const Status listed = on(drive_, [&](kv::Client& client) {
        auto all = client.list({.prefix = prefix_of(type)});
        if (!all.ok()) return all.status();
        keys = std::move(all).value();
        return Status();
    });
    if (!listed.ok()) return listed;
    return keys;
}

void Rebuild::distrust(const Key& key, const std::string& why) {
    {
        const std::lock_guard lock(mutex_);
        distrusted_++;
    }
    if (!store_.options_.log) return;
    store_.options_.log(LogLevel::kWarning, drive_.device() + ": the record " + key.file_name() +
                                                " is left alone: " + why);
}

Status Rebuild::read_uploads() {
    const auto keys = keys_of(RecordType::kUpload);
    if (!keys.ok()) return keys.status();
    return on(drive_, [&](kv::Client& client) -> Status {
        for (const Key& key : keys.value()) {
            auto record = read_record<UploadRecord>(drive_, client, key);
            if (record.code() == Code::kTransport) return record.status();
            if (!record.ok()) {
                distrust(key, record.status().message());
                continue;
            }
            const auto bucket = store_.catalog_.find(record.value().bucket);
            if (!bucket) {
                stale_.push_back(key);
                continue;
            }
            auto upload = std::make_shared<UploadState>();
            upload->id = record.value().id;
            upload->drive = drive_.index();
            upload->upload = std::move(record).value().upload;
            upload->bucket = bucket;
            const std::unique_lock lock(bucket->mutex);
            bucket->uploads[{upload->upload.name, upload->upload.id}] = upload;
        }
        return {};
    });
}

Status Rebuild::read_parts() {
    const auto keys = keys_of(RecordType::kPart);
    if (!keys.ok()) return keys.status();
    std::map<UploadId, std::shared_ptr<UploadState>> uploads;
    for (const auto& bucket : store_.catalog_.all()) {
        const std::shared_lock lock(bucket->mutex);
        for (const auto& [name, upload] : bucket->uploads) uploads[upload->id] = upload;
    }
    return on(drive_, [&](kv::Client& client) -> Status {
        for (const Key& key : keys.value()) {
            auto record = read_record<PartRecord>(drive_, client, key);
            if (record.code() == Code::kTransport) return record.status();
            if (!record.ok()) {
                distrust(key, record.status().message());
                continue;
            }
            const auto upload = uploads.find(record.value().upload);
            if (upload == uploads.end()) {
                stale_.push_back(key);
                continue;
            }
            named_.push_back(record.value().data);
            Part& part = record.value().part;
            const std::lock_guard lock(upload->second->mutex);
            const uint32_t number = part.number;
            upload->second->parts[number] = {std::move(part), record.value().data};
        }
        return {};
    });
}

// Those of uploads that are still there wait for the manifests.
Status Rebuild::read_completions() {
    const auto keys = keys_of(RecordType::kCompletion);
    if (!keys.ok()) return keys.status();
    std::vector<Store::Ended> ended;
    const Status read = on(drive_, [&](kv::Client& client) -> Status {
        for (const Key& key : keys.value()) {
            auto record = read_record<CompletionRecord>(drive_, client, key);
            if (record.code() == Code::kTransport) return record.status();
            if (!record.ok()) {
                distrust(key, record.status().message());
                continue;
            }
            const CompletionRecord& found = record.value();
            const auto bucket = store_.catalog_.find(found.bucket);
            if (!bucket) {
                stale_.push_back(key);
                continue;
            }
            ended.push_back({found.ended, found.id});
            const std::shared_lock lock(bucket->mutex);
            const auto upload = bucket->uploads.find({found.name, found.id.text()});
            if (upload == bucket->uploads.end()) continue;
            ended.pop_back();
            announced_.push_back({upload->second, found.data, found.ended});
        }
        return {};
    });
    if (read.ok()) store_.note_completions(drive_, std::move(ended));
    return read;
}

// A crash came after the manifest of a Complete and before the end of its upload: the manifest decides.
Status Rebuild::end_completed() {
    if (announced_.empty()) return {};
    const std::unordered_set<DataId, DataIdHash> named(named_.begin(), named_.end());
    for (const Announced& one : announced_) {
        UploadState& upload = *one.upload;
        const auto bucket = upload.bucket.lock();
        if (!bucket) continue;
        if (!named.contains(one.data)) {
            const std::lock_guard lock(upload.mutex);
            upload.recorded = true;
            continue;
        }
        Store::Parts parts;
        {
            const std::unique_lock lock(bucket->mutex);
            parts = Store::end_upload(*bucket, upload);
        }
        drive_.discard(upload_key(upload.id));
        store_.free_parts(upload, parts);
        store_.note_completions(drive_, {{one.ended, upload.id}});
    }
    return {};
}

Status Rebuild::read_manifests() {
    const auto keys = keys_of(RecordType::kManifest);
    if (!keys.ok()) return keys.status();
    std::atomic<size_t> next{0};
    std::vector<std::future<Status>> parts;
    for (uint32_t i = 0; i < std::max<uint32_t>(store_.options_.threads_per_drive, 1); i++) {
        parts.push_back(std::async(std::launch::async, [&] {
            return on(drive_,
                      [&](kv::Client& client) { return read_some(client, keys.value(), next); });
        }));
    }
    Status first;
    for (auto& part : parts) {
        Status done = part.get();
        if (first.ok()) first = std::move(done);
    }
    return first;
}

// The next few keys, until there are no more.
Status Rebuild::read_some(kv::Client& client, const std::vector<Key>& keys,
                          std::atomic<size_t>& next) {
    constexpr size_t kAtOnce = 64;
    std::vector<DataId> named;
    for (;;) {
        const size_t from = next.fetch_add(kAtOnce);
        if (from >= keys.size()) break;
        const size_t to = std::min(from + kAtOnce, keys.size());
        for (size_t i = from; i < to; i++) {
            const auto manifest = read_record<Manifest>(drive_, client, keys[i]);
            if (manifest.code() == Code::kTransport) return manifest.status();
            if (!manifest.ok()) {
                distrust(keys[i], manifest.status().message());
                continue;
            }
            named.push_back(manifest.value().data);
            take(keys[i], manifest.value());
        }
    }
    const std::lock_guard lock(mutex_);
    named_.insert(named_.end(), named.begin(), named.end());
    return {};
}

void Rebuild::take(const Key& key, const Manifest& manifest) {
    const auto bucket = store_.catalog_.find(manifest.bucket);
    if (!bucket) return distrust(key, "its bucket is not known");
    const Entry entry = entry_of(manifest, place_of(key).value_or(0));
    const std::unique_lock lock(bucket->mutex);
    const auto other = bucket->names.find(entry.name);
    if (other && other->place != entry.place) {
        distrust(key, "there is another record of '" + manifest.info.name + "'");
        if (other->modified > entry.modified) return;
    }
    bucket->names.put(entry);
}

// Both in order: what is only on the drive is garbage, what is only named is not there.
Status Rebuild::compare_data() {
    const auto keys = keys_of(RecordType::kData);
    if (!keys.ok()) return keys.status();
    std::vector<DataId> there;
    there.reserve(keys.value().size());
    for (const Key& key : keys.value()) {
        if (const auto id = data_id_of(key)) there.push_back(*id);
    }
    std::sort(there.begin(), there.end());  // a drive without our extensions lists in its own order
    std::sort(named_.begin(), named_.end());
    std::vector<DataId> missing;
    std::set_difference(named_.begin(), named_.end(), there.begin(), there.end(),
                        std::back_inserter(missing));
    if (!missing.empty()) drop_missing(missing);
    if (distrusted_ > 0) return {};
    for (const Key& key : stale_) drive_.discard(key);
    std::vector<DataId> unnamed;
    std::set_difference(there.begin(), there.end(), named_.begin(), named_.end(),
                        std::back_inserter(unnamed));
    for (const DataId& id : unnamed) {
        if (!store_.ids_.made_here(id)) drive_.discard(data_key(id));
    }
    return {};
}

// Only a loss of power makes such records. They are kept, for whoever looks into it, but not served.
void Rebuild::drop_missing(const std::vector<DataId>& missing) {
    const std::unordered_set<DataId, DataIdHash> gone(missing.begin(), missing.end());
    size_t dropped = 0;
    for (const auto& bucket : store_.catalog_.all()) {
        const std::unique_lock lock(bucket->mutex);
        std::vector<std::string> names;
        for (auto at = bucket->names.seek(""); !at.at_end(); at.next()) {
            if (gone.contains(at.entry().data)) names.emplace_back(at.name());
        }
        for (const std::string& name : names) bucket->names.erase(name);
        dropped += names.size();
        for (const auto& [name, upload] : bucket->uploads) {
            const std::lock_guard upload_lock(upload->mutex);
            dropped += std::erase_if(
                upload->parts, [&](const auto& part) { return gone.contains(part.second.data); });
        }
    }
    if (dropped == 0 || !store_.options_.log) return;
    store_.options_.log(
        LogLevel::kError,
        drive_.device() + ": the data of " + std::to_string(dropped) +
            " objects or parts is missing, as after a loss of power; they are not served");
}

}  // namespace csd::airmos::objects
