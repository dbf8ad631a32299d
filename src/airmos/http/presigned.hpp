// SPDX-License-Identifier: BSD-3-Clause
//
// Presigned URLs carry in their query what a request otherwise says in headers: metadata, tags, an ACL, encryption, the source
// of a copy. Browser SDKs put everything there. From here on nothing tells the two apart, so whatever reads, checks or
// refuses a header does so for both.
//
// Errors     InvalidArgument: a name or value that no header could have, or a header that says something else.
// Threads    pure. Tested by presigned_test.cc.
#pragma once

#include "airmos/core/error.hpp"
#include "airmos/core/exchange.hpp"

namespace csd::airmos {

bool is_presigned(const Fields& query);

// Adds to the headers the x-amz-… parameters of the query that are not the signature's own. An SDK that signs a PUT before
// it knows the body adds the checksum of no bytes; that is not added.
Outcome<> add_presigned_parameters(const Fields& query, Fields& headers);

}  // namespace csd::airmos
