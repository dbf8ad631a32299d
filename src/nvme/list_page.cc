// SPDX-License-Identifier: BSD-3-Clause
// Tested by list_page_test.cc.
#include "nvme/list_page.hpp"

#include <algorithm>
#include <cassert>

namespace csd::nvme {
namespace {

constexpr size_t kCountBytes = sizeof(uint32_t);
constexpr size_t kLengthBytes = sizeof(uint16_t);

constexpr size_t round_up_to_4(size_t bytes) {
    return (bytes + 3) / 4 * 4;
}

Status bad_list(const char* what) {
    return {Code::kInvalidField, std::string("key list: ") + what};
}

}  // namespace

size_t list_entry_bytes(size_t key_bytes, Dialect dialect) {
    return dialect == Dialect::k2023 ? kLengthBytes + round_up_to_4(key_bytes)
                                     : round_up_to_4(kLengthBytes + key_bytes);
}

ListWriter::ListWriter(MutableBytes page, Dialect dialect) : page_(page), dialect_(dialect) {
    assert(page.size() >= kCountBytes && "decode refuses a List with less");
}

bool ListWriter::add(const Key& key) {
    assert(!key.empty() && "no value has the empty key");
    const size_t entry_bytes = list_entry_bytes(key.size(), dialect_);
    if (entry_bytes > page_.size() - used_) return false;
    const MutableBytes entry = page_.subspan(used_, entry_bytes);
    store_le<uint16_t>(entry, 0, static_cast<uint16_t>(key.size()));
    std::copy_n(key.data(), key.size(), entry.begin() + kLengthBytes);
    std::fill(entry.begin() + kLengthBytes + key.size(), entry.end(), uint8_t{0});
    used_ += entry_bytes;
    count_++;
    return true;
}

size_t ListWriter::finish() {
    store_le<uint32_t>(page_, 0, count_);
    return used_;
}

Result<std::vector<Key>> parse_key_list(Bytes page, Dialect dialect) {
    if (page.size() < kCountBytes) return bad_list("no room for the count");
    const uint32_t count = load_le<uint32_t>(page, 0);
    // The smallest entry is four bytes in the one dialect and six in the other, so a count that
    // lies is found before memory is set aside for it.
    if (count > (page.size() - kCountBytes) / list_entry_bytes(1, dialect)) {
        return bad_list("the count is larger than the list");
    }
    std::vector<Key> keys;
    keys.reserve(count);
    Bytes rest = page.subspan(kCountBytes);
    for (uint32_t i = 0; i < count; i++) {
        if (rest.size() < kLengthBytes) return bad_list("an entry lies beyond the end");
        const size_t key_bytes = load_le<uint16_t>(rest, 0);
        if (key_bytes == 0 || key_bytes > Key::kMaxBytes)
            return bad_list("a key is not 1 to 16 bytes long");
        const size_t entry_bytes = list_entry_bytes(key_bytes, dialect);
        if (entry_bytes > rest.size()) return bad_list("an entry lies beyond the end");
        keys.push_back(*Key::from_bytes(rest.subspan(kLengthBytes, key_bytes)));
        rest = rest.subspan(entry_bytes);
    }
    return keys;
}

std::vector<uint8_t> build_key_list(const std::vector<Key>& keys, Dialect dialect) {
    size_t bytes = kCountBytes;
    for (const Key& key : keys) bytes += list_entry_bytes(key.size(), dialect);
    std::vector<uint8_t> list(bytes);
    ListWriter writer(list, dialect);
    for (const Key& key : keys) writer.add(key);
    writer.finish();
    return list;
}

}  // namespace csd::nvme
