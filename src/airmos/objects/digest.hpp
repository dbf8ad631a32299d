// SPDX-License-Identifier: BSD-3-Clause
//
// SHA-256 of a few bytes: names and records. Tested by records_test.cc.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "base/bytes.hpp"

namespace csd::airmos::objects {

using Digest = std::array<uint8_t, 32>;

// It fails only where OpenSSL was built without SHA-256, and then nothing can be found.
inline Digest sha256(Bytes bytes) {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Digest digest;
    unsigned int length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, algorithm, nullptr) != 1) {
        std::abort();
    }
    return digest;
}

}  // namespace csd::airmos::objects
