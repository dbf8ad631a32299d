// SPDX-License-Identifier: BSD-3-Clause
// Tested by key_test.cc.
#include "csd/key.hpp"

#include <algorithm>

namespace csd {

std::optional<Key> Key::from_bytes(Bytes bytes) {
    if (bytes.size() > kMaxBytes) return std::nullopt;
    Key key;
    std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
    key.size_ = static_cast<uint8_t>(bytes.size());
    return key;
}

static int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

std::optional<Key> Key::from_file_name(std::string_view name) {
    if (name.empty() || name.size() % 2 != 0 || name.size() > 2 * kMaxBytes) return std::nullopt;
    Key key;
    for (size_t i = 0; i < name.size(); i += 2) {
        const int high = digit_value(name[i]);
        const int low = digit_value(name[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        key.bytes_[i / 2] = static_cast<uint8_t>(high << 4 | low);
    }
    key.size_ = static_cast<uint8_t>(name.size() / 2);
    return key;
}

std::string Key::file_name() const {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string name(2 * static_cast<size_t>(size_), '\0');
    for (size_t i = 0; i < size_; i++) {
        name[2 * i] = kDigits[bytes_[i] >> 4];
        name[2 * i + 1] = kDigits[bytes_[i] & 15];
    }
    return name;
}

size_t KeyHash::operator()(const Key& key) const {
    // Two multiplications with odd constants mix 128 bits well enough for hash tables that hold
    // what one guest stored; nothing here is shared between tenants.
    uint64_t low = 0;
    uint64_t high = 0;
    std::memcpy(&low, key.data(), sizeof low);
    std::memcpy(&high, key.data() + sizeof low, sizeof high);
    uint64_t mixed = low * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 29) ^ high) * 0xD6E8FEB86659FD93u;
    // The size comes last: mixed into the bytes it would let a longer key undo a different first byte.
    return static_cast<size_t>((mixed ^ (mixed >> 32)) + key.size() * 0x9E3779B97F4A7C15u);
}

}  // namespace csd
