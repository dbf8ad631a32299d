// SPDX-License-Identifier: BSD-3-Clause
//
// Reads messages of the event stream back, for the tests. It believes nothing: a length or CRC that is wrong ends it.
#pragma once

#include <zlib.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace csd::airmos::select {

struct Message {
    std::map<std::string, std::string> headers;
    std::string payload;
};

class EventStreamDecoder {
  public:
    explicit EventStreamDecoder(std::string_view bytes) : rest_(bytes) {}

    bool at_end() const { return rest_.empty(); }

    // Nothing: the bytes are no message.
    std::optional<Message> next() {
        if (rest_.size() < 16) return {};
        const uint32_t total = number(rest_), header_bytes = number(rest_.substr(4));
        if (total < 16 || total > rest_.size() || header_bytes > total - 16) return {};
        if (number(rest_.substr(8)) != crc(rest_.substr(0, 8)) ||
            number(rest_.substr(total - 4)) != crc(rest_.substr(0, total - 4)))
            return {};
        Message message;
        std::string_view headers = rest_.substr(12, header_bytes);
        while (!headers.empty()) {
            const auto name = take(headers, 1);
            if (!name || headers.empty() || headers[0] != 7) return {};
            headers.remove_prefix(1);
            const auto value = take(headers, 2);
            if (!value) return {};
            message.headers[*name] = *value;
        }
        message.payload = rest_.substr(12 + header_bytes, total - header_bytes - 16);
        rest_.remove_prefix(total);
        return message;
    }

  private:
    static uint32_t number(std::string_view bytes, size_t count = 4) {
        uint32_t value = 0;
        for (size_t i = 0; i < count; i++)
            value = value << 8 | static_cast<unsigned char>(bytes[i]);
        return value;
    }
    static uint32_t crc(std::string_view bytes) {
        return static_cast<uint32_t>(
            crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    }
    // A string behind its length of so many bytes.
    static std::optional<std::string> take(std::string_view& bytes, size_t length_bytes) {
        if (bytes.size() < length_bytes) return {};
        const size_t length = number(bytes, length_bytes);
        if (bytes.size() - length_bytes < length) return {};
        std::string text(bytes.substr(length_bytes, length));
        bytes.remove_prefix(length_bytes + length);
        return text;
    }

    std::string_view rest_;
};

}  // namespace csd::airmos::select
