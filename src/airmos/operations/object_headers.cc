// SPDX-License-Identifier: BSD-3-Clause
//
// Headers of objects. Tested by object_headers_test.cc.
#include "airmos/operations/object_headers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "airmos/core/encoding.hpp"
#include "airmos/operations/tags.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {

static constexpr std::array<std::string_view, 6> kKept = {"cache-control",    "content-disposition",
                                                          "content-encoding", "content-language",
                                                          "content-type",     "expires"};
static constexpr std::array<std::string_view, 5> kAlgorithms = {"CRC32", "CRC32C", "CRC64NVME",
                                                                "SHA1", "SHA256"};

static Error not_implemented_header(const std::string& name, const std::string& sentence) {
    return Error("NotImplemented", sentence).with("Header", name);
}

// Headers that ask for something of tier D. A name that ends with - stands for all that begin so.
static constexpr std::pair<std::string_view, const char*> kRefused[] = {
    {"x-amz-server-side-encryption", "Server-side encryption is not implemented"},
    {"x-amz-server-side-encryption-", "Server-side encryption is not implemented"},
    {"x-amz-copy-source-server-side-encryption-", "Server-side encryption is not implemented"},
    {"x-amz-object-lock-", "Object lock is not implemented"},
    {"x-amz-grant-", "Grants are not implemented: the owner of the node owns everything"},
    {"x-amz-website-redirect-location", "Websites are not implemented"},
    {"x-amz-write-offset-bytes", "Appending to an object is not implemented"},
    {"x-amz-mfa", "Multi-factor authentication is not implemented"},
    {"x-amz-if-match-last-modified-time", "This condition is of directory buckets only"},
    {"x-amz-if-match-size", "This condition is of directory buckets only"},
    {"x-amz-if-match-initiated-time", "This condition is of directory buckets only"},
    {"x-amz-bucket-namespace", "Names of buckets have no namespaces here"},
};

static Outcome<> judge_header(const std::string& name, const std::string& value,
                              const std::string& owner_id) {
    for (const auto& [refused, sentence] : kRefused) {
        if (name == refused || (refused.ends_with('-') && name.starts_with(refused)))
            return not_implemented_header(name, sentence);
    }
    if (name == "x-amz-acl" && value != "private" && value != "bucket-owner-full-control" &&
        value != "bucket-owner-read") {
        return not_implemented_header(
            name, "Of the canned ACLs only private and bucket-owner-full-control are implemented");
    }
    if (name == "x-amz-storage-class" && value != "STANDARD" && value != "REDUCED_REDUNDANCY")
        return Error("InvalidStorageClass").with("StorageClassRequested", value);
    if (name == "x-amz-bucket-object-lock-enabled" && lower(value) == "true")
        return not_implemented_header(name, "Object lock is not implemented");
    if (name == "x-amz-object-ownership" && value != "BucketOwnerEnforced")
        return not_implemented_header(name, "The owner of the node owns every object");
    if ((name == "x-amz-expected-bucket-owner" || name == "x-amz-source-expected-bucket-owner") &&
        value != owner_id) {
        return Error("AccessDenied", "The bucket is not owned by the account that you expect");
    }
    return Nothing{};
}

Outcome<> refuse_unsupported(const Request& request, const std::string& owner_id) {
    for (const auto& [name, value] : request.headers) {
        if (!name.starts_with("x-amz-")) continue;
        if (auto fine = judge_header(name, value, owner_id); !fine.ok()) return fine;
    }
    return Nothing{};
}

// aws-chunked says how the body travelled, not what the object is.
static std::string without_aws_chunked(std::string_view encodings) {
    std::string kept;
    for (std::string_view one : split(encodings, ',')) {
        one = trim(one);
        if (one.empty() || lower(one) == "aws-chunked") continue;
        if (!kept.empty()) kept += ", ";
        kept += one;
    }
    return kept;
}

Outcome<ObjectMeta> meta_of(const Request& request) {
    ObjectMeta meta;
    size_t user_bytes = 0;
    for (const auto& [name, value] : request.headers) {
        if (name.starts_with("x-amz-meta-")) {
            user_bytes += name.size() - std::string_view("x-amz-meta-").size() + value.size();
            meta.headers.emplace_back(name, value);
        } else if (name == "content-encoding") {
            std::string kept = without_aws_chunked(value);
            if (!kept.empty()) meta.headers.emplace_back(name, std::move(kept));
        } else if (std::find(kKept.begin(), kKept.end(), name) != kKept.end()) {
            if (!value.empty()) meta.headers.emplace_back(name, value);
        }
    }
    if (user_bytes > kMaxUserMetadataBytes) {
        return Error("MetadataTooLarge")
            .with("Size", std::to_string(user_bytes))
            .with("MaxSizeAllowed", std::to_string(kMaxUserMetadataBytes));
    }
    if (const std::string* tagging = request.headers.find("x-amz-tagging")) {
        auto tags = parse_tagging_header(*tagging);
        if (!tags.ok()) return tags.error();
        meta.tags = std::move(tags).value();
    }
    return meta;
}

static Error no_such_version(std::string_view key, std::string_view version) {
    return Error("NoSuchVersion")
        .with("Key", std::string(key))
        .with("VersionId", std::string(version));
}

