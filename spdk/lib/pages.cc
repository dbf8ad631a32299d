// SPDX-License-Identifier: BSD-3-Clause
//
// The pages a drive returns, and the one that compose takes, for callers in C. Tested by pages_test.cc.
#include <algorithm>

#include "csd/spdk/kv.h"
#include "nvme/identify.hpp"
#include "nvme/list_page.hpp"

using csd::Bytes;
using csd::Key;
using csd::MutableBytes;
namespace nvme = csd::nvme;

void csd_kv_read_value(const void* description, struct csd_kv_value* value) {
    const auto read = nvme::read_value_description(
        Bytes(static_cast<const uint8_t*>(description), nvme::kDescribeBytes));
    *value = {read.size, read.version};
}

void csd_kv_read_result(const void* description, struct csd_kv_result* result) {
    const auto read = nvme::read_result_description(
        Bytes(static_cast<const uint8_t*>(description), nvme::kDescribeBytes));
    *result = {read.size,
               static_cast<uint32_t>(read.state),
               static_cast<uint32_t>(read.reason),
               read.position.value_or(UINT32_MAX),
               read.subject_offset,
               read.subject_bytes,
               read.record};
}

int64_t csd_kv_list_begin(struct csd_kv_list* list, const struct csd_kv_info* info,
                          const void* page, size_t bytes) {
    constexpr size_t kCountBytes = sizeof(uint32_t);
    if (page == nullptr || bytes < kCountBytes) return -EINVAL;
    const auto* begin = static_cast<const uint8_t*>(page);
    const auto dialect =
        info->dialect == CSD_KV_2023 ? nvme::Dialect::k2023 : nvme::Dialect::kKeyValue;
    const auto count = csd::load_le<uint32_t>(Bytes(begin, bytes), 0);
    if (count > (bytes - kCountBytes) / nvme::list_entry_bytes(1, dialect)) return -EINVAL;
    *list = {begin + kCountBytes, bytes - kCountBytes, count, info->dialect};
    return count;
}

// Nothing the page says is trusted.
int csd_kv_list_next(struct csd_kv_list* list, struct csd_kv_key* key) {
    constexpr size_t kLengthBytes = sizeof(uint16_t);
    if (list->keys_left == 0) return 0;
    const Bytes rest(list->next, list->bytes_left);
    const auto dialect =
        list->dialect == CSD_KV_2023 ? nvme::Dialect::k2023 : nvme::Dialect::kKeyValue;
    if (rest.size() < kLengthBytes) return -EINVAL;
    const size_t size = csd::load_le<uint16_t>(rest, 0);
    if (size == 0 || size > CSD_KV_MAX_KEY_BYTES) return -EINVAL;
    const size_t entry = nvme::list_entry_bytes(size, dialect);
    if (entry > rest.size()) return -EINVAL;
    csd_kv_key_set(key, rest.data() + kLengthBytes, size);
    list->next += entry;
    list->bytes_left -= entry;
    list->keys_left--;
    return 1;
}

int64_t csd_kv_write_sources(void* data, size_t bytes, const struct csd_kv_key* sources,
                             uint32_t count) {
    if (data == nullptr || bytes < sizeof(uint32_t)) return -EINVAL;
    nvme::ListWriter writer(MutableBytes(static_cast<uint8_t*>(data), bytes),
                            nvme::Dialect::kKeyValue);
    for (uint32_t i = 0; i < count; i++) {
        if (sources[i].size == 0 || sources[i].size > CSD_KV_MAX_KEY_BYTES) return -EINVAL;
        if (!writer.add(*Key::from_bytes({sources[i].bytes, sources[i].size}))) return -EINVAL;
    }
    return static_cast<int64_t>(writer.finish());
}
