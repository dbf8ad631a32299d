// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by keys_test.cc.
#include "airmos/keys.hpp"

#include <openssl/rand.h>

#include <array>
#include <string_view>

namespace csd::airmos {
namespace {

constexpr const char* kRecord = "keys";
constexpr size_t kAccessCharacters = 20, kSecretCharacters = 40;  // as AWS has them

// 32 letters, so that each is five random bits and none is taken for another.
std::string random_text(size_t characters) {
    constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    std::array<uint8_t, kSecretCharacters> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(characters));
    std::string text;
    for (size_t i = 0; i < characters; i++) text += kLetters[bytes.at(i) % kLetters.size()];
    return text;
}

}  // namespace

auth::Keys make_keys() {
    return {random_text(kAccessCharacters), random_text(kSecretCharacters)};
}

std::string keys_to_record(const auth::Keys& keys) {
    return keys.access_key + '\n' + keys.secret_key + '\n';
}

std::optional<auth::Keys> keys_of_record(const std::string& record) {
    const size_t first = record.find('\n');
    if (first == std::string::npos || first == 0) return std::nullopt;
    const size_t second = record.find('\n', first + 1);
    if (second != record.size() - 1 || second == first + 1) return std::nullopt;
    return auth::Keys{record.substr(0, first), record.substr(first + 1, second - first - 1)};
}

Task<Outcome<auth::Keys>> kept_keys(Objects& objects) {
    const std::string name = kRecord;
    Outcome<std::optional<std::string>> record = co_await objects.node_record(name);
    if (!record.ok()) co_return record.error();
    if (record.value()) {
        std::optional<auth::Keys> keys = keys_of_record(*record.value());
        if (!keys) {
            co_return Error("InternalError",
                            "the keys on the first drive are damaged; set "
                            "AIRMOS_ACCESS_KEY and AIRMOS_SECRET_KEY");
        }
        co_return std::move(*keys);
    }
    auth::Keys keys = make_keys();
    const std::string text = keys_to_record(keys);
    const Outcome<> kept = co_await objects.set_node_record(name, text);
    if (!kept.ok()) co_return kept.error();
    co_return keys;
}

}  // namespace csd::airmos
