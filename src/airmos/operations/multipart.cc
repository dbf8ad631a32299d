// SPDX-License-Identifier: BSD-3-Clause
//
// What the operations of multipart uploads share. Tested by multipart_test.cc.
#include "airmos/operations/multipart.hpp"

#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {

Outcome<PartName> part_name(const Request& request) {
    const std::string_view text = request.query.get("partNumber");
    const auto number = parse_number(text);
    if (!number || *number < 1 || *number > kMaxParts) {
        return Error("InvalidArgument",
                     "Part number must be an integer between 1 and 10000, inclusive")
            .with("ArgumentName", "partNumber")
            .with("ArgumentValue", std::string(text));
    }
    return PartName{std::string(request.query.get("uploadId")), static_cast<uint32_t>(*number)};
}

UploadChecksum checksum_of(const Upload& upload) {
    if (upload.checksum_algorithm.empty()) return {kDefaultChecksum, false};
    return {upload.checksum_algorithm, !upload.full_object_checksum};
}

void want_part_checksum(const Upload& upload, RequestBody& body) {
    const auto [algorithm, composite] = checksum_of(upload);
    // A client that says another than the upload announced is refused, so nothing is computed for it.
    const bool may_be_absent = upload.checksum_algorithm.empty() || !body.has_checksum();
    if (!composite && may_be_absent) body.want_checksum(algorithm);
}

Outcome<> check_part_checksum(const Upload& upload, const std::vector<Checksum>& given) {
    if (upload.checksum_algorithm.empty()) return Nothing{};
    for (const Checksum& one : given) {
        if (one.algorithm == upload.checksum_algorithm) return Nothing{};
    }
    return Error("InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: " +
                                       lower(upload.checksum_algorithm) +
                                       ", actual checksum Type: " +
                                       (given.empty() ? "null" : lower(given.front().algorithm)));
}

}  // namespace csd::airmos::ops
