// SPDX-License-Identifier: BSD-3-Clause
// Tested by listing_test.cc.
#include "airmos/objects/name_index.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace csd::airmos::objects {
namespace {

constexpr size_t kBlockNames = 256;
constexpr std::array<std::string_view, 5> kAlgorithms = {"CRC32", "CRC32C", "CRC64NVME", "SHA1",
                                                         "SHA256"};
constexpr unsigned kComposite = 1u << kAlgorithms.size();

}  // namespace

uint8_t bits_of(const std::vector<Checksum>& checksums) {
    unsigned bits = 0;
    for (const Checksum& checksum : checksums) {
        const auto found = std::find(kAlgorithms.begin(), kAlgorithms.end(), checksum.algorithm);
        if (found != kAlgorithms.end()) bits |= 1u << (found - kAlgorithms.begin());
        if (checksum.composite) bits |= kComposite;
    }
    return static_cast<uint8_t>(bits);
}

std::vector<std::string> algorithms_of(uint8_t bits) {
    std::vector<std::string> names;
    for (size_t i = 0; i < kAlgorithms.size(); i++) {
        if ((bits & 1u << i) != 0) names.emplace_back(kAlgorithms[i]);
    }
    return names;
}

bool is_composite(uint8_t bits) {
    return (bits & kComposite) != 0;
}

// The name and the ETag lie behind it.
struct NameIndex::Item {
    uint64_t size;
    uint64_t modified;
    uint64_t version;
    DataId data;
    uint8_t place;
    uint8_t algorithms;
    uint8_t etag_bytes;
    uint16_t name_bytes;

    char* text() { return reinterpret_cast<char*>(this + 1); }
    const char* text() const { return reinterpret_cast<const char*>(this + 1); }
    Entry entry() const {
        return {.name = {text(), name_bytes},
                .etag = {text() + name_bytes, etag_bytes},
                .data = data,
                .size = size,
                .modified = modified,
                .version = version,
                .place = place,
                .algorithms = algorithms};
    }
};

NameIndex::~NameIndex() {
    for (Block& block : blocks_) {
        for (Item* item : block) free(item);
    }
}

NameIndex::Item* NameIndex::make(const Entry& entry) {
    const size_t etag_bytes = std::min<size_t>(entry.etag.size(), UINT8_MAX);
    void* memory = ::operator new(sizeof(Item) + entry.name.size() + etag_bytes);
    Item* item = new (memory) Item{.size = entry.size,
                                   .modified = entry.modified,
                                   .version = entry.version,
                                   .data = entry.data,
                                   .place = entry.place,
                                   .algorithms = entry.algorithms,
                                   .etag_bytes = static_cast<uint8_t>(etag_bytes),
                                   .name_bytes = static_cast<uint16_t>(entry.name.size())};
    std::memcpy(item->text(), entry.name.data(), entry.name.size());
    std::memcpy(item->text() + entry.name.size(), entry.etag.data(), etag_bytes);
    return item;
}

void NameIndex::free(Item* item) {
    ::operator delete(item);
}

std::string_view NameIndex::name_of(const Item* item) {
    return {item->text(), item->name_bytes};
}

// The only block that can hold the name: the last that does not begin after it.
size_t NameIndex::block_of(std::string_view name) const {
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), name,
                                        [](std::string_view wanted, const Block& block) {
                                            return wanted < name_of(block.front());
                                        });
    return after == blocks_.begin() ? 0 : static_cast<size_t>(after - blocks_.begin()) - 1;
}

size_t NameIndex::place_in(const Block& block, std::string_view name) {
    const auto found = std::lower_bound(
        block.begin(), block.end(), name,
        [](const Item* item, std::string_view wanted) { return name_of(item) < wanted; });
    return static_cast<size_t>(found - block.begin());
}

std::optional<Entry> NameIndex::find(std::string_view name) const {
    const Cursor at = seek(name);
    if (at.at_end() || at.name() != name) return std::nullopt;
    return at.entry();
}

void NameIndex::put(const Entry& entry) {
    Item* item = make(entry);
    if (blocks_.empty()) {
        blocks_.push_back({item});
        size_ = 1;
        return;
    }
    const size_t at = block_of(entry.name);
    Block& block = blocks_[at];
    const size_t place = place_in(block, entry.name);
    if (place < block.size() && name_of(block[place]) == entry.name) {
        free(block[place]);
        block[place] = item;
        return;
    }
    block.insert(block.begin() + static_cast<ptrdiff_t>(place), item);
    size_++;
    if (block.size() < kBlockNames) return;
    const auto middle = block.begin() + kBlockNames / 2;
    Block upper(middle, block.end());
    block.erase(middle, block.end());
    blocks_.insert(blocks_.begin() + static_cast<ptrdiff_t>(at) + 1, std::move(upper));
}

bool NameIndex::erase(std::string_view name) {
    if (blocks_.empty()) return false;
    const size_t at = block_of(name);
    Block& block = blocks_[at];
    const size_t place = place_in(block, name);
    if (place == block.size() || name_of(block[place]) != name) return false;
    free(block[place]);
    block.erase(block.begin() + static_cast<ptrdiff_t>(place));
    if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<ptrdiff_t>(at));
    size_--;
    return true;
}

NameIndex::Cursor NameIndex::seek(std::string_view name) const {
    if (blocks_.empty()) return {*this, 0, 0};
    const size_t at = block_of(name);
    const size_t place = place_in(blocks_[at], name);
    return place < blocks_[at].size() ? Cursor(*this, at, place) : Cursor(*this, at + 1, 0);
}

Entry NameIndex::Cursor::entry() const {
    return index_->blocks_[block_][place_]->entry();
}

std::string_view NameIndex::Cursor::name() const {
    return name_of(index_->blocks_[block_][place_]);
}

void NameIndex::Cursor::next() {
    if (++place_ < index_->blocks_[block_].size()) return;
    block_++;
    place_ = 0;
}

}  // namespace csd::airmos::objects
