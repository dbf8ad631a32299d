// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by digest_test.cc.
#include "airmos/core/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cassert>
#include <new>

#include "airmos/core/crc.hpp"

namespace csd::airmos {
namespace {

struct Known {
    std::string_view name;
    size_t bytes;
};
constexpr std::array<Known, 6> kKnown = {
    {{"MD5", 16}, {"SHA1", 20}, {"SHA256", 32}, {"CRC32", 4}, {"CRC32C", 4}, {"CRC64NVME", 8}}};

// Fetched once and kept to the end of the process: OpenSSL's search for it costs more than hashing a small request.
const EVP_MD* implementation_of(Digest::Kind kind) {
    static const std::array<const EVP_MD*, 3> kFetched = {EVP_MD_fetch(nullptr, "MD5", nullptr),
                                                          EVP_MD_fetch(nullptr, "SHA1", nullptr),
                                                          EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    const EVP_MD* implementation = kFetched.at(static_cast<size_t>(kind));
    assert(implementation != nullptr && "this OpenSSL lacks a hash that S3 needs");
    return implementation;
}

bool is_hash(Digest::Kind kind) {
    return kind <= Digest::Kind::kSha256;
}

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Digest::Digest(Kind kind) : kind_(kind) {
    if (is_hash(kind)) {
        context_.reset(EVP_MD_CTX_new());
        if (!context_) throw std::bad_alloc();
    }
    start();
}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::start() {
    crc_ = 0;
    if (context_) EVP_DigestInit_ex2(context_.get(), implementation_of(kind_), nullptr);
}

void Digest::update(Bytes piece) {
    switch (kind_) {
        case Kind::kCrc32: crc_ = crc32(static_cast<uint32_t>(crc_), piece); break;
        case Kind::kCrc32c: crc_ = crc32c(static_cast<uint32_t>(crc_), piece); break;
        case Kind::kCrc64nvme: crc_ = crc64nvme(crc_, piece); break;
        case Kind::kMd5:
        case Kind::kSha1:
        case Kind::kSha256: EVP_DigestUpdate(context_.get(), piece.data(), piece.size()); break;
    }
}

std::string Digest::finish() {
    std::string raw(bytes_of(kind_), '\0');
    if (context_) {
        EVP_DigestFinal_ex(context_.get(), reinterpret_cast<uint8_t*>(raw.data()), nullptr);
    } else {
        for (size_t i = 0; i < raw.size(); i++) {
            raw[i] = static_cast<char>(crc_ >> (8 * (raw.size() - 1 - i)));
        }
    }
    start();
    return raw;
}

std::optional<Digest::Kind> Digest::checksum_of(std::string_view name) {
    for (size_t i = 1; i < kKnown.size(); i++) {
        if (kKnown[i].name == name) return static_cast<Kind>(i);
    }
    return std::nullopt;
}
std::string_view Digest::name_of(Kind kind) {
    return kKnown.at(static_cast<size_t>(kind)).name;
}
size_t Digest::bytes_of(Kind kind) {
    return kKnown.at(static_cast<size_t>(kind)).bytes;
}

std::string sha256(Bytes bytes) {
    Digest digest(Digest::Kind::kSha256);
    digest.update(bytes);
    return digest.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    constexpr size_t kBlockBytes = 64;
    std::string inner_key(key.size() > kBlockBytes ? sha256(as_bytes(key)) : std::string(key));
    inner_key.resize(kBlockBytes, '\0');
    std::string outer_key = inner_key;
    for (char& c : inner_key) c = static_cast<char>(c ^ 0x36);
    for (char& c : outer_key) c = static_cast<char>(c ^ 0x5C);

    Digest digest(Digest::Kind::kSha256);
    digest.update(as_bytes(inner_key));
    digest.update(as_bytes(text));
    const std::string inner = digest.finish();
    digest.update(as_bytes(outer_key));
    digest.update(as_bytes(inner));
    return digest.finish();
}

}  // namespace csd::airmos
