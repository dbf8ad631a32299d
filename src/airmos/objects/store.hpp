// SPDX-License-Identifier: BSD-3-Clause
//
// Store: Objects over a set of drives. Where each of its parts is:
//
//     store.cc    opening, the keeper, what needs no drive      buckets.cc  the records that every drive has
//     change.cc   the switch: one manifest stored or erased     reader.cc   one pinned version, and selects over it
//     writer.cc   data on its way to a drive                    uploads.cc  multipart
//     copy.cc     copies, inside a drive or through the node    rebuild.cc  from the drives into memory
//     completions.cc  what completed uploads were told
//
// Every change of an object has one order: the new data is on the drive, then one Store or Delete of the manifest
// switches, then the old data is freed. Whatever a crash leaves of it is data that nothing names, and the next start frees that.
// Threads: as Objects. Tested by *_test.cc beside it and tests/airmos.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "airmos/core/digest.hpp"
#include "airmos/objects/catalog.hpp"
#include "airmos/objects/drive.hpp"
#include "airmos/objects/drive_set.hpp"
#include "airmos/objects/objects.hpp"
#include "airmos/objects/pins.hpp"
#include "airmos/objects/values.hpp"

namespace csd::airmos::objects {

// What tests put in the place of the real thing.
struct Seams {
    NameHash (*hash)(uint64_t bucket, std::string_view name) = &hash_name;
    OpenClient open;  // empty: kv::Client::open
    uint64_t least_part_bytes = 5 * kMiB;
    uint64_t completions_last_ms = 24 * 3600 * uint64_t{1000};
};

// Where a name lives, whether there is an object or not.
struct Place {
    BucketPointer bucket;
    std::string name;
    NameHash hash;
    Drive* drive = nullptr;
};

// An Entry that owns its texts.
struct Remembered {
    DataId data;
    uint64_t size = 0;
    std::string etag;
    uint64_t version = 0;
    uint8_t place = 0;
};

// An upload that becomes an object, by this request.
struct Completing {
    UploadState& upload;
    std::array<uint8_t, 32> request;
};

// Of bytes that pass through the node on their way to a part.
struct CopiedSums {
    airmos::Digest md5{airmos::Digest::Kind::kMd5};
    airmos::Digest crc64nvme{airmos::Digest::Kind::kCrc64nvme};

    void update(Bytes piece) {
        md5.update(piece);
        crc64nvme.update(piece);
    }
};

class StoreReader;
class DataWriter;

class Store : public Objects {
  public:
    static Result<std::unique_ptr<Objects>> open(ObjectsOptions options, Seams seams);
    Store(ObjectsOptions options, Seams seams);  // for open()
    ~Store() override;

    Task<Outcome<>> create_bucket(BucketInfo bucket) override;
    Task<Outcome<>> delete_bucket(std::string bucket) override;
    Task<Outcome<>> set_bucket_tags(std::string bucket, Pairs tags) override;
    Outcome<BucketInfo> bucket(const std::string& name) const override;
    std::vector<BucketInfo> buckets() const override;
    Outcome<ListPage> list(const std::string& bucket, const ListQuery& query) const override;

    Task<Outcome<ObjectInfo>> head(std::string bucket, std::string name) override;
    Task<Outcome<std::unique_ptr<Reader>>> read(std::string bucket, std::string name) override;
    Task<Outcome<std::unique_ptr<Writer>>> create(std::string bucket, std::string name,
                                                  std::optional<uint64_t> size) override;
    Task<Outcome<bool>> remove(std::string bucket, std::string name, Condition condition) override;
    Task<Outcome<>> set_tags(std::string bucket, std::string name, Pairs tags) override;
    Task<Outcome<ObjectInfo>> copy(const Reader& source, std::string bucket, std::string name,
                                   ObjectMeta meta, Condition condition) override;

    Task<Outcome<Upload>> create_upload(std::string bucket, Upload upload) override;
    Outcome<Upload> upload(const std::string& bucket, const std::string& name,
                           const std::string& id) const override;
    Task<Outcome<std::unique_ptr<PartWriter>>> create_part(std::string bucket, std::string name,
                                                           std::string id,
                                                           uint32_t number) override;
    Task<Outcome<Part>> copy_part(std::string bucket, std::string name, std::string id,
                                  uint32_t number, const Reader& source, uint64_t offset,
                                  uint64_t length, std::vector<Checksum> checksums) override;
    Outcome<PartPage> parts(const std::string& bucket, const std::string& name,
                            const std::string& id, uint32_t after, uint32_t limit) const override;
    Outcome<UploadPage> uploads(const std::string& bucket, const ListQuery& query,
                                const std::string& after_id) const override;
    Task<Outcome<>> abort_upload(std::string bucket, std::string name, std::string id) override;
    Task<Outcome<ObjectInfo>> complete_upload(std::string bucket, std::string name, std::string id,
                                              std::vector<CompletedPart> parts, ObjectMeta meta,
                                              Condition condition) override;
    Task<Outcome<Completion>> completion(std::string bucket, std::string name, std::string id,
                                         std::vector<CompletedPart> parts,
                                         Condition condition) override;

    Task<Outcome<std::optional<std::string>>> node_record(std::string name) override;
    Task<Outcome<>> set_node_record(std::string name, std::string value) override;

    std::vector<DriveState> drives() const override;
    bool ready() const override;

