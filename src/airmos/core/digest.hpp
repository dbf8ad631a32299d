// SPDX-License-Identifier: BSD-3-Clause
//
// Digest: any hash or checksum that S3 knows, computed piece by piece.
//
//     Digest digest(Digest::Kind::kCrc32c);
//     digest.update(piece);
//     std::string header = base64(digest.finish());
//
// Threads: one thread at a time. Tested by digest_test.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

struct evp_md_ctx_st;

namespace csd::airmos {

class Digest {
  public:
    enum class Kind : uint8_t { kMd5, kSha1, kSha256, kCrc32, kCrc32c, kCrc64nvme };

    explicit Digest(Kind kind);
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    ~Digest();

    void update(Bytes piece);
    std::string finish();  // raw bytes, CRCs big-endian; the digest then starts anew

    Kind kind() const { return kind_; }
    // As x-amz-sdk-checksum-algorithm has it: CRC32, CRC32C, CRC64NVME, SHA1, SHA256; MD5 is no such name.
    static std::optional<Kind> checksum_of(std::string_view name);
    static std::string_view name_of(Kind kind);
    static size_t bytes_of(Kind kind);

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    void start();

    Kind kind_;
    std::unique_ptr<evp_md_ctx_st, Free> context_;  // of hashes
    uint64_t crc_ = 0;                              // of CRCs
};

std::string sha256(Bytes bytes);
std::string hmac_sha256(std::string_view key, std::string_view text);  // RFC 2104

}  // namespace csd::airmos
