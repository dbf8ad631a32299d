// SPDX-License-Identifier: BSD-3-Clause
//
// HeadBucket: is it there, and in which region.
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> head_bucket(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto bucket = services.objects.bucket(request.bucket);
    if (!bucket.ok()) co_return bucket.error();
    exchange.headers().set("x-amz-bucket-region", bucket.value().region);
    exchange.headers().set("x-amz-access-point-alias", "false");
    co_return co_await exchange.send(200, {}, "application/xml");
}

}  // namespace csd::airmos::ops