    // --- For readers and writers of this store ----------------------------------------------------------
    // The switch, on a thread of the drive, after the data is there. If the object does not become this one, the data is
    // freed, unless nobody can know. The upload of `completing` becomes the object: it ends at the same instant, or, if
    // its record could not be erased, lives on beside the object and the result is an error.
    Outcome<ObjectInfo> switch_to(kv::Client& client, const Place& place, Manifest manifest,
                                  const Condition& condition,
                                  const Completing* completing = nullptr);
    Outcome<Part> put_part(kv::Client& client, UploadState& upload, const Place& place,
                           StoredPart part);
    void free_data(Drive& drive, const DataId& id);
    void unpin(Drive& drive, const DataId& id);

  private:
    // store.cc
    Status start();
    void keep_drive(Drive& drive);
    Outcome<BucketPointer> find_bucket(const std::string& name) const;
    Outcome<Place> place(const std::string& bucket, std::string name) const;
    Outcome<> all_available() const;

    // change.cc
    std::optional<Remembered> remembered(const Place& place) const;
    void remember(const Place& place, const Manifest& manifest, uint8_t at);
    // Where the manifest was stored. `unknown`: it may have been, or may be yet, as the drive was lost meanwhile.
    struct Stored {
        Status status;
        uint8_t at = 0;
        bool unknown = false;
    };
    Stored store_manifest(kv::Client& client, const Place& place,
                          const std::optional<Remembered>& old, Bytes record);
    Status complete_at(kv::Client& client, const Place& place, const Manifest& manifest, uint8_t at,
                       const Completing& completing);
    void note_unclear(const Place& place, uint8_t at, bool asked);
    void forget_unclear(const Key& manifest);
    Outcome<bool> erase_manifest(kv::Client& client, const Place& place,
                                 const Condition& condition);
    Outcome<> change_tags(kv::Client& client, const Place& place, Pairs tags);
    Result<Manifest> read_version(kv::Client& client, const Place& place, uint8_t at,
                                  uint64_t version) const;
    Outcome<std::optional<Manifest>> try_manifest(kv::Client& client, const Place& place) const;
    Outcome<Manifest> read_manifest(kv::Client& client, const Place& place);
    // Under the lock of the name: what the drive says is the truth.
    Status settle(kv::Client& client, const Place& place, uint8_t at);
    Outcome<> settle_if_unclear(kv::Client& client, const Place& place);
    bool settle_late(kv::Client& client, const Place& place);
    void settle_all(kv::Client& client, Drive& drive);

    // reader.cc
    Outcome<std::unique_ptr<Reader>> open_current(kv::Client& client, const Place& place,
                                                  bool locked);
    Outcome<std::unique_ptr<Reader>> open_between_changes(kv::Client& client, const Place& place);

    // buckets.cc
    Task<Outcome<>> on_every_drive(std::function<Status(Drive&, kv::Client&)> change);

    // uploads.cc
    Outcome<std::shared_ptr<UploadState>> find_upload(const std::string& bucket,
                                                      const std::string& name,
                                                      const std::string& id) const;
    // Nothing: the same request is being carried out.
    Outcome<std::optional<std::vector<StoredPart>>> begin_complete(
        const Completing& completing, const Place& place, const std::vector<CompletedPart>& wanted);
    Task<Outcome<std::vector<StoredPart>>> wait_to_complete(
        const Completing& completing, const Place& place, const std::vector<CompletedPart>& wanted);
    using Parts = std::map<uint32_t, StoredPart>;
    static Parts end_upload(Bucket& bucket, UploadState& upload);
    void free_parts(const UploadState& upload, const Parts& parts);

    // completions.cc
    struct Ended {
        uint64_t at = 0;  // milliseconds since 1970
        UploadId id;
    };
    Status record_completion(kv::Client& client, const Place& place, const Manifest& manifest,
                             const Completing& completing);
    static Status withdraw_completion(kv::Client& client, UploadState& upload);
    void note_completions(const Drive& drive, std::vector<Ended> ended);
    void forget_completions(Drive& drive);
    bool is_forgotten(uint64_t ended) const;

    // copy.cc
    Outcome<> compose(Drive& drive, kv::Client& client, const DataId& into,
                      std::vector<DataId> sources);
    Task<Outcome<>> copy_bytes(Drive& from, DataId id, uint64_t offset, uint64_t length,
                               DataWriter& into, CopiedSums* sums);

    // rebuild.cc
    friend class Rebuild;

    const ObjectsOptions options_;
    const Seams seams_;
    Catalog catalog_;
    Pins pins_;
    FreshIds ids_;
    SetIdentity set_;

    // Manifests that were being changed when their drive was lost, with their place: until the drive has been
    // asked, memory may be wrong. Until the next change, the drive may still do what it was told.
    struct Unclear {
        Place place;
        uint8_t at = 0;
        bool asked = false;
    };
    mutable std::mutex unclear_mutex_;
    std::map<Key, Unclear> unclear_;        // by the manifest's key; guarded by unclear_mutex_
    std::atomic<size_t> unclear_count_{0};  // that were not asked

    std::mutex busy_mutex_;
    std::set<std::string> busy_buckets_;  // being made, deleted or tagged; guarded by busy_mutex_

    std::mutex ended_mutex_;
    // Completions that are to be forgotten, the oldest first, by drive; guarded by ended_mutex_.
    std::map<size_t, std::deque<Ended>> ended_;

    std::vector<std::unique_ptr<Drive>> drives_;

    mutable std::mutex keeper_mutex_;
    std::condition_variable keeper_wake_;
    bool ending_ = false;               // guarded by keeper_mutex_
    size_t drives_looked_at_ = 0;       // since the start; guarded by keeper_mutex_
    std::vector<std::thread> keepers_;  // one a drive

    friend class BusyBucket;
};

Entry entry_of(const Manifest& manifest, uint8_t at);
uint64_t now_ms();

}  // namespace csd::airmos::objects
