// SPDX-License-Identifier: BSD-3-Clause
//
// csd-spdk-verbs: every verb of csd/spdk/nvme_kv.h on a real drive, whose address is the argument, or of
// csd/spdk/bdev_kv.h on a bdev. Over PCIe it needs hugepages. Run by verbs_test.sh and, in a guest, by
// spdk_examples_test.sh.
#include "verbs.hpp"

#include <optional>

#include "csd/spdk/nvme_kv.h"

namespace {

struct DriverLevel : csd::spdk::DriverVerbs {
    static int32_t poll(Handle* kv) { return csd_nvme_kv_poll(kv, 0); }
};

void run(const spdk_nvme_transport_id& trid) {
    constexpr size_t kBufferBytes = 5 << 20;
    spdk_nvme_ctrlr_opts options{};
    spdk_nvme_ctrlr_get_default_ctrlr_opts(&options, sizeof options);
    options.keep_alive_timeout_ms = 0;  // nobody polls the admin queue here
    spdk_nvme_ctrlr* controller = spdk_nvme_connect(&trid, &options, sizeof options);
    check("there is a controller", controller != nullptr);
    spdk_nvme_qpair* qpair = spdk_nvme_ctrlr_alloc_io_qpair(controller, nullptr, 0);
    auto* buffer = static_cast<uint8_t*>(spdk_dma_zmalloc(kBufferBytes, 4096, nullptr));
    check("with a queue and memory", qpair != nullptr && buffer != nullptr);
    std::optional<int> opened;
    csd_nvme_kv* kv = nullptr;
    const auto on_open = [](void* argument, int rc) {
        *static_cast<std::optional<int>*>(argument) = rc;
    };
    check("opening begins", csd_nvme_kv_open(spdk_nvme_ctrlr_get_ns(controller, 1), qpair, nullptr,
                                             on_open, &opened, &kv) == 0);
    while (!opened) csd_nvme_kv_poll(kv, 0);
    check("it is a drive", *opened == 0);
    Verbs<DriverLevel>(kv, buffer, kBufferBytes).run();
    check("the handle is closed", csd_nvme_kv_close(kv) == 0);
    spdk_dma_free(buffer);
    spdk_nvme_ctrlr_free_io_qpair(qpair);
    spdk_nvme_detach(controller);
}

}  // namespace

int main(int argc, char** argv) {
    const bool is_bdev = argc == 4 && std::string_view(argv[1]) == "--bdev";
    spdk_nvme_transport_id trid{};
    trid.trtype = SPDK_NVME_TRANSPORT_PCIE;
    if (!is_bdev && (argc != 2 || spdk_nvme_transport_id_parse(&trid, argv[1]) != 0)) {
        std::fprintf(stderr,
                     "usage: csd-spdk-verbs 'trtype:PCIe traddr:0000:00:04.0'\n"
                     "       csd-spdk-verbs --bdev NAME CONFIG.json\n");
        return 2;
    }
    spdk_env_opts opts;
    csd_spdk_env_opts_init(&opts);
    opts.name = "csd-spdk-verbs";
    if (is_bdev || trid.trtype != SPDK_NVME_TRANSPORT_PCIE) csd_spdk_env_opts_no_huge(&opts);
    spdk_log_set_print_level(SPDK_LOG_ERROR);  // not every command that fails, as it shall
    if (spdk_env_init(&opts) != 0) return 1;
    is_bdev ? run_on_bdev(argv[2], argv[3]) : run(trid);
    return 0;
}
