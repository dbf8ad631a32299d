// SPDX-License-Identifier: BSD-3-Clause
//
// What a completed upload was told, kept for a day. A client whose connection was lost asks once more, and the second
// response must be the first one: an SDK that reads NoSuchUpload reports an upload as failed that has succeeded.
//
// The record is stored before the manifest that it announces, under the lock of the name, and the upload's own record is
// erased after both. So an upload has ended if its record is gone, or if a manifest names the data of the completion; the
// second case is what a crash leaves, and Rebuild ends the upload then. While an upload is in memory, its completion record
// means nothing, and Abort erases it first: otherwise it would tell of success after the upload's own record is gone.
//
// A completion says nothing about the object that has the name now, and nothing reads the object for it. So it holds after
// the object was replaced or deleted, and can't bring it back.
// Tested by completions_test.cc, fault_test.cc, consistency_test.cc.
#include <algorithm>

#include "airmos/objects/store.hpp"

namespace csd::airmos::objects {

// On a thread of the drive, under the lock of the name, before the manifest is stored.
Status Store::record_completion(kv::Client& client, const Place& place, const Manifest& manifest,
                                const Completing& completing) {
    CompletionRecord record;
    record.bucket = place.bucket->id;
    record.id = completing.upload.id;
    record.data = manifest.data;
    record.ended = manifest.info.modified;
    record.request = completing.request;
    record.name = place.name;
    record.made = {manifest.info.size, manifest.info.meta.etag, manifest.info.meta.checksums};
    {
        const std::lock_guard lock(completing.upload.mutex);
        completing.upload.recorded = true;  // also if the drive is lost in mid-command
    }
    return store_value(*place.drive, client, completion_key(record.id), encode(record));
}

// The upload did not become the object, and is still open.
Status Store::withdraw_completion(kv::Client& client, UploadState& upload) {
    {
        const std::lock_guard lock(upload.mutex);
        if (!upload.recorded) return {};
    }
    const Status erased = erase_value(client, completion_key(upload.id));
    const std::lock_guard lock(upload.mutex);
    if (erased.ok()) upload.recorded = false;
    return erased;
}

void Store::note_completions(const Drive& drive, std::vector<Ended> ended) {
    const std::lock_guard lock(ended_mutex_);
    auto& all = ended_[drive.index()];
    all.insert(all.end(), ended.begin(), ended.end());
    const auto earlier = [](const Ended& a, const Ended& b) { return a.at < b.at; };
    if (!std::is_sorted(all.begin(), all.end(), earlier))
        std::sort(all.begin(), all.end(), earlier);
}

void Store::forget_completions(Drive& drive) {
    const std::lock_guard lock(ended_mutex_);
    auto& all = ended_[drive.index()];
    while (!all.empty() && is_forgotten(all.front().at)) {
        drive.discard(completion_key(all.front().id));
        all.pop_front();
    }
}

bool Store::is_forgotten(uint64_t ended) const {
    return ended + seams_.completions_last_ms <= now_ms();
}

Task<Outcome<Completion>> Store::completion(std::string bucket, std::string name, std::string id,
                                            std::vector<CompletedPart> parts, Condition condition) {
    const auto where = place(bucket, name);
    if (!where.ok()) co_return where.error();
    const Place& place = where.value();
    const Error unknown = Error("NoSuchUpload").with("UploadId", id);
    const auto upload = UploadId::from_text(id);
    if (!upload) co_return unknown;
    auto work = [&](kv::Client& client) -> Outcome<Completion> {
        // With the lock of the name, no completion is between its steps.
        const std::lock_guard one_at_a_time(place.drive->lock_of(place.hash));
        if (find_upload(bucket, name, id).ok()) return unknown;
        auto record = read_record<CompletionRecord>(*place.drive, client, completion_key(*upload));
        if (record.code() == Code::kNotFound) return unknown;
        if (!record.ok()) return error_of(record.status());
        CompletionRecord& found = record.value();
        const bool same = found.bucket == place.bucket->id && found.name == place.name &&
                          found.request == digest_of(parts, condition);
        if (!same || is_forgotten(found.ended)) return unknown;
        return std::move(found.made);
    };
    co_return co_await place.drive->run(Lane::kQuick, std::move(work));
}

}  // namespace csd::airmos::objects
