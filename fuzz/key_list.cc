// SPDX-License-Identifier: BSD-3-Clause
//
// The data of List and Compose: whatever is read as a list of keys is written again as a list that reads alike.
//
// Input: one byte of dialect, then the page.
#include <cstdlib>

#include "nvme/list_page.hpp"

using namespace csd::nvme;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1) return 0;
    const Dialect dialect = (data[0] & 1) != 0 ? Dialect::k2023 : Dialect::kKeyValue;
    const auto keys = parse_key_list({data + 1, size - 1}, dialect);
    if (!keys.ok()) return 0;
    const auto again = parse_key_list(build_key_list(keys.value(), dialect), dialect);
    if (!again.ok() || again.value() != keys.value()) abort();

    // A page of the same size has room for at least as many entries as were read.
    std::vector<uint8_t> page(size - 1);
    ListWriter writer(page, dialect);
    for (const csd::Key& key : keys.value()) {
        if (!writer.add(key)) abort();
    }
    if (writer.count() != keys.value().size() || writer.finish() > page.size()) abort();
    return 0;
}
