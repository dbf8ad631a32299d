// SPDX-License-Identifier: BSD-3-Clause
//
// TestRequest: a request that a test signs. The functions it uses are themselves tested against published signatures.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "airmos/auth/verifier.hpp"
#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::airmos::auth {

inline const Keys kTestKeys{"testaccess", "testsecretkey"};

struct TestRequest {
    std::string method = "GET", path = "/";
    Fields query, headers;
    std::string payload = hex(sha256({}));  // what x-amz-content-sha256 says
    bool says_payload = true;               // sends x-amz-content-sha256
    Keys keys = kTestKeys;
    std::string region = "us-east-1", service = "s3";

    Credential credential(int64_t now) const {
        return {keys.access_key, format_timestamp(now).substr(0, 8), region, service};
    }
    std::string signature(int64_t now, const std::vector<std::string>& names,
                          std::string_view covered) const {
        const Credential scope = credential(now);
        const std::string request =
            canonical_request({method, path, query, headers}, names, covered);
        return auth::sign(signing_key(keys.secret_key, scope),
                          string_to_sign(format_timestamp(now), scope.scope(), request));
    }

    // Adds x-amz-date, x-amz-content-sha256 and Authorization; returns the signature, a chunk signer's seed.
    std::string sign(int64_t now) {
        headers.set("x-amz-date", format_timestamp(now));
        if (says_payload) headers.set("x-amz-content-sha256", payload);
        std::vector<std::string> names;
        for (const auto& [name, value] : headers) {
            if (name == "host" || name.starts_with("x-amz-")) names.push_back(name);
        }
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        const std::string made = signature(now, names, payload);
        std::string list;
        for (const std::string& name : names) list += (list.empty() ? "" : ";") + name;
        headers.set("authorization", "AWS4-HMAC-SHA256 Credential=" + keys.access_key + "/" +
                                         credential(now).scope() + ", SignedHeaders=" + list +
                                         ", Signature=" + made);
        return made;
    }

    void presign(int64_t now, int64_t expires) {
        query.add("X-Amz-Algorithm", std::string(kAlgorithm));
        query.add("X-Amz-Credential", keys.access_key + "/" + credential(now).scope());
        query.add("X-Amz-Date", format_timestamp(now));
        query.add("X-Amz-Expires", std::to_string(expires));
        query.add("X-Amz-SignedHeaders", "host");
        query.add("X-Amz-Signature", signature(now, {"host"}, "UNSIGNED-PAYLOAD"));
    }

    ChunkSigner chunk_signer(int64_t now, std::string seed) const {
        return {signing_key(keys.secret_key, credential(now)), format_timestamp(now),
                credential(now).scope(), std::move(seed)};
    }

    // As it goes over the wire; the body follows.
    std::string head() const {
        std::string text = method + " " + path;
        char separator = '?';
        for (const auto& [name, value] : query) {
            text += separator + percent_encode(name) + "=" + percent_encode(value);
            separator = '&';
        }
        text += " HTTP/1.1\r\n";
        for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
        return text + "\r\n";
    }
};

}  // namespace csd::airmos::auth
