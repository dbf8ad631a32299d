// SPDX-License-Identifier: BSD-3-Clause
//
// The verbs of both levels under the same names, for tests that run on both: level_fixture.hpp and tests/spdk/verbs.hpp.
#pragma once

#include "csd/spdk/bdev_kv.h"
#include "csd/spdk/nvme_kv.h"

namespace csd::spdk {

struct DriverVerbs {
    using Handle = csd_nvme_kv;
    static constexpr auto get_info = csd_nvme_kv_get_info;
    static constexpr auto store = csd_nvme_kv_store;
    static constexpr auto storev = csd_nvme_kv_storev;
    static constexpr auto retrieve = csd_nvme_kv_retrieve;
    static constexpr auto retrievev = csd_nvme_kv_retrievev;
    static constexpr auto list = csd_nvme_kv_list;
    static constexpr auto exist = csd_nvme_kv_exist;
    static constexpr auto erase = csd_nvme_kv_delete;
    static constexpr auto store_ext = csd_nvme_kv_store_ext;
    static constexpr auto store_extv = csd_nvme_kv_store_extv;
    static constexpr auto retrieve_ext = csd_nvme_kv_retrieve_ext;
    static constexpr auto retrieve_extv = csd_nvme_kv_retrieve_extv;
    static constexpr auto compose = csd_nvme_kv_compose;
    static constexpr auto select_send = csd_nvme_kv_select_send;
    static constexpr auto select_retrieve = csd_nvme_kv_select_retrieve;
    static constexpr auto select_free = csd_nvme_kv_select_free;
};

struct BdevVerbs {
    using Handle = csd_bdev_kv;
    static constexpr auto get_info = csd_bdev_kv_get_info;
    static constexpr auto store = csd_bdev_kv_store;
    static constexpr auto storev = csd_bdev_kv_storev;
    static constexpr auto retrieve = csd_bdev_kv_retrieve;
    static constexpr auto retrievev = csd_bdev_kv_retrievev;
    static constexpr auto list = csd_bdev_kv_list;
    static constexpr auto exist = csd_bdev_kv_exist;
    static constexpr auto erase = csd_bdev_kv_delete;
    static constexpr auto store_ext = csd_bdev_kv_store_ext;
    static constexpr auto store_extv = csd_bdev_kv_store_extv;
    static constexpr auto retrieve_ext = csd_bdev_kv_retrieve_ext;
    static constexpr auto retrieve_extv = csd_bdev_kv_retrieve_extv;
    static constexpr auto compose = csd_bdev_kv_compose;
    static constexpr auto select_send = csd_bdev_kv_select_send;
    static constexpr auto select_retrieve = csd_bdev_kv_select_retrieve;
    static constexpr auto select_free = csd_bdev_kv_select_free;
};

}  // namespace csd::spdk
