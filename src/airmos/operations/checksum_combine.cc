// SPDX-License-Identifier: BSD-3-Clause
//
// ETags and checksums of multipart objects. Tested by checksum_combine_test.cc.
#include "airmos/operations/checksum_combine.hpp"

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {
namespace {

// A CRC whose bits are reflected: bit `width - 1` is x to the power of 0, bit 0 the highest power.
struct Ring {
    unsigned width;
    uint64_t polynomial;  // reflected

    uint64_t one() const { return uint64_t{1} << (width - 1); }

    uint64_t times_x(uint64_t a) const { return (a & 1) ? (a >> 1) ^ polynomial : a >> 1; }

    uint64_t multiply(uint64_t a, uint64_t b) const {
        uint64_t product = 0;
        for (uint64_t power = one(); power != 0; power >>= 1) {
            if (a & power) product ^= b;
            b = times_x(b);
        }
        return product;
    }

    // x to the power of 8 times `bytes`.
    uint64_t shift_of(uint64_t bytes) const {
        uint64_t square = one(), result = one();
        for (int i = 0; i < 8; i++) square = times_x(square);
        for (; bytes != 0; bytes >>= 1) {
            if (bytes & 1) result = multiply(result, square);
            square = multiply(square, square);
        }
        return result;
    }
};

std::optional<Ring> ring_of(std::string_view algorithm) {
    if (algorithm == "CRC32") return Ring{32, 0xEDB88320};
    if (algorithm == "CRC32C") return Ring{32, 0x82F63B78};
    if (algorithm == "CRC64NVME") return Ring{64, 0x9A6C9329AC4BC9B5};
    return std::nullopt;
}

uint64_t from_big_endian(std::string_view bytes) {
    uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::string to_big_endian(uint64_t value, size_t bytes) {
    std::string out(bytes, '\0');
    for (size_t i = bytes; i-- > 0; value >>= 8) out[i] = static_cast<char>(value & 0xFF);
    return out;
}

std::optional<std::string> raw_checksum(const Part& part, std::string_view algorithm) {
    for (const Checksum& one : part.checksums) {
        if (one.algorithm == algorithm) return from_base64(one.value);
    }
    return std::nullopt;
}

std::optional<Checksum> combined(std::string_view algorithm, const std::vector<Part>& parts) {
    const auto ring = ring_of(algorithm);
    if (!ring) return std::nullopt;
    uint64_t crc = 0;
    for (const Part& part : parts) {
        const auto raw = raw_checksum(part, algorithm);
        if (!raw || raw->size() != ring->width / 8) return std::nullopt;
        crc = ring->multiply(crc, ring->shift_of(part.size)) ^ from_big_endian(*raw);
    }
    return Checksum{std::string(algorithm), base64(to_big_endian(crc, ring->width / 8)), false};
}

std::optional<Checksum> composed(std::string_view algorithm, const std::vector<Part>& parts) {
    const auto kind = Digest::checksum_of(algorithm);
    if (!kind) return std::nullopt;
    Digest digest(*kind);
    for (const Part& part : parts) {
        const auto raw = raw_checksum(part, algorithm);
        if (!raw) return std::nullopt;
        digest.update(as_bytes(*raw));
    }
    return Checksum{std::string(algorithm),
                    base64(digest.finish()) + "-" + std::to_string(parts.size()), true};
}

}  // namespace

std::optional<std::string> multipart_etag(const std::vector<Part>& parts) {
    Digest md5(Digest::Kind::kMd5);
    for (const Part& part : parts) {
        const auto raw = from_hex(part.etag);
        if (!raw || raw->size() != 16) return std::nullopt;
        md5.update(as_bytes(*raw));
    }
    return hex(md5.finish()) + "-" + std::to_string(parts.size());
}

std::optional<Checksum> multipart_checksum(std::string_view algorithm, bool full_object,
                                           const std::vector<Part>& parts) {
    return full_object ? combined(algorithm, parts) : composed(algorithm, parts);
}

}  // namespace csd::airmos::ops
