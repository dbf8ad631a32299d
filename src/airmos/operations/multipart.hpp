// SPDX-License-Identifier: BSD-3-Clause
//
// What the operations of multipart uploads share.
// Threads: of the connection's loop. Tested by multipart_test.cc.
#pragma once

#include <string>
#include <vector>

#include "airmos/core/exchange.hpp"
#include "airmos/objects/objects.hpp"

namespace csd::airmos::ops {

struct PartName {
    std::string upload_id;
    uint32_t number = 0;
};
// uploadId and partNumber of the query: InvalidArgument.
Outcome<PartName> part_name(const Request& request);

// What an upload's object will have: what it announced, or else a CRC64NVME of all bytes.
struct UploadChecksum {
    std::string_view algorithm;
    bool composite = false;
};
UploadChecksum checksum_of(const Upload& upload);

// Before the body of a part is read. Of parts whose checksums go into one of all bytes the node computes what is missing.
void want_part_checksum(const Upload& upload, RequestBody& body);

// An upload that announced a checksum wants it of every part, and no other: InvalidRequest.
Outcome<> check_part_checksum(const Upload& upload, const std::vector<Checksum>& given);

}  // namespace csd::airmos::ops
