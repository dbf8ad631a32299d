// SPDX-License-Identifier: BSD-3-Clause
//
// The TLS side of a server: certificate and key from PEM files, TLS 1.2 and later. Tested by tests/airmos.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "csd/status.hpp"

namespace csd::airmos {

// kUsage with the file and OpenSSL's reason.
Result<std::shared_ptr<boost::asio::ssl::context>> open_tls(const std::string& certificate_file,
                                                            const std::string& key_file);

}  // namespace csd::airmos
