// SPDX-License-Identifier: BSD-3-Clause
//
// Fields of a request, and a body read whole. Tested by exchange_test.cc.
#include "airmos/core/exchange.hpp"

#include <algorithm>

namespace csd::airmos {

void Fields::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void Fields::set(std::string name, std::string value) {
    std::erase_if(fields_, [&](const auto& field) { return field.first == name; });
    add(std::move(name), std::move(value));
}

const std::string* Fields::find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const auto& field) { return field.first == name; });
    return found == fields_.end() ? nullptr : &found->second;
}

std::string_view Fields::get(std::string_view name) const {
    const std::string* value = find(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

Task<Outcome<std::string>> RequestBody::read_all(size_t most) {
    if (size().value_or(0) > most) co_return Error("EntityTooLarge");
    std::string all;
    // One byte more than allowed, so that a body of exactly `most` is told from a longer one.
    const size_t piece_bytes = std::min<size_t>(most + 1, 64 * kKiB);
    while (true) {
        const size_t at = all.size();
        all.resize(at + std::min(piece_bytes, most + 1 - at));
        const MutableBytes room(reinterpret_cast<uint8_t*>(all.data()) + at, all.size() - at);
        Outcome<size_t> got = co_await read(room);
        if (!got.ok()) co_return got.error();
        all.resize(at + got.value());
        if (got.value() == 0) co_return all;
        if (all.size() > most) co_return Error("EntityTooLarge");
    }
}

}  // namespace csd::airmos
