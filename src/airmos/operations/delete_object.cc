// SPDX-License-Identifier: BSD-3-Clause
//
// DeleteObject: 204 whether there was an object or not, unless a condition says otherwise.
#include "airmos/operations/conditions.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> delete_object(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    auto condition = write_condition(request.headers);
    if (!condition.ok()) co_return condition.error();
    const auto removed =
        co_await services.objects.remove(request.bucket, request.key, std::move(condition).value());
    if (!removed.ok()) co_return removed.error();
    co_return co_await exchange.send(204, {}, {});
}

}  // namespace csd::airmos::ops
