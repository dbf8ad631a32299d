// SPDX-License-Identifier: BSD-3-Clause
//
// Objects: buckets and objects on a set of Key Value drives. It knows S3's rules of data (conditions, multipart, the one
// "null" version), not HTTP. The layout on the drives, and why a crash loses nothing, is in docs/s3.md.
//
//     Outcome<Writer> writer = co_await objects.create(bucket, name);
//     while (...) co_await writer.value().write(piece);
//     Outcome<ObjectInfo> stored = co_await writer.value().commit(meta, condition);
//
// Units      sizes and offsets are bytes; times are milliseconds since 1970, UTC.
// Errors     rows of core/error.hpp. An unreachable or failing drive is ServiceUnavailable for its objects only.
// Ownership  Readers, Writers and Answers refer to Objects and must be gone before it. A Writer that is destroyed
//            without commit leaves nothing; its data is freed in the background.
// Threads    everything that returns a Task may be awaited on any loop; one Reader, Writer or Answer belongs to one
//            coroutine. Drives are worked by threads that Objects owns. The rest never blocks and locks briefly.
// Tested by *_test.cc beside it and tests/airmos.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airmos/core/error.hpp"
#include "airmos/core/task.hpp"
#include "base/bytes.hpp"
#include "csd/kv.hpp"
#include "csd/log.hpp"

