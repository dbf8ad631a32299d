// SPDX-License-Identifier: BSD-3-Clause
//
// What requests say of objects in headers, and answers say back.
// Threads: pure. Tested by object_headers_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/core/exchange.hpp"
#include "airmos/objects/objects.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

inline constexpr uint64_t kMaxPutBytes = 5 * kGiB;         // of one PUT, one part, one copy
inline constexpr size_t kMaxKeyBytes = 1024;               // of UTF-8
inline constexpr size_t kMaxUserMetadataBytes = 2 * kKiB;  // of names and values, as S3 counts
inline constexpr uint32_t kMaxParts = 10'000;

// A request for an object or bucket that asks for a part of S3 we do not have is refused, not half obeyed: encryption,
// object lock, storage classes, grants, redirects. And expected-bucket-owner is judged.
Outcome<> refuse_unsupported(const Request& request, const std::string& owner_id);

// Headers and tags of the object that a PUT, copy or upload makes: content-type and its kin, x-amz-meta-*,
// x-amz-tagging. MetadataTooLarge, InvalidTag, ...
Outcome<ObjectMeta> meta_of(const Request& request);

// KeyTooLongError; NoSuchVersion if a version other than null is meant.
Outcome<> check_key(const Request& request);

// All the headers of a GET or HEAD but the length: ETag, Last-Modified, what the client stored, tag count.
void describe_object(const ObjectInfo& info, Fields& headers);
// What response-content-type=... of the query puts in their place.
void override_headers(const Fields& query, Fields& headers);

// How each response tells a checksum is a table of docs/s3.md, "Checksums in responses".
std::string_view checksum_type(bool composite);  // COMPOSITE, FULL_OBJECT
// Without the number of parts that a composite checksum has at its end.
std::string checksum_value(const Checksum& checksum);
// Of these bytes of the object: of all of them, or of a part that has a checksum of its own. Nothing of other ranges.
std::vector<Checksum> checksums_of_range(const ObjectInfo& info, uint64_t length);
std::vector<Checksum> checksums_of_part(const ObjectInfo& info, const Part& part);
// <ChecksumCRC32>..., and <ChecksumType> where it is told.
void write_checksums(xml::Writer& answer, const std::vector<Checksum>& checksums);
void write_object_checksums(xml::Writer& answer, const std::vector<Checksum>& checksums);

// x-amz-checksum-crc32: ... and x-amz-checksum-type.
void add_checksums(const std::vector<Checksum>& checksums, Fields& headers);
// What the body was verified against, as the object keeps it.
std::vector<Checksum> checksums_of(const RequestBody& body);
// CRC32 -> x-amz-checksum-crc32; CRC32 -> ChecksumCRC32.
std::string checksum_header(std::string_view algorithm);
std::string checksum_element(std::string_view algorithm);
// The names of the five algorithms, in capitals.
bool is_checksum_algorithm(std::string_view name);
// x-amz-checksum-algorithm, or empty: InvalidRequest.
Outcome<std::string> wanted_checksum(const Request& request);

struct CopySource {
    std::string bucket;
    std::string key;
};
// x-amz-copy-source: InvalidArgument, NoSuchVersion.
Outcome<CopySource> copy_source(const Request& request);

}  // namespace csd::airmos::ops
