// SPDX-License-Identifier: BSD-3-Clause
//
// What a multipart object is called, computed from its parts without reading their bytes again.
//
// The CRC of two strings one behind the other follows from their CRCs and the length of the second: as many zero bytes
// are shifted through the first as the second has. In the ring of polynomials over two elements modulo the CRC's, that
// is a multiplication by x to the power of 8 times the length.
// Threads: pure. Tested by checksum_combine_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/objects/objects.hpp"

namespace csd::airmos::ops {

// MD5 of the parts' MD5s, "-" and their number. Nothing: an ETag that is no MD5.
std::optional<std::string> multipart_etag(const std::vector<Part>& parts);

// The checksum of the whole: of the parts' checksums with "-N" (composite), or as of all bytes (CRCs only).
// Nothing: a part has none of that algorithm.
std::optional<Checksum> multipart_checksum(std::string_view algorithm, bool full_object,
                                           const std::vector<Part>& parts);

}  // namespace csd::airmos::ops