Outcome<> check_key(const Request& request) {
    if (request.key.size() > kMaxKeyBytes) {
        return Error("KeyTooLongError")
            .with("Size", std::to_string(request.key.size()))
            .with("MaxSizeAllowed", std::to_string(kMaxKeyBytes));
    }
    const std::string* version = request.query.find("versionId");
    if (version && *version != "null") return no_such_version(request.key, *version);
    return Nothing{};
}

void describe_object(const ObjectInfo& info, Fields& headers) {
    headers.set("ETag", quoted(info.meta.etag));
    headers.set("Last-Modified", http_date(info.modified));
    headers.set("Accept-Ranges", "bytes");
    headers.set("Content-Type", "binary/octet-stream");
    for (const auto& [name, value] : info.meta.headers) {
        if (name == "content-type") {
            headers.set("Content-Type", value);
        } else {
            headers.add(name, value);
        }
    }
    if (!info.meta.tags.empty())
        headers.set("x-amz-tagging-count", std::to_string(info.meta.tags.size()));
}

void override_headers(const Fields& query, Fields& headers) {
    for (const std::string_view name : kKept) {
        const std::string* value = query.find("response-" + std::string(name));
        if (!value) continue;
        headers.set(name == "content-type" ? "Content-Type" : std::string(name), *value);
    }
}

std::string checksum_header(std::string_view algorithm) {
    return "x-amz-checksum-" + lower(algorithm);
}

std::string checksum_element(std::string_view algorithm) {
    return "Checksum" + std::string(algorithm);
}

bool is_checksum_algorithm(std::string_view name) {
    return std::find(kAlgorithms.begin(), kAlgorithms.end(), name) != kAlgorithms.end();
}

Outcome<std::string> wanted_checksum(const Request& request) {
    std::string name(request.headers.get("x-amz-checksum-algorithm"));
    if (name.empty() || is_checksum_algorithm(name)) return name;
    return Error("InvalidRequest",
                 "Checksum algorithm provided is unsupported. Please try again with any of the "
                 "valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
}

std::string_view checksum_type(bool composite) {
    return composite ? "COMPOSITE" : "FULL_OBJECT";
}

std::string checksum_value(const Checksum& checksum) {
    return checksum.composite ? checksum.value.substr(0, checksum.value.find('-')) : checksum.value;
}

std::vector<Checksum> checksums_of_range(const ObjectInfo& info, uint64_t length) {
    return length == info.size ? info.meta.checksums : std::vector<Checksum>();
}

// The parts of an object with a composite checksum have their own; the type is then still the object's.
std::vector<Checksum> checksums_of_part(const ObjectInfo& info, const Part& part) {
    const bool composite = std::any_of(info.meta.checksums.begin(), info.meta.checksums.end(),
                                       [](const Checksum& one) { return one.composite; });
    if (!composite) return checksums_of_range(info, part.size);
    std::vector<Checksum> checksums = part.checksums;
    for (Checksum& one : checksums) one.composite = true;
    return checksums;
}

void write_checksums(xml::Writer& answer, const std::vector<Checksum>& checksums) {
    for (const Checksum& one : checksums) answer.text(checksum_element(one.algorithm), one.value);
}

void write_object_checksums(xml::Writer& answer, const std::vector<Checksum>& checksums) {
    write_checksums(answer, checksums);
    if (!checksums.empty()) answer.text("ChecksumType", checksum_type(checksums.front().composite));
}

void add_checksums(const std::vector<Checksum>& checksums, Fields& headers) {
    for (const Checksum& one : checksums) {
        headers.set(checksum_header(one.algorithm), one.value);
        headers.set("x-amz-checksum-type", std::string(checksum_type(one.composite)));
    }
}

std::vector<Checksum> checksums_of(const RequestBody& body) {
    std::vector<Checksum> all;
    for (const auto& [algorithm, value] : body.checksums())
        all.push_back({algorithm, value, false});
    return all;
}

Outcome<CopySource> copy_source(const Request& request) {
    std::string_view header = request.headers.get("x-amz-copy-source");
    const auto wrong = [&](std::string sentence) {
        return Error("InvalidArgument", std::move(sentence))
            .with("ArgumentName", "x-amz-copy-source")
            .with("ArgumentValue", std::string(request.headers.get("x-amz-copy-source")));
    };
    // The version stands behind a question mark that is not encoded: one of the key's own is.
    std::string_view version;
    if (const size_t question = header.find("?versionId="); question != std::string_view::npos) {
        version = header.substr(question + std::string_view("?versionId=").size());
        header = header.substr(0, question);
    }
    const auto decoded = percent_decode(header, Plus::kIsPlus);
    if (!decoded || !valid_utf8(*decoded)) return wrong("Copy Source must be URL-encoded UTF-8");
    std::string_view path = *decoded;
    if (path.starts_with('/')) path.remove_prefix(1);
    const size_t slash = path.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == path.size()) {
        return wrong("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
    }
    CopySource source{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
    if (!version.empty() && version != "null") return no_such_version(source.key, version);
    return source;
}

}  // namespace csd::airmos::ops
