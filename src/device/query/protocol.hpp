// SPDX-License-Identifier: BSD-3-Clause
//
// What the engine, the launcher and a worker say to each other, over SOCK_SEQPACKET sockets:
//
//     engine -> launcher   Config, once; then an Order each time
//     launcher -> engine   Hired, with the worker's socket and its pidfd; or the reason why not
//     engine -> worker     Task, options, SQL, with the object and the empty result file
//     worker -> engine     Answer and a sentence, once
//
// One host, one build: plain structures travel. The engine trusts the launcher and nothing that a
// worker says. Tested by query_test.cc.
#pragma once

#include <cstdint>

namespace csd::query {

inline constexpr int kControlFd = 3;  // of the launcher: its end of the socket to the engine
inline constexpr uint32_t kMaxAnswerText = 1024;
inline constexpr uint32_t kMaxOptionBytes = 4096;
// A query of a smaller value has one thread: more would cost it more than they give.
inline constexpr uint64_t kSmallValueBytes = 4 * 1024 * 1024;
inline constexpr uint32_t kMaxTaskText = 1024 * 1024;  // options and SQL, whatever Options say

struct Config {
    uint64_t memory_bytes = 0;
    uint64_t result_bytes = 0;
    uint32_t threads = 0;
    uint32_t sql_bytes = 0;
    uint32_t allow_without_landlock = 0;
};

struct Order {
    enum class Kind : uint32_t { kHire, kDemote };
    Kind kind = Kind::kHire;
    int32_t pid = 0;  // whom to move to the idle scheduling class
};

struct Hired {
    int32_t pid = 0;        // 0: no worker, `reason` says why
    char reason[512] = {};  // a sentence
};

struct Task {
    uint64_t value_bytes = 0;
    uint32_t option_bytes = 0;
    uint32_t sql_bytes = 0;
    uint8_t input = 0;   // nvme::DataFormat
    uint8_t output = 0;  // nvme::DataFormat
    uint8_t input_header = 0;
    uint8_t output_header = 0;
};

struct Answer {
    uint32_t code = 0;  // csd::Code
    uint32_t text_bytes = 0;
    uint16_t reason = 0;  // nvme::ReasonCode, and the other fields of nvme::QueryReason
    uint16_t place_bytes = 0;
    uint32_t position = 0;  // UINT32_MAX: none
    uint32_t subject_offset = 0;
    uint32_t subject_bytes = 0;
    uint64_t record = 0;
};

}  // namespace csd::query
