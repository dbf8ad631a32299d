// SPDX-License-Identifier: BSD-3-Clause
//
// Record: what memory holds of one value. 48 bytes, because there may be millions.
#pragma once

#include <cstdint>

#include "csd/key.hpp"

namespace csd::store {

struct Record {
    uint64_t size = 0;  // committed: readers never look past it, even while an append writes there
    uint64_t version = 0;  // changes whenever the value does
    uint64_t inode = 0;
    // The flush epoch in which the value last changed; 0: it was here when the drive opened.
    uint32_t epoch = 0;
    // The last flush left a value under this key, and it has not been deleted since. Power loss must then
    // leave that value or a later one, so whatever replaces it needs its data on disk first.
    bool was_flushed = false;
    bool absent = false;  // only while the index loads: the key is known not to exist
    Key key;
};
static_assert(sizeof(Record) == 48);

}  // namespace csd::store
