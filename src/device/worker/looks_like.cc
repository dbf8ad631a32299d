// SPDX-License-Identifier: BSD-3-Clause
// Tested by looks_like_test.cc.
#include "device/worker/looks_like.hpp"

#include <algorithm>

namespace csd::worker {

namespace {

using namespace std::string_view_literals;

struct Magic {
    std::string_view bytes;
    Look look;
};

constexpr Magic kMagics[] = {
    {"\x1F\x8B"sv, Look::kGzip},  {"BZh"sv, Look::kBzip2},      {"\x28\xB5\x2F\xFD"sv, Look::kZstd},
    {"PAR1"sv, Look::kParquet},   {"PK\x03\x04"sv, Look::kZip}, {"\xFF\xFE"sv, Look::kUtf16},
    {"\xFE\xFF"sv, Look::kUtf16}, {"<?xml"sv, Look::kXml},
};

// Text of Latin letters in UTF-16 without a mark has a NUL in every second byte.
bool is_utf16_without_mark(std::string_view front) {
    size_t nuls[2] = {0, 0};
    const size_t bytes = std::min<size_t>(front.size(), 256) & ~size_t{1};
    for (size_t i = 0; i < bytes; i++)
        if (front[i] == 0) nuls[i % 2]++;
    const size_t most = std::max(nuls[0], nuls[1]), least = std::min(nuls[0], nuls[1]);
    return bytes >= 4 && least == 0 && most * 2 > bytes / 2;
}

}  // namespace

Look look_of(std::string_view front) {
    if (front.empty()) return Look::kNothing;
    for (const Magic& magic : kMagics)
        if (front.starts_with(magic.bytes)) return magic.look;
    if (is_utf16_without_mark(front)) return Look::kUtf16;
    if (front.starts_with("\xEF\xBB\xBF")) front.remove_prefix(3);
    const auto controls = std::count_if(front.begin(), front.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r' &&
               c != '\f' && c != '\x1B';
    });
    if (static_cast<size_t>(controls) * 20 > front.size()) return Look::kBinary;
    const size_t begin = front.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return Look::kText;
    front.remove_prefix(begin);
    const size_t next = front.find_first_not_of(" \t\r\n", 1);
    const char second = next == std::string_view::npos ? 0 : front[next];
    if (front[0] == '{' && (second == '"' || second == '}')) return Look::kJson;
    if (front[0] == '[' && (second == '{' || second == '[' || second == '"' || second == ']'))
        return Look::kJson;
    return Look::kText;
}

std::string_view name_of(Look look) {
    switch (look) {
        case Look::kNothing: return "nothing";
        case Look::kGzip: return "gzip data";
        case Look::kBzip2: return "bzip2 data";
        case Look::kZstd: return "zstd data";
        case Look::kParquet: return "Parquet";
        case Look::kUtf16: return "UTF-16 text";
        case Look::kJson: return "JSON";
        case Look::kXml: return "XML";
        case Look::kZip: return "a ZIP archive";
        case Look::kBinary: return "binary data";
        case Look::kText: return "CSV or other text";
    }
    return "data";
}

std::string_view advice_of(Look look) {
    switch (look) {
        case Look::kNothing: return "store the value first";
        case Look::kGzip: return "give the option compression=gzip";
        case Look::kBzip2: return "give the option compression=bzip2";
        case Look::kZstd: return "give the option compression=zstd";
        case Look::kParquet: return "give the input format Parquet (kvcli: --input parquet)";
        case Look::kUtf16: return "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)";
        case Look::kJson: return "give the input format JSON (kvcli: --input json)";
        case Look::kText: return "give the input format CSV (kvcli: --input csv)";
        case Look::kXml:
        case Look::kZip:
        case Look::kBinary: break;
    }
    return "convert it to CSV, JSON or Parquet, which are what the drive reads";
}

std::optional<size_t> first_not_utf8(std::string_view text, bool whole) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    for (size_t at = 0; at < text.size();) {
        const unsigned char first = byte(at);
        const size_t bytes = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first >= 0x80 && (first < 0xC2 || first > 0xF4)) return at;
        for (size_t i = 1; i < bytes; i++) {
            if (at + i >= text.size()) return whole ? std::optional(at) : std::nullopt;
            if ((byte(at + i) & 0xC0) != 0x80) return at;
        }
        // Overlong, a surrogate, or beyond Unicode: the second byte tells.
        if (bytes > 2) {
            const unsigned char second = byte(at + 1);
            if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
                return at;
        }
        at += bytes;
    }
    return std::nullopt;
}

}  // namespace csd::worker
