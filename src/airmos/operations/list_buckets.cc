// SPDX-License-Identifier: BSD-3-Clause
//
// ListBuckets: all of them, or pages when max-buckets is given.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

static constexpr uint64_t kMostBuckets = 10'000;

Task<Outcome<>> list_buckets(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto limit = page_limit(request.query, "max-buckets", kMostBuckets);
    if (!limit.ok()) co_return limit.error();
    std::string after;
    if (const std::string* token = request.query.find("continuation-token")) {
        auto start = read_token(*token);
        if (!start.ok()) co_return start.error();
        after = start.value().after;
    }
    const std::string prefix(request.query.get("prefix"));
    const std::string_view region = request.query.get("bucket-region");

    xml::Writer answer("ListAllMyBucketsResult");
    write_owner(answer, "Owner", services);
    answer.open("Buckets");
    uint64_t count = 0;
    std::string last;
    bool more = false;
    for (const BucketInfo& bucket : services.objects.buckets()) {
        if (!bucket.name.starts_with(prefix) || (!after.empty() && bucket.name <= after)) continue;
        if (!region.empty() && bucket.region != region) continue;
        if (count == limit.value()) {
            more = true;
            break;
        }
        answer.open("Bucket").text("Name", bucket.name);
        answer.text("CreationDate", iso_date(bucket.created));
        answer.text("BucketRegion", bucket.region).close();
        last = bucket.name;
        count++;
    }
    answer.close();
    if (!prefix.empty()) answer.text("Prefix", prefix);
    if (more && !last.empty()) answer.text("ContinuationToken", make_token({last, false}));
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
