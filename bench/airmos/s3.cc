// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/s3.hpp"

#include <cstdlib>
#include <ctime>

#include "airmos/auth/sigv4.hpp"
#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"
#include "measure.hpp"

namespace csd::bench {

namespace {

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) throw Failure(std::string(name) + " is not set");
    return value;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    return airmos::hex(airmos::sha256(as_bytes(bytes)));
}

S3::S3(Endpoint endpoint)
    : endpoint_(std::move(endpoint)),
      access_key_(from_environment("AIRMOS_ACCESS_KEY")),
      secret_key_(from_environment("AIRMOS_SECRET_KEY")) {}

HttpRequest S3::request(const std::string& method, const std::string& path, std::string_view body,
                        const QueryArguments& query, std::string hash) const {
    namespace auth = airmos::auth;
    const std::string timestamp = auth::format_timestamp(std::time(nullptr));
    const auth::Credential credential{access_key_, timestamp.substr(0, 8), "us-east-1", "s3"};
    if (hash.empty()) hash = sha256_hex(body);
    airmos::Fields arguments, headers;
    std::string target = path;
    for (const auto& [name, value] : query) {
        arguments.add(name, value);
        target += target.size() == path.size() ? '?' : '&';
        target += airmos::percent_encode(name) + "=" + airmos::percent_encode(value);
    }
    headers.add("host", endpoint_.authority());
    headers.add("x-amz-content-sha256", hash);
    headers.add("x-amz-date", timestamp);
    const std::string canonical = auth::canonical_request(
        {method, path, arguments, headers}, {"host", "x-amz-content-sha256", "x-amz-date"}, hash);
    const std::string signature =
        auth::sign(auth::signing_key(secret_key_, credential),
                   auth::string_to_sign(timestamp, credential.scope(), canonical));
    std::string head = method + " " + target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : headers) head += name + ": " + value + "\r\n";
    if (method != "GET") head += "content-length: " + std::to_string(body.size()) + "\r\n";
    head += "authorization: AWS4-HMAC-SHA256 Credential=" + access_key_ + "/" + credential.scope() +
            ", SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" + signature +
            "\r\n\r\n";
    return {std::move(head), body};
}

std::string S3::send(const HttpRequest& request) const {
    std::string answer;
    (void)put_under_load(endpoint_, 1, {request}, [&](std::string_view piece) { answer += piece; });
    return answer;
}

}  // namespace csd::bench
