// SPDX-License-Identifier: BSD-3-Clause
//
// The XML that S3 answers an error with. Tested by error_page_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "airmos/core/error.hpp"

namespace csd::airmos {

struct ErrorContext {
    std::string_view resource;    // the target as it came
    std::string_view request_id;  // x-amz-request-id
    std::string_view host_id;     // x-amz-id-2
};
std::string error_page(const Error& error, const ErrorContext& context);

// Escaped for an XML element; what XML 1.0 cannot hold becomes U+FFFD.
std::string xml_text(std::string_view text);

}  // namespace csd::airmos
