// SPDX-License-Identifier: BSD-3-Clause
//
// NameIndex: the names of one bucket in order of their bytes, with what a listing and a condition ask of each.
//
// Two levels: blocks of up to 256 names, each one allocation, and the blocks in order. A million names of 40 bytes
// are about 150 MB, a search is two binary ones, and the next name is the next pointer.
// Threads: as a std::map; its bucket's lock guards it. Tested by listing_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "airmos/objects/layout.hpp"
#include "airmos/objects/objects.hpp"

namespace csd::airmos::objects {

// What memory knows of an object. The views belong to whoever gave the Entry.
struct Entry {
    std::string_view name;
    std::string_view etag;
    DataId data;
    uint64_t size = 0;
    uint64_t modified = 0;
    uint64_t version = 0;    // of the manifest
    uint8_t place = 0;       // of the manifest's key
    uint8_t algorithms = 0;  // one bit a checksum algorithm, and one more if they are composite
};

uint8_t bits_of(const std::vector<Checksum>& checksums);
std::vector<std::string> algorithms_of(uint8_t bits);
bool is_composite(uint8_t bits);

class NameIndex {
  public:
    NameIndex() = default;
    ~NameIndex();
    NameIndex(const NameIndex&) = delete;
    NameIndex& operator=(const NameIndex&) = delete;

    size_t size() const { return size_; }
    // The views of what is returned hold until the next change.
    std::optional<Entry> find(std::string_view name) const;
    void put(const Entry& entry);  // in the place of one with the same name
    bool erase(std::string_view name);

    // A place in the order. It holds until the next change.
    class Cursor {
      public:
        bool at_end() const { return block_ == index_->blocks_.size(); }
        Entry entry() const;
        std::string_view name() const;
        void next();

      private:
        friend class NameIndex;
        Cursor(const NameIndex& index, size_t block, size_t place)
            : index_(&index), block_(block), place_(place) {}
        const NameIndex* index_;
        size_t block_;
        size_t place_;
    };
    Cursor seek(std::string_view name) const;  // the first that is not less

  private:
    struct Item;  // an Entry and its texts in one piece of memory
    using Block = std::vector<Item*>;
    static Item* make(const Entry& entry);
    static void free(Item* item);
    static std::string_view name_of(const Item* item);
    size_t block_of(std::string_view name) const;
    static size_t place_in(const Block& block, std::string_view name);

    std::vector<Block> blocks_;  // none is empty
    size_t size_ = 0;
};

}  // namespace csd::airmos::objects
