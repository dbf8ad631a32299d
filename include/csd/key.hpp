// SPDX-License-Identifier: BSD-3-Clause
//
// Key: 0 to 16 raw bytes, ordered bytewise, a shorter key before a longer one that begins with it.
//
// That is the order of List, and because a file is named by the upper-case hex of its key, also the
// order of the file names. The empty key exists only as "from the start" of a listing.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "csd/bytes.hpp"

namespace csd {

class Key {
  public:
    static constexpr size_t kMaxBytes = 16;

    Key() = default;

    // Nothing when the bytes are more than 16.
    static std::optional<Key> from_bytes(Bytes bytes);
    static std::optional<Key> from_text(std::string_view text) {
        return from_bytes(as_bytes(text));
    }
    // Nothing unless the text is 2 to 32 upper-case hexadecimal digits, an even number of them:
    // exactly what file_name() writes, so that one key has one name.
    static std::optional<Key> from_file_name(std::string_view name);

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const uint8_t* data() const { return bytes_.data(); }
    Bytes bytes() const { return {bytes_.data(), size_}; }
    uint8_t operator[](size_t i) const { return bytes_[i]; }

    // Upper-case hexadecimal, two digits a byte: the name of the value's file.
    std::string file_name() const;

    bool starts_with(const Key& prefix) const {
        return prefix.size_ <= size_ && std::memcmp(data(), prefix.data(), prefix.size_) == 0;
    }

    // Unused bytes are always zero, so equality and order need no loop over the size.
    friend bool operator==(const Key& a, const Key& b) {
        return a.size_ == b.size_ && a.bytes_ == b.bytes_;
    }
    friend std::strong_ordering operator<=>(const Key& a, const Key& b) {
        int order = std::memcmp(a.data(), b.data(), kMaxBytes);
        return order != 0 ? order <=> 0 : a.size_ <=> b.size_;
    }

  private:
    std::array<uint8_t, kMaxBytes> bytes_{};
    uint8_t size_ = 0;
};

struct KeyHash {
    size_t operator()(const Key& key) const;
};

}  // namespace csd
