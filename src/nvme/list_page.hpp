// SPDX-License-Identifier: BSD-3-Clause
//
// The data of List (06h) and of Compose (8Dh): a counted run of keys.
//
// Key Value Command Set 1.0d section 3.2.2: u32 number of keys, then for each key u16 length, the
// bytes, and zero padding so that the next entry starts on a 4-byte boundary (stride roundup4(2 +
// KL)). The 2023 dialect pads the key alone (stride 2 + roundup4(KL)). Tested by list_page_test.cc.
#pragma once

#include <optional>
#include <vector>

#include "csd/status.hpp"
#include "nvme/command.hpp"

namespace csd::nvme {

// Bytes of one entry, padding included.
size_t list_entry_bytes(size_t key_bytes, Dialect dialect);

// Fills a caller's buffer of at least 4 bytes, entry by entry. The count is written by finish().
class ListWriter {
  public:
    ListWriter(MutableBytes page, Dialect dialect);
    bool add(const Key& key);  // false when the whole entry does not fit; the page is unchanged
    size_t finish();           // writes the count; returns the bytes of page that hold something
    uint32_t count() const { return count_; }

  private:
    MutableBytes page_;
    Dialect dialect_;
    size_t used_ = 4;
    uint32_t count_ = 0;
};

// Reads a page that came from a drive, or the sources of a Compose that came from a host. Never
// trusts the count or a length: anything that does not lie within the bytes, or a key of 0 or more
// than 16 bytes, is kInvalidField.
Result<std::vector<Key>> parse_key_list(Bytes page, Dialect dialect);

// The data of a Compose command, for a host.
std::vector<uint8_t> build_key_list(const std::vector<Key>& keys, Dialect dialect);

}  // namespace csd::nvme
