// SPDX-License-Identifier: BSD-3-Clause
//
// DeleteBucket: only an empty one.
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> delete_bucket(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto removed = co_await services.objects.delete_bucket(request.bucket);
    if (!removed.ok()) co_return removed.error();
    co_return co_await exchange.send(204, {}, {});
}

}  // namespace csd::airmos::ops
