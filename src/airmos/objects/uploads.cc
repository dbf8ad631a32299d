// SPDX-License-Identifier: BSD-3-Clause
//
// Multipart uploads. A part is data and a record that names it; the record is the switch, as an object's manifest is. An
// upload lives on the drive of its object, so that Complete joins the parts inside the drive: Compose, then what clients
// that ask again are told (completions.cc), then the manifest, then the upload's record is erased; then, at one instant, the
// object appears and the upload ends; then its parts are freed.
// Tested by upload_test.cc, fault_test.cc, consistency_test.cc.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "airmos/objects/listing.hpp"
#include "airmos/objects/store.hpp"
#include "airmos/objects/writer.hpp"

namespace csd::airmos::objects {
namespace {

constexpr uint32_t kMostParts = 10'000;
constexpr uint64_t kMostObjectBytes = 5 * kTiB;
// How often a repeated Complete looks whether the first one has ended.
constexpr auto kLookEvery = std::chrono::milliseconds(20);

bool same_checksums(const std::vector<Checksum>& said, const std::vector<Checksum>& known) {
    return std::all_of(said.begin(), said.end(), [&](const Checksum& one) {
        return std::any_of(known.begin(), known.end(), [&](const Checksum& other) {
            return one.algorithm == other.algorithm && one.value == other.value;
        });
    });
}

class ObjectPartWriter : public PartWriter {
  public:
    ObjectPartWriter(Store& store, std::shared_ptr<UploadState> upload, Place place,
                     uint32_t number, const DataId& id)
        : store_(store),
          upload_(std::move(upload)),
          place_(std::move(place)),
          number_(number),
          data_(*place_.drive, id) {}

    Task<Outcome<>> write(Bytes piece) override { co_return co_await data_.write(piece); }
    Task<Outcome<Part>> commit(std::string etag, std::vector<Checksum> checksums) override {
        StoredPart part;
        part.part.number = number_;
        part.part.size = data_.size();
        part.part.etag = std::move(etag);
        part.part.checksums = std::move(checksums);
        part.data = data_.id();
        auto put = [&](kv::Client& client) {
            return store_.put_part(client, *upload_, place_, std::move(part));
        };
        co_return co_await data_.finish(std::move(put));
    }