namespace csd::airmos {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Of what is sent without a checksum; as S3 has it since the end of 2024.
inline constexpr const char* kDefaultChecksum = "CRC64NVME";

struct Checksum {
    std::string algorithm;  // CRC32, CRC32C, CRC64NVME, SHA1, SHA256
    std::string value;      // base64; of a multipart object with "-N" if composite
    bool composite = false;
};

struct Part {
    uint32_t number = 0;  // 1 to 10 000
    uint64_t size = 0;
    std::string etag;  // hexadecimal MD5, no quotes
    uint64_t modified = 0;
    std::vector<Checksum> checksums;
};

// What a client says of an object and gets back unchanged.
struct ObjectMeta {
    std::string etag;  // without quotes
    Pairs
        headers;  // content-type, cache-control, content-*, expires and x-amz-meta-*, names in lower case
    Pairs tags;
    std::vector<Checksum> checksums;
};

struct ObjectInfo {
    std::string name;
    uint64_t size = 0;
    uint64_t modified = 0;
    ObjectMeta meta;
    std::vector<Part> parts;  // of a multipart object
};

// What a listing says of an object; it comes from memory.
struct ObjectEntry {
    std::string name;
    uint64_t size = 0;
    uint64_t modified = 0;
    std::string etag;
    std::vector<std::string> checksum_algorithms;
    bool composite_checksum = false;
};

struct BucketInfo {
    std::string name;
    uint64_t created = 0;
    std::string region;
    Pairs tags;
};

// Conditions of a write or a read, judged at the instant of the change. ETags without quotes; "*" is any.
struct Condition {
    std::vector<std::string>
        if_match;  // PreconditionFailed, or NoSuchKey when the object is absent
    std::vector<std::string> if_none_match;  // PreconditionFailed
};

struct ListQuery {
    std::string prefix;
    std::string delimiter;
    std::string
        after;  // only names greater than it (bytes); V1 marker, V2 start-after, or a token's
    bool after_prefix = false;  // `after` is a common prefix: skip everything below it
    uint32_t limit = 1000;      // objects and common prefixes together
};
struct ListPage {
    std::vector<ObjectEntry> objects;
    std::vector<std::string> common_prefixes;
    bool truncated = false;
    std::string next;  // the last name or common prefix of the page
    bool next_is_prefix = false;
};

struct Upload {
    std::string id;
    std::string name;
    uint64_t initiated = 0;
    ObjectMeta meta;                 // what CreateMultipartUpload said
    std::string checksum_algorithm;  // or empty
    bool full_object_checksum = false;
};
struct UploadPage {
    std::vector<Upload> uploads;
    std::vector<std::string> common_prefixes;
    bool truncated = false;
};
struct PartPage {
    std::vector<Part> parts;
    bool truncated = false;
};
struct CompletedPart {
    uint32_t number = 0;
    std::string etag;
    std::vector<Checksum> checksums;  // that the client repeated; must be the part's
};
// The object that a Complete made, as its response told.
struct Completion {
    uint64_t size = 0;
    std::string etag;
    std::vector<Checksum> checksums;
};

// Awaited again and again while something runs; an error stops that, and is its answer.
using Meanwhile = std::function<Task<Outcome<>>()>;

// One version of an object, held until destroyed: it reads the same bytes whatever happens to the name.
class Reader {
  public:
    virtual ~Reader() = default;
    virtual const ObjectInfo& info() const = 0;
    // Fills the buffer unless the object ends in it; returns the bytes.
    virtual Task<Outcome<size_t>> read(uint64_t offset, MutableBytes buffer) = 0;
    // Runs one SELECT over it inside its drive. `sql` is the drive's dialect, `covered` the bytes of the object that it is
    // about, for the drive's meter. An Error: it could not be run, or `meanwhile` ended it. A Status: the drive's own failure.
    virtual Task<Outcome<Result<std::unique_ptr<class Answer>>>> select(std::string sql,
                                                                        kv::SelectOptions options,
                                                                        uint64_t covered,
                                                                        Meanwhile meanwhile) = 0;
};

// The answer of a SELECT, as bytes that leave the drive when they are read. The drive forgets the rest.
class Answer {
  public:
    virtual ~Answer() = default;
    virtual uint64_t size() const = 0;
    virtual Task<Outcome<size_t>> read(MutableBytes buffer) = 0;  // 0: the end
};

class Writer {
  public:
    virtual ~Writer() = default;
    virtual Task<Outcome<>> write(Bytes piece) = 0;
    // From here on the object exists, whole. The time of change is the commit's.
    virtual Task<Outcome<ObjectInfo>> commit(ObjectMeta meta, Condition condition) = 0;
};

class PartWriter {
  public:
    virtual ~PartWriter() = default;
    virtual Task<Outcome<>> write(Bytes piece) = 0;
    virtual Task<Outcome<Part>> commit(std::string etag, std::vector<Checksum> checksums) = 0;
};

struct DriveState {
    std::string device;
    bool reachable = false;
    bool read = false;     // what it holds is in memory: it is served while it is reachable
    bool reading = false;  // for the first time
    std::string why_not;   // it is not reachable, or cannot be read
    uint64_t capacity_bytes = 0, used_bytes = 0;
    uint64_t commands = 0, errors = 0;
    uint64_t bytes_in = 0, bytes_out = 0;  // that crossed the bus
    uint64_t select_bytes_scanned = 0, select_bytes_returned = 0;
    uint32_t in_flight = 0, waiting = 0;
    uint32_t selects = 0;                   // that run now
    std::vector<uint64_t> latency_buckets;  // counts, by the bounds of latency_bounds()
    double latency_seconds = 0;             // sum
};
std::vector<double> latency_bounds();  // seconds

struct ObjectsOptions {
    std::vector<std::string> devices;  // as kvcli takes them; their order is part of the set
    uint32_t threads_per_drive = 4;
    // How long open() waits for the drives to be read. Then it returns, and what is not read yet is
    // ServiceUnavailable.
    uint32_t rebuild_wait_ms = 10'000;
    Log log;
};

class Objects {
  public:
    // Opens the drives, checks that they are the recorded set (or records it on new ones) and rebuilds what is in
    // memory. A drive that does not answer is reported in drives(), not here, unless none does.
    static Result<std::unique_ptr<Objects>> open(ObjectsOptions options);
    virtual ~Objects() = default;

