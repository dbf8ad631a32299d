// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by verified_body_test.cc.
#include "airmos/body/verified_body.hpp"

#include <algorithm>
#include <array>

#include "airmos/core/encoding.hpp"

namespace csd::airmos {
namespace {

constexpr size_t kRawBytes = 64 * kKiB;
// Below this a second thread costs more than it hashes.
constexpr size_t kWorthHelpBytes = 64 * kKiB;
// At most half a millisecond of a thread that serves other connections too.
constexpr size_t kHashedAtOnceBytes = 256 * kKiB;

std::string header_of(Digest::Kind kind) {
    std::string name = "x-amz-checksum-";
    for (const char c : Digest::name_of(kind)) {
        name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return name;
}

}  // namespace

VerifiedBody::VerifiedBody(ByteSource& source, BodyClaims claims, HashHelper* helper)
    : source_(source), claims_(std::move(claims)), helper_(helper) {}

std::optional<uint64_t> VerifiedBody::size() const {
    return claims_.chunked ? claims_.decoded_bytes : source_.size();
}

// At the first read: most requests have no body, and need none of this.
void VerifiedBody::start() {
    started_ = true;
    md5_.emplace(Digest::Kind::kMd5);
    if (claims_.sha256) sha256_.emplace(Digest::Kind::kSha256);
    for (const BodyClaims::Checksum& checksum : claims_.checksums) {
        digests_.emplace_back(checksum.kind);
    }
    const auto compute = [&](Digest::Kind kind) {
        const bool known = std::any_of(digests_.begin(), digests_.end(),
                                       [&](const Digest& digest) { return digest.kind() == kind; });
        if (!known) digests_.emplace_back(kind);
    };
    for (const std::string& trailer : claims_.trailers) compute(*checksum_header(trailer));
    if (wanted_) compute(*wanted_);
    if (!claims_.chunked) return;
    decoder_.emplace(AwsChunkedDecoder::Options{claims_.signer, claims_.decoded_bytes,
                                                claims_.with_trailer, claims_.trailers});
    raw_.resize(kRawBytes);
}

void VerifiedBody::digest(Bytes piece) {
    payload_bytes_ += piece.size();
    const auto others = [&] {
        if (sha256_) sha256_->update(piece);
        for (Digest& digest : digests_) digest.update(piece);
    };
    const bool share =
        helper_ != nullptr && piece.size() >= kWorthHelpBytes && (sha256_ || !digests_.empty());
    std::binary_semaphore done(0);
    if (share) {
        const HashHelper::Ticket ticket = helper_->start(done, others);
        md5_->update(piece);
    } else {
        md5_->update(piece);
        others();
    }
}

Task<Outcome<size_t>> VerifiedBody::read(MutableBytes buffer) {
    if (finished_ || buffer.empty()) co_return size_t{0};
    if (!started_) start();
    Outcome<size_t> got = size_t{0};
    if (claims_.chunked) {
        got = co_await read_chunked(buffer);
    } else {
        got = co_await read_plain(buffer);
    }
    if (!got.ok() || got.value() > 0) co_return got;
    finished_ = true;
    const Outcome<> right = finish();
    if (!right.ok()) co_return right.error();
    co_return size_t{0};
}

// Fills the buffer, so that drives get large pieces, and hashes what has come while the rest is on its way.
Task<Outcome<size_t>> VerifiedBody::read_plain(MutableBytes buffer) {
    size_t filled = 0;
    while (filled < buffer.size()) {
        const MutableBytes room =
            buffer.subspan(filled, std::min(buffer.size() - filled, kHashedAtOnceBytes));
        const Outcome<size_t> got = co_await source_.read(room);
        if (!got.ok()) co_return got.error();
        if (got.value() == 0) break;
        digest(room.first(got.value()));
        filled += got.value();
    }
    co_return filled;
}

// Decodes into the buffer until it is full or the body ends.
Task<Outcome<size_t>> VerifiedBody::read_chunked(MutableBytes buffer) {
    size_t filled = 0;
    while (true) {
        while (raw_at_ < raw_end_ && filled < buffer.size() && !decoder_->done()) {
            const size_t most = std::min(raw_end_ - raw_at_, buffer.size() - filled);
            const Bytes input = Bytes(raw_).subspan(raw_at_, most);
            const Outcome<AwsChunkedDecoder::Step> step = decoder_->decode(input);
            if (!step.ok()) co_return step.error();
            raw_at_ += step.value().consumed;
            const Bytes payload = step.value().payload;
            std::copy(payload.begin(), payload.end(),
                      buffer.begin() + static_cast<ptrdiff_t>(filled));
            filled += payload.size();
        }
        if (filled == buffer.size() || (decoder_->done() && filled > 0)) break;
        if (decoder_->done() && raw_at_ < raw_end_) {
            co_return Error("InvalidRequest", "The aws-chunked body goes on after its end");
        }
        const Outcome<size_t> got = co_await source_.read(raw_);
        if (!got.ok()) co_return got.error();
        raw_at_ = 0;
        raw_end_ = got.value();
        if (raw_end_ > 0) continue;
        if (decoder_->done()) break;
        co_return Error("IncompleteBody", "The aws-chunked body ends too early");
    }
    digest(buffer.first(filled));
    co_return filled;
}

Outcome<> VerifiedBody::compare(Digest::Kind kind, const std::string& computed) const {
    std::optional<std::string> said;
    for (const BodyClaims::Checksum& checksum : claims_.checksums) {
        if (checksum.kind == kind) said = checksum.value;
    }
    const std::string* trailer = decoder_ ? decoder_->trailers().find(header_of(kind)) : nullptr;
    if (trailer != nullptr) {
        Outcome<std::string> parsed = parse_checksum(kind, *trailer);
        if (!parsed.ok()) return parsed.error();
        if (said && *said != parsed.value()) return Error("BadDigest");
        said = std::move(parsed).value();
    }
    if (!said || *said == computed) return Nothing{};
    return Error("BadDigest", "The " + std::string(Digest::name_of(kind)) +
                                  " you specified did not match the calculated checksum.");
}

Outcome<> VerifiedBody::finish() {
    const std::string md5 = md5_->finish();
    md5_hex_ = hex(md5);
    if (claims_.md5 && *claims_.md5 != md5) {
        return Error("BadDigest", "The Content-MD5 you specified did not match what we received.")
            .with("ExpectedDigest", base64(*claims_.md5))
            .with("CalculatedDigest", base64(md5));
    }
    if (sha256_) {
        const std::string computed = hex(sha256_->finish());
        if (computed != *claims_.sha256) {
            return Error("XAmzContentSHA256Mismatch")
                .with("ClientComputedContentSHA256", *claims_.sha256)
                .with("S3ComputedContentSHA256", computed);
        }
    }
    for (Digest& digest : digests_) {
        const std::string computed = digest.finish();
        const Outcome<> right = compare(digest.kind(), computed);
        if (!right.ok()) return right;
        checksums_.emplace_back(Digest::name_of(digest.kind()), base64(computed));
    }
    return Nothing{};
}

}  // namespace csd::airmos
