// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by tests/airmos.
#include "airmos/http/tls.hpp"

namespace csd::airmos {

namespace ssl = boost::asio::ssl;

Result<std::shared_ptr<ssl::context>> open_tls(const std::string& certificate_file,
                                               const std::string& key_file) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code error;
    context->set_options(
        ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
        error);
    context->use_certificate_chain_file(certificate_file, error);
    if (error) {
        return {Code::kUsage, "the certificate " + certificate_file +
                                  " cannot be used: " + error.message() + "; it must be PEM"};
    }
    context->use_private_key_file(key_file, ssl::context::pem, error);
    if (error) {
        return {Code::kUsage, "the key " + key_file + " cannot be used: " + error.message() +
                                  "; it must be PEM and belong to the certificate"};
    }
    return context;
}

}  // namespace csd::airmos