    virtual Task<Outcome<>> create_bucket(BucketInfo bucket) = 0;   // BucketAlreadyOwnedByYou
    virtual Task<Outcome<>> delete_bucket(std::string bucket) = 0;  // BucketNotEmpty
    virtual Task<Outcome<>> set_bucket_tags(std::string bucket, Pairs tags) = 0;
    virtual Outcome<BucketInfo> bucket(const std::string& name) const = 0;  // NoSuchBucket
    virtual std::vector<BucketInfo> buckets() const = 0;                    // by name

    virtual Outcome<ListPage> list(const std::string& bucket, const ListQuery& query) const = 0;

    virtual Task<Outcome<ObjectInfo>> head(std::string bucket, std::string name) = 0;
    virtual Task<Outcome<std::unique_ptr<Reader>>> read(std::string bucket, std::string name) = 0;
    // `size` if it is known; then a drive without room refuses at once.
    virtual Task<Outcome<std::unique_ptr<Writer>>> create(std::string bucket, std::string name,
                                                          std::optional<uint64_t> size) = 0;
    // An absent name is no error, as in S3; the result says whether there was an object.
    virtual Task<Outcome<bool>> remove(std::string bucket, std::string name,
                                       Condition condition) = 0;
    virtual Task<Outcome<>> set_tags(std::string bucket, std::string name, Pairs tags) = 0;
    // Inside the drive where both names live on one, by Compose. `meta.etag` empty: the source's own is kept.
    virtual Task<Outcome<ObjectInfo>> copy(const Reader& source, std::string bucket,
                                           std::string name, ObjectMeta meta,
                                           Condition condition) = 0;

    virtual Task<Outcome<Upload>> create_upload(std::string bucket, Upload upload) = 0;
    virtual Outcome<Upload> upload(const std::string& bucket, const std::string& name,
                                   const std::string& id) const = 0;  // NoSuchUpload
    virtual Task<Outcome<std::unique_ptr<PartWriter>>> create_part(std::string bucket,
                                                                   std::string name, std::string id,
                                                                   uint32_t number) = 0;
    virtual Task<Outcome<Part>> copy_part(std::string bucket, std::string name, std::string id,
                                          uint32_t number, const Reader& source, uint64_t offset,
                                          uint64_t length, std::vector<Checksum> checksums) = 0;
    virtual Outcome<PartPage> parts(const std::string& bucket, const std::string& name,
                                    const std::string& id, uint32_t after,
                                    uint32_t limit) const = 0;
    virtual Outcome<UploadPage> uploads(const std::string& bucket, const ListQuery& query,
                                        const std::string& after_id) const = 0;
    virtual Task<Outcome<>> abort_upload(std::string bucket, std::string name, std::string id) = 0;
    // InvalidPart, InvalidPartOrder, EntityTooSmall. meta.etag and checksums of the whole are the caller's. If the same parts
    // and condition are being completed, it waits for the end of that, and is NoSuchUpload if that succeeded.
    virtual Task<Outcome<ObjectInfo>> complete_upload(std::string bucket, std::string name,
                                                      std::string id,
                                                      std::vector<CompletedPart> parts,
                                                      ObjectMeta meta, Condition condition) = 0;
    // What the complete_upload() that ended the upload made, if it had the same parts and condition: for a day, whatever has
    // happened to the object since. NoSuchUpload otherwise, and while the upload is open.
    virtual Task<Outcome<Completion>> completion(std::string bucket, std::string name,
                                                 std::string id, std::vector<CompletedPart> parts,
                                                 Condition condition) = 0;

    // Small records of the node itself, such as its keys, on the first drive.
    virtual Task<Outcome<std::optional<std::string>>> node_record(std::string name) = 0;
    virtual Task<Outcome<>> set_node_record(std::string name, std::string value) = 0;

    virtual std::vector<DriveState> drives() const = 0;
    virtual bool ready() const = 0;  // everything in memory is rebuilt
};

}  // namespace csd::airmos
