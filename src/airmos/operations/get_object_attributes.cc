// SPDX-License-Identifier: BSD-3-Clause
//
// GetObjectAttributes: what is known of an object, without its bytes; the client names the attributes it wants.
#include <algorithm>
#include <set>

#include "airmos/operations/conditions.hpp"
#include "airmos/operations/listing.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {
namespace {

using Attributes = std::set<std::string, std::less<>>;

Outcome<Attributes> read_attributes(const Fields& headers) {
    Attributes wanted;
    for (const auto& [name, value] : headers) {
        if (name != "x-amz-object-attributes") continue;
        for (const std::string_view one : split(value, ',')) {
            const std::string_view attribute = trim(one);
            if (attribute != "ETag" && attribute != "Checksum" && attribute != "ObjectParts" &&
                attribute != "StorageClass" && attribute != "ObjectSize") {
                return Error("InvalidArgument", "Invalid attribute name specified.")
                    .with("ArgumentName", "x-amz-object-attributes")
                    .with("ArgumentValue", std::string(attribute));
            }
            wanted.emplace(attribute);
        }
    }
    if (wanted.empty()) {
        return Error("InvalidRequest",
                     "The x-amz-object-attributes header specifying the attributes to be retrieved "
                     "is either missing or empty");
    }
    return wanted;
}

struct PartsPage {
    uint64_t after = 0, limit = kPageLimit;
};

Outcome<PartsPage> read_page(const Fields& headers) {
    PartsPage page;
    for (auto [name, number] : {std::pair("x-amz-max-parts", &page.limit),
                                std::pair("x-amz-part-number-marker", &page.after)}) {
        const std::string* text = headers.find(name);
        if (!text) continue;
        const auto parsed = parse_number(*text);
        if (!parsed) {
            return Error("InvalidArgument", "A number is expected")
                .with("ArgumentName", name)
                .with("ArgumentValue", *text);
        }
        *number = *parsed;
    }
    page.limit = std::min(page.limit, kPageLimit);
    return page;
}

// S3 lists the parts only of objects with a composite checksum; their number is always said.
void write_parts(xml::Writer& answer, const ObjectInfo& info, const PartsPage& page) {
    answer.open("ObjectParts").number("PartsCount", info.parts.size());
    if (!info.meta.checksums.empty() && info.meta.checksums.front().composite) {
        const size_t first = std::min<uint64_t>(page.after, info.parts.size());
        const size_t last = std::min<uint64_t>(first + page.limit, info.parts.size());
        answer.number("PartNumberMarker", page.after).number("NextPartNumberMarker", last);
        answer.number("MaxParts", page.limit).boolean("IsTruncated", last < info.parts.size());
        for (size_t i = first; i < last; i++) {
            answer.open("Part").number("PartNumber", i + 1).number("Size", info.parts[i].size);
            write_checksums(answer, info.parts[i].checksums);
            answer.close();
        }
    }
    answer.close();
}

std::string answer_of(const ObjectInfo& info, const Attributes& wanted, const PartsPage& page) {
    xml::Writer answer("GetObjectAttributesResponse");
    if (wanted.contains("ETag")) answer.text("ETag", info.meta.etag);
    if (wanted.contains("Checksum") && !info.meta.checksums.empty()) {
        // Only here a composite checksum is told without the number of parts.
        std::vector<Checksum> checksums = info.meta.checksums;
        for (Checksum& one : checksums) one.value = checksum_value(one);
        answer.open("Checksum");
        write_object_checksums(answer, checksums);
        answer.close();
    }
    if (wanted.contains("ObjectParts") && !info.parts.empty()) write_parts(answer, info, page);
    if (wanted.contains("StorageClass")) answer.text("StorageClass", "STANDARD");
    if (wanted.contains("ObjectSize")) answer.number("ObjectSize", info.size);
    return answer.finish();
}

}  // namespace

Task<Outcome<>> get_object_attributes(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    const auto wanted = read_attributes(request.headers);
    if (!wanted.ok()) co_return wanted.error();
    const auto page = read_page(request.headers);
    if (!page.ok()) co_return page.error();
    const auto info = co_await services.objects.head(request.bucket, request.key);
    if (!info.ok()) co_return info.error();
    const Verdict verdict =
        judge_read(request.headers, "", info.value().meta.etag, info.value().modified);
    if (verdict == Verdict::kFailed) co_return Error("PreconditionFailed");
    exchange.headers().set("Last-Modified", http_date(info.value().modified));
    if (verdict == Verdict::kNotModified) co_return co_await exchange.send(304, {}, {});
    co_return co_await exchange.send(200, answer_of(info.value(), wanted.value(), page.value()),
                                     xml::kContentType);
}

}  // namespace csd::airmos::ops
