// SPDX-License-Identifier: BSD-3-Clause
//
// VerifiedBody: the payload of a request, from the bytes that HTTP delivers: frames off, every digest computed on the
// way, and the last read refused when one of them is not what the client said.
//
// Errors     BadDigest, XAmzContentSHA256Mismatch, IncompleteBody, those of AwsChunkedDecoder and of the source.
// Memory     one buffer of 64 KiB, for aws-chunked bodies only.
// Threads    the connection's loop. Tested by verified_body_test.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "airmos/body/aws_chunked.hpp"
#include "airmos/body/claims.hpp"
#include "airmos/body/hash_helper.hpp"
#include "airmos/core/exchange.hpp"

namespace csd::airmos {

// The body as HTTP has it: without the chunks of Transfer-Encoding.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    virtual std::optional<uint64_t> size() const = 0;
    // At least one byte; 0: the end.
    virtual Task<Outcome<size_t>> read(MutableBytes buffer) = 0;
};

class VerifiedBody : public RequestBody {
  public:
    // The source and the helper outlive the body. No helper: hash on the caller's thread.
    VerifiedBody(ByteSource& source, BodyClaims claims, HashHelper* helper);

    std::optional<uint64_t> size() const override;
    Task<Outcome<size_t>> read(MutableBytes buffer) override;
    bool has_checksum() const override {
        return !claims_.checksums.empty() || !claims_.trailers.empty();
    }
    void want_checksum(std::string_view algorithm) override {
        wanted_ = Digest::checksum_of(algorithm);
    }
    std::string md5_hex() const override { return md5_hex_; }
    const std::vector<std::pair<std::string, std::string>>& checksums() const override {
        return checksums_;
    }
    uint64_t payload_bytes() const { return payload_bytes_; }

  private:
    void start();
    void digest(Bytes piece);
    Task<Outcome<size_t>> read_plain(MutableBytes buffer);
    Task<Outcome<size_t>> read_chunked(MutableBytes buffer);
    Outcome<> finish();
    Outcome<> compare(Digest::Kind kind, const std::string& computed) const;

    ByteSource& source_;
    const BodyClaims claims_;
    HashHelper* const helper_;
    std::optional<Digest::Kind> wanted_;  // beside those of the claims

    bool started_ = false, finished_ = false;
    uint64_t payload_bytes_ = 0;
    std::optional<Digest> md5_, sha256_;  // sha256_: of x-amz-content-sha256
    std::vector<Digest> digests_;         // of checksums, in headers and trailers
    std::string md5_hex_;
    std::vector<std::pair<std::string, std::string>> checksums_;

    std::optional<AwsChunkedDecoder> decoder_;
    std::vector<uint8_t> raw_;  // what came and is not decoded yet is [raw_at_, raw_end_)
    size_t raw_at_ = 0, raw_end_ = 0;
};

}  // namespace csd::airmos
