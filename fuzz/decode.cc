// SPDX-License-Identifier: BSD-3-Clause
//
// Any 64 bytes, under any rules: decoding never crashes, stays within the rules, and what it accepts is what
// encoding would have sent.
//
// Input: one byte of rules, then the entry.
#include <cstdlib>

#include "nvme/command.hpp"

using namespace csd::nvme;

static void require(bool condition) {
    if (!condition) abort();
}

static void check(const Sqe& sqe, const Rules& rules) {
    const Decoded first = decode(sqe, rules);
    if (first.status != 0) return;
    require(rules.max_transfer_bytes == 0 || first.data_bytes <= rules.max_transfer_bytes);
    require(first.data_bytes == 0 || first.direction != Direction::kNone);
    const Sqe canonical = encode(first.command, rules.dialect, sqe.nsid());
    const Decoded second = decode(canonical, rules);
    require(second.status == 0);
    require(second.data_bytes == first.data_bytes && second.direction == first.direction);
    require(encode(second.command, rules.dialect, sqe.nsid()).bytes == canonical.bytes);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Sqe sqe;
    if (size < 1 + sqe.bytes.size()) return 0;
    std::copy(data + 1, data + 1 + sqe.bytes.size(), sqe.bytes.begin());
    Rules rules;
    rules.dialect = (data[0] & 1) != 0 ? Dialect::k2023 : Dialect::kKeyValue;
    rules.extensions = (data[0] & 2) == 0;
    rules.max_transfer_bytes = (data[0] & 4) != 0 ? 512 * csd::kKiB : 0;
    rules.max_sql_bytes = 64 * csd::kKiB;
    check(sqe, rules);
    return 0;
}