  private:
    Store& store_;
    const std::shared_ptr<UploadState> upload_;
    const Place place_;
    const uint32_t number_;
    DataWriter data_;
};

}  // namespace

Task<Outcome<Upload>> Store::create_upload(std::string bucket, Upload upload) {
    const auto where = place(bucket, upload.name);
    if (!where.ok()) co_return where.error();
    const Place& place = where.value();
    auto state = std::make_shared<UploadState>();
    state->id = random_upload_id();
    state->drive = place.drive->index();
    state->bucket = place.bucket;
    upload.id = state->id.text();
    upload.initiated = now_ms();
    state->upload = std::move(upload);
    auto work = [&](kv::Client& client) -> Outcome<Upload> {
        const BucketChange change(*place.bucket);
        if (const auto& begun = change.begun(); !begun.ok()) return begun.error();
        const auto record = encode(UploadRecord{place.bucket->id, state->id, state->upload});
        const Status stored = store_value(*place.drive, client, upload_key(state->id), record);
        if (!stored.ok()) {
            place.drive->discard(upload_key(state->id));
            return error_of(stored);
        }
        const std::unique_lock lock(place.bucket->mutex);
        place.bucket->uploads[{state->upload.name, state->upload.id}] = state;
        return state->upload;
    };
    co_return co_await place.drive->run(Lane::kQuick, std::move(work));
}

Outcome<std::shared_ptr<UploadState>> Store::find_upload(const std::string& bucket,
                                                         const std::string& name,
                                                         const std::string& id) const {
    const auto where = place(bucket, name);
    if (!where.ok()) return where.error();
    const Bucket& in = *where.value().bucket;
    const std::shared_lock lock(in.mutex);
    const auto found = in.uploads.find({name, id});
    if (found == in.uploads.end()) return Error("NoSuchUpload").with("UploadId", id);
    return found->second;
}

Outcome<Upload> Store::upload(const std::string& bucket, const std::string& name,
                              const std::string& id) const {
    const auto found = find_upload(bucket, name, id);
    if (!found.ok()) return found.error();
    return found.value()->upload;
}

Task<Outcome<std::unique_ptr<PartWriter>>> Store::create_part(std::string bucket, std::string name,
                                                              std::string id, uint32_t number) {
    if (number < 1 || number > kMostParts) {
        co_return Error("InvalidArgument", "Part number must be an integer between 1 and 10000.");
    }
    auto found = find_upload(bucket, name, id);
    if (!found.ok()) co_return found.error();
    auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    if (const auto may = DataWriter::may_take(*where.value().drive, std::nullopt); !may.ok()) {
        co_return may.error();
    }
    co_return std::unique_ptr<PartWriter>(std::make_unique<ObjectPartWriter>(
        *this, std::move(found).value(), std::move(where).value(), number, ids_.next()));
}

// The switch of a part, on a thread of the drive. If the part does not become this one, the data is freed, unless nobody
// can know.
Outcome<Part> Store::put_part(kv::Client& client, UploadState& upload, const Place& place,
                              StoredPart part) {
    Drive& drive = *place.drive;
    const auto give_up = [&](Error why) -> Outcome<Part> {
        free_data(drive, part.data);
        return why;
    };
    const std::lock_guard one_at_a_time(drive.lock_of(place.hash));
    const BucketChange change(*place.bucket);
    if (const auto& begun = change.begun(); !begun.ok()) return give_up(begun.error());
    {
        const std::lock_guard lock(upload.mutex);
        if (upload.phase == UploadState::Phase::kGone) return give_up(Error("NoSuchUpload"));
        if (upload.phase == UploadState::Phase::kCompleting)
            return give_up(Error("OperationAborted"));
    }
    part.part.modified = now_ms();
    const Status stored = store_value(drive, client, part_key(upload.id, part.part.number),
                                      encode(PartRecord{upload.id, part.data, part.part}));
    if (!stored.ok() && is_unclear(stored)) return error_of(stored);
    if (!stored.ok()) return give_up(error_of(stored));
    const std::lock_guard lock(upload.mutex);
    const auto old = upload.parts.find(part.part.number);
    if (old != upload.parts.end()) free_data(drive, old->second.data);
    upload.parts[part.part.number] = part;
    return std::move(part.part);
}

Outcome<PartPage> Store::parts(const std::string& bucket, const std::string& name,
                               const std::string& id, uint32_t after, uint32_t limit) const {
    const auto found = find_upload(bucket, name, id);
    if (!found.ok()) return found.error();
    const UploadState& upload = *found.value();
    const std::lock_guard lock(upload.mutex);
    // It has ended since it was found: its parts are gone with it, and none is not what it had.
    if (upload.phase == UploadState::Phase::kGone) {
        return Error("NoSuchUpload").with("UploadId", id);
    }
    PartPage page;
    for (auto at = upload.parts.upper_bound(after); at != upload.parts.end(); ++at) {
        if (page.parts.size() == limit) {
            page.truncated = limit > 0;
            break;
        }
        page.parts.push_back(at->second.part);
    }
    return page;
}

Outcome<UploadPage> Store::uploads(const std::string& bucket, const ListQuery& query,
                                   const std::string& after_id) const {
    const auto found = find_bucket(bucket);
    if (!found.ok()) return found.error();
    if (const auto all = all_available(); !all.ok()) return all.error();
    const std::shared_lock lock(found.value()->mutex);
    if (found.value()->life == Bucket::Life::kGone) {
        return Error("NoSuchBucket").with("BucketName", bucket);
    }
    const auto& uploads = found.value()->uploads;
    UploadPage page;
    const auto from = first_name(query);
    if (!from || query.limit == 0) return page;
    // Beside an id the marker's own name is looked at once more.
    auto at = after_id.empty() || query.after_prefix ? uploads.lower_bound({*from, ""})
                                                     : uploads.upper_bound({query.after, after_id});
    if (at != uploads.end() && at->first.first < query.prefix) {
        at = uploads.lower_bound({query.prefix, ""});
    }
    while (at != uploads.end() && at->first.first.starts_with(query.prefix)) {
        if (page.uploads.size() + page.common_prefixes.size() == query.limit) {
            page.truncated = true;
            return page;
        }
        const auto shared = common_prefix(at->first.first, query);
        if (!shared) {
            page.uploads.push_back(at->second->upload);
            ++at;
            continue;
        }
        page.common_prefixes.emplace_back(*shared);
        const auto behind = after_all_of(*shared);
        if (!behind) return page;
        at = uploads.lower_bound({*behind, ""});
    }
    return page;
}

// The instant at which an upload ends, for every request. Its record is gone, and the caller holds the lock of the bucket.
// Returns the parts, which are garbage from now on.
Store::Parts Store::end_upload(Bucket& bucket, UploadState& upload) {
    bucket.uploads.erase({upload.upload.name, upload.upload.id});
    const std::lock_guard lock(upload.mutex);
    upload.phase = UploadState::Phase::kGone;
    return std::exchange(upload.parts, {});
}

void Store::free_parts(const UploadState& upload, const Parts& parts) {
    Drive& drive = *drives_[upload.drive];
    for (const auto& [number, part] : parts) {
        drive.discard(part_key(upload.id, number));
        free_data(drive, part.data);
    }
}

Task<Outcome<>> Store::abort_upload(std::string bucket, std::string name, std::string id) {
    const auto found = find_upload(bucket, name, id);
    if (!found.ok()) co_return found.error();
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    const Place& place = where.value();
    UploadState& upload = *found.value();
    auto work = [&](kv::Client& client) -> Outcome<> {
        const std::lock_guard one_at_a_time(place.drive->lock_of(place.hash));
        {
            const std::lock_guard lock(upload.mutex);
            if (upload.phase == UploadState::Phase::kGone) return Error("NoSuchUpload");
            if (upload.phase == UploadState::Phase::kCompleting) return Error("OperationAborted");
        }
        if (const Status gone = withdraw_completion(client, upload); !gone.ok()) {
            return error_of(gone);
        }
        const Status erased = erase_value(client, upload_key(upload.id));
        if (!erased.ok()) return error_of(erased);
        Parts parts;
        {
            const std::unique_lock lock(place.bucket->mutex);
            parts = end_upload(*place.bucket, upload);
        }
        free_parts(upload, parts);
        return Nothing{};
    };
    co_return co_await place.drive->run(Lane::kQuick, std::move(work));
}

// The parts that were asked for, in their order; from now on the upload takes no more.
Outcome<std::optional<std::vector<StoredPart>>> Store::begin_complete(
    const Completing& completing, const Place& place, const std::vector<CompletedPart>& wanted) {
    UploadState& upload = completing.upload;
    const std::lock_guard one_at_a_time(place.drive->lock_of(place.hash));
    const std::lock_guard lock(upload.mutex);
    if (upload.phase == UploadState::Phase::kGone) return Error("NoSuchUpload");
    if (upload.phase == UploadState::Phase::kCompleting) {
        if (upload.request == completing.request) return std::optional<std::vector<StoredPart>>();
        return Error("OperationAborted");
    }
    if (wanted.empty()) return Error("MalformedXML");
    std::vector<StoredPart> parts;
    uint64_t size = 0;
    for (const CompletedPart& part : wanted) {
        if (!parts.empty() && part.number <= parts.back().part.number) {
            return Error("InvalidPartOrder");
        }
        const auto found = upload.parts.find(part.number);
        const bool right = found != upload.parts.end() && found->second.part.etag == part.etag &&
                           same_checksums(part.checksums, found->second.part.checksums);
        if (!right) return Error("InvalidPart").with("PartNumber", std::to_string(part.number));
        if (!parts.empty() && parts.back().part.size < seams_.least_part_bytes) {
            return Error("EntityTooSmall")
                .with("PartNumber", std::to_string(parts.back().part.number));
        }
        size += found->second.part.size;
        parts.push_back(found->second);
    }
    if (size > kMostObjectBytes) return Error("EntityTooLarge");
    upload.phase = UploadState::Phase::kCompleting;
    upload.request = completing.request;
    return std::optional(std::move(parts));
}

// A client that waited too long for its first request sends it again while that is still carried out. It takes over if the
// first one fails.
Task<Outcome<std::vector<StoredPart>>> Store::wait_to_complete(
    const Completing& completing, const Place& place, const std::vector<CompletedPart>& wanted) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
        auto begin = [&](kv::Client&) { return begin_complete(completing, place, wanted); };
        auto begun = co_await place.drive->run(Lane::kBulk, std::move(begin));
        if (!begun.ok()) co_return begun.error();
        if (begun.value()) co_return std::move(*begun.value());
        timer.expires_after(kLookEvery);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

Task<Outcome<ObjectInfo>> Store::complete_upload(std::string bucket, std::string name,
                                                 std::string id, std::vector<CompletedPart> wanted,
                                                 ObjectMeta meta, Condition condition) {
    const auto found = find_upload(bucket, name, id);
    if (!found.ok()) co_return found.error();
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    const Place& place = where.value();
    Drive& drive = *place.drive;
    UploadState& upload = *found.value();
    // All the time, so that the parts are not freed with their bucket while they are joined.
    const BucketChange change(*place.bucket);
    if (const auto& may = change.begun(); !may.ok()) co_return may.error();

    const Completing completing{upload, digest_of(wanted, condition)};
    auto begun = co_await wait_to_complete(completing, place, wanted);
    if (!begun.ok()) co_return begun.error();
    Manifest manifest;
    manifest.data = ids_.next();
    // S3 tells no checksums of the parts of an object that has one of all its bytes.
    const bool of_all_bytes = std::any_of(meta.checksums.begin(), meta.checksums.end(),
                                          [](const Checksum& one) { return !one.composite; });
    manifest.info.meta = std::move(meta);
    std::vector<DataId> sources;
    for (StoredPart& part : begun.value()) {
        if (of_all_bytes) part.part.checksums.clear();
        manifest.info.size += part.part.size;
        sources.push_back(part.data);
        manifest.info.parts.push_back(std::move(part.part));
    }
    Outcome<ObjectInfo> done = Error("InternalError");
    if (drive.health().abilities().compose) {
        auto work = [&](kv::Client& client) -> Outcome<ObjectInfo> {
            auto joined = compose(drive, client, manifest.data, sources);
            if (!joined.ok()) return joined.error();
            return switch_to(client, place, std::move(manifest), condition, &completing);
        };
        done = co_await drive.run(Lane::kBulk, std::move(work));
    } else {
        DataWriter data(drive, manifest.data);
        Outcome<> copied = Nothing{};
        for (size_t i = 0; i < sources.size() && copied.ok(); i++) {
            copied = co_await copy_bytes(drive, sources[i], 0, manifest.info.parts[i].size, data,
                                         nullptr);
        }
        auto finish = [&](kv::Client& client) {
            return switch_to(client, place, std::move(manifest), condition, &completing);
        };
        if (copied.ok()) {
            done = co_await data.finish(std::move(finish));
        } else {
            done = copied.error();
        }
    }
    if (!done.ok()) {
        const std::lock_guard lock(upload.mutex);
        if (upload.phase == UploadState::Phase::kCompleting)
            upload.phase = UploadState::Phase::kOpen;
    }
    co_return done;
}

}  // namespace csd::airmos::objects
