// SPDX-License-Identifier: BSD-3-Clause
//
// AwsChunkedDecoder: takes the frames of an aws-chunked body off, and verifies the signature of each chunk.
//
//     10000;chunk-signature=<64 hex>\r\n <65536 bytes> \r\n
//     0;chunk-signature=<64 hex>\r\n
//     x-amz-checksum-crc32:<base64>\r\n
//     x-amz-trailer-signature:<64 hex>\r\n
//     \r\n
//
// Without signatures (STREAMING-UNSIGNED-PAYLOAD-TRAILER) there is no `;chunk-signature=` and no trailer signature. A
// chunk is handed on before its signature is known, since it may have any size: what came may not be kept until done().
// Amazon S3 API reference, "Signature calculations: transferring a payload in multiple chunks".
//
// Errors     InvalidRequest (no such frame), SignatureDoesNotMatch, IncompleteBody (another length than announced),
//            MalformedTrailerError. After an error the decoder is not used any more.
// Threads    one at a time. Tested by aws_chunked_test.cc, fuzz/aws_chunked.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/auth/sigv4.hpp"
#include "airmos/core/digest.hpp"
#include "airmos/core/error.hpp"
#include "base/bytes.hpp"

namespace csd::airmos {

class AwsChunkedDecoder {
  public:
    struct Options {
        std::optional<auth::ChunkSigner> signer;
        uint64_t decoded_bytes = 0;         // x-amz-decoded-content-length
        bool with_trailer = false;          // the mode ends with -TRAILER
        std::vector<std::string> trailers;  // x-amz-trailer: what must come, in lower case
    };
    explicit AwsChunkedDecoder(Options options);

    struct Step {
        size_t consumed = 0;
        Bytes payload;  // a part of what was consumed; may be empty
    };
    // Takes at least one byte of an input that is not empty, unless it is done.
    Outcome<Step> decode(Bytes input);
    bool done() const { return state_ == State::kDone; }
    const Fields& trailers() const { return trailers_; }

  private:
    enum class State : uint8_t { kHead, kPayload, kPayloadEnd, kTrailer, kDone };

    // Collects one line; true when it is whole, without its end, in line_.
    Outcome<bool> take_line(Bytes input, size_t& consumed);
    Outcome<> start_chunk();
    Outcome<> end_chunk();
    Outcome<> end_of_payload();
    Outcome<> add_trailer();
    Outcome<> end_trailers();

    Options options_;
    State state_ = State::kHead;
    std::string line_;
    bool line_ended_ = false;
    uint64_t left_ = 0;      // of this chunk
    uint64_t decoded_ = 0;   // of the chunks that were announced so far
    std::string signature_;  // that this chunk claims
    Digest sha256_{Digest::Kind::kSha256};
    Fields trailers_;
    std::string canonical_trailers_;
    std::string trailer_signature_;
};

}  // namespace csd::airmos
