// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive holds, told so that a torn value cannot hide: every value is a run of pieces, each of
// them bytes that follow from a seed, behind a head that names seed and length.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "csd/key.hpp"

namespace csd::crash {

struct Piece {
    uint64_t seed = 0;
    uint32_t bytes = 0;
    bool is_table = false;  // CSV instead, for selects: `bytes` is then the number of rows

    friend bool operator==(const Piece&, const Piece&) = default;
};
using Content = std::vector<Piece>;
using Value = std::optional<Content>;  // nothing: the key is absent

std::string bytes_of(const Piece& piece);
std::string bytes_of(const Content& content);
uint64_t size_of(const Content& content);

// Keys are numbers here. The last ones are special.
inline constexpr int kKeys = 24;
inline constexpr int kTableKey = kKeys;       // holds a table where there are selects
inline constexpr int kEdnek = kTableKey + 1;  // no key: Feature 20h, which is present or absent
inline constexpr int kPlaces = kEdnek + 1;
Key key_of(int place);

using State = std::array<Value, kPlaces>;
// A change of some places, all of them or none.
using Delta = std::map<int, Value>;

void apply_delta(const Delta& delta, State& state);

}  // namespace csd::crash
