// SPDX-License-Identifier: BSD-3-Clause
//
// Limits: how much of anything one client may ask of the server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace csd::airmos {

struct Limits {
    // Of a head; of the names and values of its fields, as S3 counts; and of its target: a name of 1024 bytes needs 3 KiB, a
    // presigned URL a little more.
    size_t head_bytes = 32 * kKiB;
    size_t field_bytes = 8 * kKiB;
    size_t target_bytes = 16 * kKiB;
    // Of one body, as sent: the largest part of S3 and room for the frames of its chunks.
    uint64_t body_bytes = 5 * kGiB + 512 * kMiB;

    size_t connections = 1024;
    std::chrono::seconds idle{75};   // between two requests
    std::chrono::seconds head{20};   // from the first byte of a head to its last
    std::chrono::seconds pause{30};  // of a body, and of an answer that is not taken
    // A body may take this long and the time that it needs at the rate; so that dripping holds no place for ever.
    std::chrono::seconds grace{60};
    uint64_t least_bytes_per_second = 1 * kKiB;
};

}  // namespace csd::airmos
