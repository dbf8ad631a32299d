// SPDX-License-Identifier: BSD-3-Clause
//
// GetBucketAcl, GetObjectAcl, PutBucketAcl, PutObjectAcl: the owner has full control, and nobody else has any. An ACL
// that says just that can be put; another is not implemented.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/xml/reader.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {
namespace {

constexpr size_t kMaxAclBytes = 64 * kKiB;

std::string acl_of(const Services& services) {
    xml::Writer answer("AccessControlPolicy");
    write_owner(answer, "Owner", services);
    answer.open("AccessControlList").open("Grant");
    answer.open(
        "Grantee",
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"");
    answer.text("ID", services.owner_id).text("DisplayName", services.owner_name).close();
    answer.text("Permission", "FULL_CONTROL");
    return answer.finish();
}

bool is_the_fixed_grant(const xml::Element& grant, const Services& services) {
    const auto grantee = grant.child("Grantee");
    return grantee && grantee->text_of("ID") == services.owner_id &&
           grant.text_of("Permission") == "FULL_CONTROL";
}

// Nothing to keep: what may be put is what is.
Outcome<> judge_acl(const Request& request, std::string body, const Services& services) {
    if (body.empty()) {
        if (request.headers.has("x-amz-acl")) return Nothing{};
        return Error("MissingSecurityHeader", "Your request was missing a required header")
            .with("MissingHeaderName", "x-amz-acl");
    }
    const auto document = xml::Document::parse(std::move(body), "AccessControlPolicy");
    if (!document.ok()) return Error("MalformedACLError", std::string(document.error().message()));
    const auto list = document.value().root().child("AccessControlList");
    if (!list) return Error("MalformedACLError");
    const auto grants = list->children("Grant");
    if (grants.size() == 1 && is_the_fixed_grant(grants[0], services)) return Nothing{};
    return Error("NotImplemented",
                 "Only the ACL that gives the owner full control and nobody else anything is "
                 "implemented");
}

}  // namespace

Task<Outcome<>> get_bucket_acl(Exchange& exchange, Services& services) {
    const auto bucket = services.objects.bucket(exchange.request().bucket);
    if (!bucket.ok()) co_return bucket.error();
    co_return co_await exchange.send(200, acl_of(services), xml::kContentType);
}

Task<Outcome<>> put_bucket_acl(Exchange& exchange, Services& services) {
    auto body = co_await exchange.body().read_all(kMaxAclBytes);
    if (!body.ok()) co_return body.error();
    const auto bucket = services.objects.bucket(exchange.request().bucket);
    if (!bucket.ok()) co_return bucket.error();
    const auto fine = judge_acl(exchange.request(), std::move(body).value(), services);
    if (!fine.ok()) co_return fine.error();
    co_return co_await exchange.send(200, {}, {});
}

Task<Outcome<>> get_object_acl(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    const auto info = co_await services.objects.head(request.bucket, request.key);
    if (!info.ok()) co_return info.error();
    co_return co_await exchange.send(200, acl_of(services), xml::kContentType);
}

Task<Outcome<>> put_object_acl(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    auto body = co_await exchange.body().read_all(kMaxAclBytes);
    if (!body.ok()) co_return body.error();
    const auto info = co_await services.objects.head(request.bucket, request.key);
    if (!info.ok()) co_return info.error();
    const auto fine = judge_acl(request, std::move(body).value(), services);
    if (!fine.ok()) co_return fine.error();
    co_return co_await exchange.send(200, {}, {});
}

}  // namespace csd::airmos::ops
