// SPDX-License-Identifier: BSD-3-Clause
//
// Values: the few things the node does with a value on a drive, counted, and with errors as S3 has them.
// Threads: those of a drive, with the client of that thread. Tested by store_test.cc.
#pragma once

#include <optional>
#include <vector>

#include "airmos/objects/drive.hpp"
#include "airmos/objects/record.hpp"
#include "airmos/objects/records.hpp"

namespace csd::airmos::objects {

// A whole small value; kNotFound if it is absent.
Result<std::vector<uint8_t>> read_value(Drive& drive, kv::Client& client, const Key& key);

// A record of type T.
template <typename T>
Result<T> read_record(Drive& drive, kv::Client& client, const Key& key) {
    const auto value = read_value(drive, client, key);
    if (!value.ok()) return value.status();
    return decode<T>(value.value());
}

// Done twice where it may have happened or not, and twice is as once: an answer that was lost then does no harm.
Status store_value(Drive& drive, kv::Client& client, const Key& key, Bytes value,
                   kv::When when = kv::When::kAlways);

// Also if it was absent.
Status erase_value(kv::Client& client, const Key& key);

// Fills the buffer from a value that never changes. Returns the bytes.
Outcome<size_t> read_data(Drive& drive, kv::Client& client, const DataId& id, uint64_t offset,
                          MutableBytes buffer);

// Whether a store or erasure that failed like this may have happened all the same.
bool is_unclear(const Status& failed);

}  // namespace csd::airmos::objects
