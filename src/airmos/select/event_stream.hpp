// SPDX-License-Identifier: BSD-3-Clause
//
// The event stream: how S3 answers SelectObjectContent, a sequence of framed messages in one HTTP body.
//
//     co_await exchange.write(as_bytes(records_message(piece)));          // any number, any cut of the answer
//     co_await exchange.write(as_bytes(stats_message(counters)));
//     co_await exchange.write(as_bytes(end_message()));                   // without it the request has failed
//
// A message, all numbers big-endian:
//
//     u32 total bytes | u32 header bytes | u32 CRC32 of these 8 | headers | payload | u32 CRC32 of all before
//
// and a header: u8 name length, name, u8 type (7, a string), u16 value length, value. The CRC32 is gzip's. From the
// S3 API reference, "SelectObjectContent", and the AWS event stream encoding.
//
// Units      bytes. A function returns whole messages, ready to be sent.
// Threads    pure.
// Tested by event_stream_test.cc and, with the parsers of real clients, by tests/airmos.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "airmos/core/error.hpp"
#include "base/bytes.hpp"

namespace csd::airmos::select {

// Longest payload of one Records message; clients buffer a message whole.
constexpr size_t kMostRecordsBytes = 128 * 1024;

// Of one select. For a value that is not compressed scanned and processed are the same.
struct Counters {
    uint64_t scanned = 0;    // bytes of the object that were read, in the drive
    uint64_t processed = 0;  // bytes of them after decompression
    uint64_t returned = 0;   // bytes of records sent to the client
};

// A part of the answer. A payload longer than kMostRecordsBytes becomes several messages, an empty one none.
std::string records_message(Bytes payload);
// Says that the query still runs, so that the client does not give up.
std::string continuation_message();
// Where the query is, if the request asked for it (RequestProgress).
std::string progress_message(const Counters& counters);
// What the query cost; once, before the end.
std::string stats_message(const Counters& counters);
// Always the last of a select that went well.
std::string end_message();
// The last of one that failed after the head of the answer was sent.
std::string error_message(std::string_view code, std::string_view message);
std::string error_message(const Error& error);

}  // namespace csd::airmos::select
