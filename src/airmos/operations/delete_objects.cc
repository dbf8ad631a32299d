// SPDX-License-Identifier: BSD-3-Clause
//
// DeleteObjects: up to 1000 names in one request, each judged by itself.
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/xml/reader.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {
namespace {

constexpr size_t kMaxObjects = 1000;
constexpr size_t kMaxDeleteBytes = 8 * kMiB;  // 1000 keys of 1024 bytes, every byte a reference

struct Target {
    std::string key;
    std::optional<std::string> version;
    Condition condition;
    std::string unknown;  // an element that we do not have: it may be a condition
};

struct DeleteRequest {
    std::vector<Target> targets;
    bool quiet = false;
};

// What deletes much must arrive as it was sent; S3 insists on a digest here.
Outcome<> require_digest(const Request& request) {
    if (request.headers.has("content-md5")) return Nothing{};
    if (request.headers.get("x-amz-trailer").find("x-amz-checksum-") != std::string_view::npos)
        return Nothing{};
    for (const char* algorithm : {"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"}) {
        if (request.headers.has(checksum_header(algorithm))) return Nothing{};
    }
    return Error("InvalidRequest",
                 "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}

Outcome<Target> read_target(const xml::Element& object) {
    Target target;
    for (const xml::Element& child : object.children()) {
        if (child.name() == "Key") {
            target.key = child.text();
        } else if (child.name() == "VersionId") {
            target.version = child.text();
        } else if (child.name() == "ETag") {
            target.condition.if_match.push_back(unquoted(child.text()));
        } else {
            target.unknown = child.name();
        }
    }
    if (target.key.empty()) return Error("MalformedXML", "An Object needs a Key");
    return target;
}

Outcome<DeleteRequest> read_request(std::string body) {
    auto document = xml::Document::parse(std::move(body), "Delete");
    if (!document.ok()) return document.error();
    const xml::Element root = document.value().root();
    DeleteRequest made;
    made.quiet = lower(root.text_of("Quiet").value_or("false")) == "true";
    for (const xml::Element& object : root.children("Object")) {
        auto target = read_target(object);
        if (!target.ok()) return target.error();
        made.targets.push_back(std::move(target).value());
        if (made.targets.size() > kMaxObjects)
            return Error("MalformedXML", "More than 1000 objects in one request");
    }
    if (made.targets.empty()) return Error("MalformedXML", "There is no Object to delete");
    return made;
}

Task<Outcome<>> remove(Services& services, const std::string& bucket, Target& target) {
    if (target.key.size() > kMaxKeyBytes) co_return Error("KeyTooLongError");
    if (!target.unknown.empty()) {
        co_return Error("NotImplemented",
                        "The condition " + target.unknown + " of an Object is not implemented");
    }
    if (target.version && !target.version->empty() && *target.version != "null")
        co_return Error("NoSuchVersion");
    const auto removed =
        co_await services.objects.remove(bucket, target.key, std::move(target.condition));
    if (!removed.ok()) co_return removed.error();
    co_return Nothing{};
}

void write_result(xml::Writer& answer, const Target& target, const Outcome<>& removed, bool quiet) {
    if (removed.ok() && quiet) return;
    answer.open(removed.ok() ? "Deleted" : "Error").text("Key", target.key);
    if (target.version && !target.version->empty()) answer.text("VersionId", *target.version);
    if (!removed.ok()) {
        answer.text("Code", removed.error().code());
        answer.text("Message", removed.error().message());
    }
    answer.close();
}

}  // namespace

Task<Outcome<>> delete_objects(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = require_digest(request); !fine.ok()) co_return fine.error();
    auto body = co_await exchange.body().read_all(kMaxDeleteBytes);
    if (!body.ok()) co_return body.error();
    const auto bucket = services.objects.bucket(request.bucket);
    if (!bucket.ok()) co_return bucket.error();
    auto asked = read_request(std::move(body).value());
    if (!asked.ok()) co_return asked.error();
    xml::Writer answer("DeleteResult");
    for (Target& target : asked.value().targets) {
        const auto removed = co_await remove(services, request.bucket, target);
        write_result(answer, target, removed, asked.value().quiet);
    }
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
