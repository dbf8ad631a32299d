// SPDX-License-Identifier: BSD-3-Clause
//
// The pages a host reads from a drive it does not trust: Identify, the vendor area, descriptions.
//
// Input: a page of at most 4096 bytes; the rest is zero.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "nvme/identify.hpp"

using namespace csd::nvme;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::vector<uint8_t> page(kPageBytes);
    std::copy(data, data + std::min(size, page.size()), page.begin());
    if (const auto extensions = read_extensions(page)) {
        std::vector<uint8_t> again(kPageBytes);
        write_extensions(*extensions, again);
        if (read_extensions(again) != extensions) abort();
    }
    if (const auto ns = read_key_value_namespace(page)) {
        std::vector<uint8_t> again(kPageBytes);
        write_key_value_namespace(*ns, again);
        const auto copy = read_key_value_namespace(again);
        if (!copy || copy->capacity_bytes != ns->capacity_bytes) abort();
    }
    const csd::Bytes front = csd::Bytes(page).first(kDescribeBytes);
    (void)read_value_description(front);
    (void)read_result_description(front);
    return 0;
}
