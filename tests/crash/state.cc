// SPDX-License-Identifier: BSD-3-Clause
#include "crash/state.hpp"

#include <cstdio>
#include <cstring>

namespace csd::crash {

static std::string table_of(const Piece& piece) {
    std::string csv = "a,b\n";
    for (uint32_t row = 0; row < piece.bytes; row++) csv += std::to_string(row) + ",text\n";
    return csv;
}

std::string bytes_of(const Piece& piece) {
    if (piece.is_table) return table_of(piece);
    std::string bytes(piece.bytes, '\0');
    char head[40];
    const int length = std::snprintf(head, sizeof head, "[%016llx %8u]",
                                     static_cast<unsigned long long>(piece.seed), piece.bytes);
    uint64_t word = piece.seed;
    for (size_t at = 0; at < bytes.size(); at += sizeof word) {
        word = word * 6364136223846793005u + 1442695040888963407u;
        const uint64_t mixed = word ^ (word >> 29);
        std::memcpy(bytes.data() + at, &mixed, std::min(sizeof mixed, bytes.size() - at));
    }
    std::memcpy(bytes.data(), head, std::min<size_t>(static_cast<size_t>(length), bytes.size()));
    return bytes;
}

std::string bytes_of(const Content& content) {
    std::string bytes;
    for (const Piece& piece : content) bytes += bytes_of(piece);
    return bytes;
}

uint64_t size_of(const Content& content) {
    uint64_t size = 0;
    for (const Piece& piece : content) {
        size += piece.is_table ? table_of(piece).size() : piece.bytes;
    }
    return size;
}

// Of 2 to 16 bytes, so that names of every length lie side by side.
Key key_of(int place) {
    std::string text = "k" + std::string(1, static_cast<char>('a' + place));
    text.append(static_cast<size_t>(place % 15), '.');
    return *Key::from_text(text);
}

void apply_delta(const Delta& delta, State& state) {
    for (const auto& [place, value] : delta) state[static_cast<size_t>(place)] = value;
}

}  // namespace csd::crash
