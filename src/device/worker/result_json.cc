// SPDX-License-Identifier: BSD-3-Clause
// Tested by result_json_test.cc.
#include "device/worker/result_json.hpp"

#include <cstring>

namespace csd::worker {

namespace {

constexpr std::string_view kNan = "NaN", kInfinity = "Infinity", kMinusInfinity = "-Infinity";

// Outside strings these words can be nothing else.
size_t word_bytes(std::string_view rest) {
    for (std::string_view word : {kNan, kInfinity, kMinusInfinity})
        if (rest.starts_with(word)) return word.size();
    return 0;
}

}  // namespace

size_t find_bare_number_word(std::string_view json, size_t from) {
    size_t at = from;
    while (at < json.size()) {
        char c = json[at];
        if (c == '"') {
            // To the closing quote; memchr is much faster than looking at each byte.
            for (at++; at < json.size(); at++) {
                const void* found = std::memchr(json.data() + at, '"', json.size() - at);
                if (found == nullptr) return std::string_view::npos;
                size_t quote = static_cast<size_t>(static_cast<const char*>(found) - json.data());
                size_t slashes = 0;
                while (quote - slashes > at && json[quote - slashes - 1] == '\\') slashes++;
                at = quote;
                if (slashes % 2 == 0) break;
            }
            at++;
            continue;
        }
        if ((c == 'N' || c == 'I' || c == '-') && word_bytes(json.substr(at)) > 0) return at;
        at++;
    }
    return std::string_view::npos;
}

Status replace_number_words(std::string_view json,
                            const std::function<Status(std::string_view)>& write) {
    size_t done = 0;
    while (true) {
        size_t at = find_bare_number_word(json, done);
        Status written = write(json.substr(done, at - done));
        if (!written.ok() || at == std::string_view::npos) return written;
        written = write("null");
        if (!written.ok()) return written;
        done = at + word_bytes(json.substr(at));
    }
}

}  // namespace csd::worker
