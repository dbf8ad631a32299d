// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by aws_chunked_test.cc, fuzz/aws_chunked.cc.
#include "airmos/body/aws_chunked.hpp"

#include <algorithm>
#include <charconv>

#include "airmos/core/encoding.hpp"

namespace csd::airmos {
namespace {

constexpr size_t kMostLineBytes = 1024;
constexpr std::string_view kSignature = ";chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

Error malformed(std::string_view why) {
    return Error("InvalidRequest", "The aws-chunked body is malformed: " + std::string(why));
}
Error malformed_trailer(std::string why) {
    return Error("MalformedTrailerError", std::move(why));
}

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lowered;
}

std::string_view trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

AwsChunkedDecoder::AwsChunkedDecoder(Options options) : options_(std::move(options)) {}

Outcome<AwsChunkedDecoder::Step> AwsChunkedDecoder::decode(Bytes input) {
    if (state_ == State::kPayload) {
        const Bytes payload = input.first(std::min<uint64_t>(input.size(), left_));
        left_ -= payload.size();
        if (options_.signer) sha256_.update(payload);
        if (left_ == 0) state_ = State::kPayloadEnd;
        return Step{payload.size(), payload};
    }
    if (state_ == State::kDone) return Step{};
    Step step;
    const Outcome<bool> whole = take_line(input, step.consumed);
    if (!whole.ok()) return whole.error();
    if (!whole.value()) return step;
    const Outcome<> taken = state_ == State::kHead         ? start_chunk()
                            : state_ == State::kPayloadEnd ? end_chunk()
                            : line_.empty()                ? end_trailers()
                                                           : add_trailer();
    if (!taken.ok()) return taken.error();
    return step;
}

// Lines end with CRLF; some clients end trailers with LF alone, and the signature covers it so.
Outcome<bool> AwsChunkedDecoder::take_line(Bytes input, size_t& consumed) {
    if (line_ended_) {
        line_.clear();
        line_ended_ = false;
    }
    const std::string_view text = as_text(input);
    const size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    if (line_.size() + piece.size() > kMostLineBytes) return malformed("a line is too long");
    line_ += piece;
    consumed = piece.size();
    if (end == std::string_view::npos) return false;
    consumed++;
    if (line_.ends_with('\r')) {
        line_.pop_back();
    } else if (state_ != State::kTrailer) {
        return malformed("a line does not end with CR LF");
    }
    line_ended_ = true;
    return true;
}

Outcome<> AwsChunkedDecoder::start_chunk() {
    uint64_t size = 0;
    const char* const start = line_.data();
    const auto [end, error] = std::from_chars(start, start + line_.size(), size, 16);
    if (error != std::errc() || end == start) return malformed("a chunk has no size");
    const std::string_view extension(end, line_.size() - static_cast<size_t>(end - start));
    if (options_.signer) {
        if (!extension.starts_with(kSignature)) return malformed("a chunk has no signature");
        signature_ = extension.substr(kSignature.size());
    } else if (!extension.empty()) {
        return malformed("a chunk's size is followed by something unknown");
    }
    if (size > options_.decoded_bytes - decoded_) {
        return Error("IncompleteBody",
                     "The body is longer than x-amz-decoded-content-length announced");
    }
    decoded_ += size;
    left_ = size;
    state_ = State::kPayload;
    if (size > 0) return Nothing{};
    return end_of_payload();
}

Outcome<> AwsChunkedDecoder::end_chunk() {
    if (!line_.empty()) return malformed("a chunk is longer than its size says");
    state_ = State::kHead;
    if (!options_.signer) return Nothing{};
    const std::string& wanted = options_.signer->next_chunk(hex(sha256_.finish()));
    if (!equal_in_constant_time(wanted, signature_)) {
        return Error("SignatureDoesNotMatch", "The signature of a chunk does not match");
    }
    return Nothing{};
}

// The chunk of size 0 has no payload, so its CR LF is that of the trailers' end.
Outcome<> AwsChunkedDecoder::end_of_payload() {
    if (decoded_ != options_.decoded_bytes) {
        return Error("IncompleteBody",
                     "The body is shorter than x-amz-decoded-content-length announced");
    }
    line_.clear();
    const Outcome<> ended = end_chunk();
    state_ = State::kTrailer;
    return ended;
}

Outcome<> AwsChunkedDecoder::add_trailer() {
    const size_t colon = line_.find(':');
    if (!options_.with_trailer || colon == std::string::npos || colon == 0) {
        return malformed_trailer("The body ends with something that is no trailer");
    }
    std::string name = lower(trim(std::string_view(line_).substr(0, colon)));
    std::string value(trim(std::string_view(line_).substr(colon + 1)));
    if (name == kTrailerSignature) {
        if (!trailer_signature_.empty()) return malformed_trailer("Two trailer signatures");
        trailer_signature_ = value;
        return Nothing{};
    }
    if (!trailer_signature_.empty()) {
        return malformed_trailer("A trailer follows the signature of the trailers");
    }
    const auto& wanted = options_.trailers;
    const bool announced = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (!announced || trailers_.has(name)) {
        return malformed_trailer("The trailer " + name + " was not announced by x-amz-trailer");
    }
    canonical_trailers_.append(name).append(":").append(value).append("\n");
    trailers_.add(std::move(name), std::move(value));
    return Nothing{};
}

Outcome<> AwsChunkedDecoder::end_trailers() {
    for (const std::string& name : options_.trailers) {
        if (!trailers_.has(name)) {
            return malformed_trailer("The trailer " + name +
                                     " was announced by x-amz-trailer and did not come");
        }
    }
    if (options_.signer && options_.with_trailer &&
        !equal_in_constant_time(options_.signer->trailer(canonical_trailers_),
                                trailer_signature_)) {
        return Error("SignatureDoesNotMatch", "The signature of the trailers does not match");
    }
    state_ = State::kDone;
    return Nothing{};
}

}  // namespace csd::airmos
