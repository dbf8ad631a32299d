// SPDX-License-Identifier: BSD-3-Clause
//
// CompleteMultipartUpload: the drive joins the parts, and the object is there, all at once.
#include <algorithm>
#include <unordered_map>

#include "airmos/core/encoding.hpp"
#include "airmos/operations/checksum_combine.hpp"
#include "airmos/operations/conditions.hpp"
#include "airmos/operations/multipart.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/xml/reader.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {
namespace {

constexpr size_t kMaxCompleteBytes = 4 * kMiB;  // 10 000 parts with a checksum take about 2 MiB

Outcome<CompletedPart> read_part(const xml::Element& element) {
    const auto number = parse_number(element.text_of("PartNumber").value_or(""));
    const auto etag = element.text_of("ETag");
    if (!number || !etag) return Error("MalformedXML", "A Part needs a PartNumber and an ETag");
    if (*number < 1 || *number > kMaxParts) {
        return Error("InvalidArgument",
                     "Part number must be an integer between 1 and 10000, inclusive")
            .with("ArgumentName", "partNumber")
            .with("ArgumentValue", std::to_string(*number));
    }
    CompletedPart part;
    part.number = static_cast<uint32_t>(*number);
    part.etag = unquoted(*etag);
    for (const xml::Element& child : element.children()) {
        const std::string_view name = child.name();
        if (!name.starts_with("Checksum")) continue;
        if (!is_checksum_algorithm(name.substr(8)))
            return Error("NotImplemented", "There is no " + std::string(name) + " here");
        part.checksums.push_back({std::string(name.substr(8)), child.text(), false});
    }
    return part;
}

Outcome<std::vector<CompletedPart>> read_request(std::string body) {
    auto document = xml::Document::parse(std::move(body), "CompleteMultipartUpload");
    if (!document.ok()) return document.error();
    std::vector<CompletedPart> parts;
    for (const xml::Element& element : document.value().root().children("Part")) {
        auto part = read_part(element);
        if (!part.ok()) return part.error();
        if (!parts.empty() && part.value().number <= parts.back().number)
            return Error("InvalidPartOrder");
        parts.push_back(std::move(part).value());
    }
    if (parts.empty()) return Error("MalformedXML", "You must specify at least one part");
    return parts;
}

// The stored parts that the client names, in its order.
Outcome<std::vector<Part>> stored_parts(const Services& services, const Request& request,
                                        const std::string& upload_id,
                                        const std::vector<CompletedPart>& named) {
    const auto page = services.objects.parts(request.bucket, request.key, upload_id, 0, kMaxParts);
    if (!page.ok()) return page.error();
    std::unordered_map<uint32_t, const Part*> stored;
    for (const Part& part : page.value().parts) stored.emplace(part.number, &part);
    std::vector<Part> chosen;
    for (const CompletedPart& part : named) {
        const auto found = stored.find(part.number);
        if (found == stored.end() || found->second->etag != part.etag) {
            return Error("InvalidPart")
                .with("UploadId", upload_id)
                .with("PartNumber", std::to_string(part.number))
                .with("ETag", part.etag);
        }
        chosen.push_back(*found->second);
    }
    return chosen;
}

Outcome<> check_size(const Request& request, uint64_t size) {
    const std::string* text = request.headers.find("x-amz-mp-object-size");
    if (!text) return Nothing{};
    if (parse_number(*text) == size) return Nothing{};
    return Error("InvalidRequest",
                 "The provided 'x-amz-mp-object-size' header value " + *text +
                     " does not match what was computed: " + std::to_string(size));
}

// The client may repeat the checksum of the whole; a wrong one means that it uploaded something else than it thinks.
Outcome<> check_checksum(const Request& request, const Checksum& computed) {
    const std::string_view computed_type = checksum_type(computed.composite);
    const std::string* type = request.headers.find("x-amz-checksum-type");
    if (type && *type != computed_type) {
        return Error("InvalidRequest", "The upload was created using the " +
                                           std::string(computed_type) +
                                           " checksum mode. The complete request must use the same "
                                           "checksum mode.");
    }
    const std::string* given = request.headers.find(checksum_header(computed.algorithm));
    if (!given || *given == computed.value || *given == checksum_value(computed)) return Nothing{};
    return Error("BadDigest", "The " + computed.algorithm +
                                  " you specified did not match the calculated checksum.");
}

// A composite checksum is made of what the client says of each part, so it says it of each.
Outcome<> check_part_checksums(const Upload& upload, const std::vector<CompletedPart>& named) {
    const auto [algorithm, composite] = checksum_of(upload);
    if (!composite) return Nothing{};
    for (const CompletedPart& part : named) {
        const bool has_it = std::any_of(
            part.checksums.begin(), part.checksums.end(),
            [&](const Checksum& one) { return one.algorithm == upload.checksum_algorithm; });
        if (has_it) continue;
        return Error("InvalidRequest",
                     "The upload was created using a " + lower(algorithm) +
                         " checksum. The complete request must include the checksum for each "
                         "part. It was missing for part " +
                         std::to_string(part.number) + " in the request.");
    }
    return Nothing{};
}

Outcome<ObjectMeta> meta_of_whole(const Upload& upload, const std::vector<Part>& parts) {
    ObjectMeta meta = upload.meta;
    const auto etag = multipart_etag(parts);
    if (!etag) return Error("InternalError");
    meta.etag = *etag;
    meta.checksums.clear();
    const auto [algorithm, composite] = checksum_of(upload);
    const auto checksum = multipart_checksum(algorithm, !composite, parts);
    if (checksum) {
        meta.checksums.push_back(*checksum);
    } else if (!upload.checksum_algorithm.empty()) {
        return Error("InvalidRequest", "The upload was created using a " + lower(algorithm) +
                                           " checksum, and one of its parts has none: upload or "
                                           "copy that part again");
    }
    return meta;
}

// What the request says of the whole.
Outcome<> check_whole(const Request& request, const Completion& whole) {
    if (auto fine = check_size(request, whole.size); !fine.ok()) return fine;
    if (whole.checksums.empty()) return Nothing{};
    return check_checksum(request, whole.checksums.front());
}

std::string answer_of(const Request& request, const Completion& made) {
    xml::Writer answer("CompleteMultipartUploadResult");
    answer.text("Location", (request.secure ? "https://" : "http://") + request.host + "/" +
                                request.bucket + "/" + percent_encode(request.key, "/"));
    answer.text("Bucket", request.bucket).text("Key", request.key);
    answer.text("ETag", quoted(made.etag));
    write_object_checksums(answer, made.checksums);
    return answer.finish();
}

struct Asked {
    std::string upload_id;
    std::vector<CompletedPart> parts;
    Condition condition;
};

Task<Outcome<Completion>> complete(const Request& request, Services& services, const Asked& asked) {
    const auto upload = services.objects.upload(request.bucket, request.key, asked.upload_id);
    if (!upload.ok()) co_return upload.error();
    if (auto fine = check_part_checksums(upload.value(), asked.parts); !fine.ok())
        co_return fine.error();
    const auto parts = stored_parts(services, request, asked.upload_id, asked.parts);
    if (!parts.ok()) co_return parts.error();
    auto meta = meta_of_whole(upload.value(), parts.value());
    if (!meta.ok()) co_return meta.error();
    Completion whole;
    for (const Part& part : parts.value()) whole.size += part.size;
    whole.checksums = meta.value().checksums;
    if (auto fine = check_whole(request, whole); !fine.ok()) co_return fine.error();
    const auto made = co_await services.objects.complete_upload(
        request.bucket, request.key, asked.upload_id, asked.parts, std::move(meta).value(),
        asked.condition);
    if (!made.ok()) co_return made.error();
    co_return Completion{made.value().size, made.value().meta.etag, made.value().meta.checksums};
}

}  // namespace

// A client whose connection was lost asks again after the upload has ended, and is told what it would have been told.
Task<Outcome<>> complete_multipart_upload(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    auto body = co_await exchange.body().read_all(kMaxCompleteBytes);
    if (!body.ok()) co_return body.error();
    auto condition = write_condition(request.headers);
    if (!condition.ok()) co_return condition.error();
    auto named = read_request(std::move(body).value());
    if (!named.ok()) co_return named.error();
    const Asked asked{std::string(request.query.get("uploadId")), std::move(named).value(),
                      std::move(condition).value()};
    auto made = co_await complete(request, services, asked);
    if (!made.ok() && made.error().code() == "NoSuchUpload") {
        made = co_await services.objects.completion(request.bucket, request.key, asked.upload_id,
                                                    asked.parts, asked.condition);
        if (!made.ok()) co_return made.error();
        if (auto fine = check_whole(request, made.value()); !fine.ok()) co_return fine.error();
    }
    if (!made.ok()) co_return made.error();
    co_return co_await exchange.send(200, answer_of(request, made.value()), xml::kContentType);
}

}  // namespace csd::airmos::ops
