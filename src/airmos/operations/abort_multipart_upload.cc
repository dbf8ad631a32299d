// SPDX-License-Identifier: BSD-3-Clause
//
// AbortMultipartUpload: its parts are freed.
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> abort_multipart_upload(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto aborted = co_await services.objects.abort_upload(
        request.bucket, request.key, std::string(request.query.get("uploadId")));
    if (!aborted.ok()) co_return aborted.error();
    co_return co_await exchange.send(204, {}, {});
}

}  // namespace csd::airmos::ops
