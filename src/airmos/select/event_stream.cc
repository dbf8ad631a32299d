// SPDX-License-Identifier: BSD-3-Clause
// Tested by event_stream_test.cc.
#include "airmos/select/event_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace csd::airmos::select {

namespace {

constexpr size_t kPreludeBytes = 12;  // two lengths and their CRC
constexpr size_t kCrcBytes = 4;
constexpr char kStringType = 7;
constexpr size_t kMostHeaderBytes = 4096;  // of one value; longer messages are cut

using Header = std::pair<std::string_view, std::string_view>;

void append_u32(std::string& out, size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

size_t crc_of(std::string_view bytes) {
    return crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

void append_message(std::string& out, std::initializer_list<Header> headers,
                    std::string_view payload) {
    std::string packed;
    for (auto [name, value] : headers) {
        packed += static_cast<char>(name.size());
        packed += name;
        packed += kStringType;
        packed += static_cast<char>(value.size() >> 8);
        packed += static_cast<char>(value.size() & 0xFF);
        packed += value;
    }
    const size_t begin = out.size();
    append_u32(out, kPreludeBytes + packed.size() + payload.size() + kCrcBytes);
    append_u32(out, packed.size());
    append_u32(out, crc_of(std::string_view(out).substr(begin)));
    out += packed;
    out += payload;
    append_u32(out, crc_of(std::string_view(out).substr(begin)));
}

std::string counters_message(std::string_view event, const Counters& counters) {
    const std::string name(event);
    const std::string xml = "<" + name + "><BytesScanned>" + std::to_string(counters.scanned) +
                            "</BytesScanned><BytesProcessed>" + std::to_string(counters.processed) +
                            "</BytesProcessed><BytesReturned>" + std::to_string(counters.returned) +
                            "</BytesReturned></" + name + ">";
    std::string out;
    append_message(
        out, {{":message-type", "event"}, {":event-type", event}, {":content-type", "text/xml"}},
        xml);
    return out;
}

// Not in the middle of a UTF-8 character.
std::string_view cut(std::string_view text) {
    if (text.size() <= kMostHeaderBytes) return text;
    size_t end = kMostHeaderBytes;
    while (end > 0 && (text[end] & 0xC0) == 0x80) end--;
    return text.substr(0, end);
}

}  // namespace

std::string records_message(Bytes payload) {
    std::string_view rest = as_text(payload);
    std::string out;
    while (!rest.empty()) {
        const std::string_view piece = rest.substr(0, kMostRecordsBytes);
        append_message(out,
                       {{":message-type", "event"},
                        {":event-type", "Records"},
                        {":content-type", "application/octet-stream"}},
                       piece);
        rest.remove_prefix(piece.size());
    }
    return out;
}

std::string continuation_message() {
    std::string out;
    append_message(out, {{":message-type", "event"}, {":event-type", "Cont"}}, {});
    return out;
}

std::string progress_message(const Counters& counters) {
    return counters_message("Progress", counters);
}

std::string stats_message(const Counters& counters) {
    return counters_message("Stats", counters);
}

std::string end_message() {
    std::string out;
    append_message(out, {{":message-type", "event"}, {":event-type", "End"}}, {});
    return out;
}

std::string error_message(std::string_view code, std::string_view message) {
    std::string out;
    append_message(
        out,
        {{":message-type", "error"}, {":error-code", cut(code)}, {":error-message", cut(message)}},
        {});
    return out;
}

std::string error_message(const Error& error) {
    return error_message(error.code(), error.message());
}

}  // namespace csd::airmos::select
