// SPDX-License-Identifier: BSD-3-Clause
//
// What a request gets that asks for a part of S3 we do not have. docs/s3.md has the list.
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {

// Not a coroutine's work, but every operation is one.
Task<Outcome<>> not_implemented(Exchange&, Services&) {
    co_return Error("NotImplemented");
}

Task<Outcome<>> method_not_allowed(Exchange& exchange, Services&) {
    co_return Error("MethodNotAllowed").with("Method", exchange.request().method);
}

}  // namespace csd::airmos::ops
