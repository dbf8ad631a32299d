// SPDX-License-Identifier: BSD-3-Clause
//
// Discovery: how a handle learns what it talks to, question by question.
//
// Identify tells: CNS 05h with CSI 01h is a Key Value namespace, CNS 00h with CSDX and its bit 0 one of the 2023
// dialect. A target that answers Identify itself hides both, and then 82h tells: without a key a drive of ours returns
// its page, and one of the 2023 dialect says Invalid Key Size. A bdev hides its namespace identifier, which Identify
// needs; so there 82h comes first, and Identify only for a drive without it. Tested by discover_test.cc.
#pragma once

#include "core.hpp"

namespace csd::spdk {

class Discovery {
  public:
    Discovery(Core& core, const csd_kv_opts* options, csd_kv_open_cb function, void* argument);
    ~Discovery();
    Discovery(const Discovery&) = delete;
    Discovery& operator=(const Discovery&) = delete;

    int begin();

  private:
    // What the completion of each question leads to. They are steps of request_.
    static void controller(Request& request, const spdk_nvme_cpl& completion);
    static void key_value(Request& request, const spdk_nvme_cpl& completion);
    static void block(Request& request, const spdk_nvme_cpl& completion);
    static void described(Request& request, const spdk_nvme_cpl& completion);

    void identify(uint8_t cns, uint8_t csi, Request::Step step);
    void describe();
    void prepare(const nvme::Sqe& sqe, bool admin, Request::Step step);
    void adopt(const nvme::KeyValueNamespace& ns, bool standard_opcodes);
    void adopt_2023(const std::optional<nvme::Extensions>& extensions);
    void limit(uint32_t bytes);
    void end(int rc);
    Bytes page() const { return {static_cast<const uint8_t*>(page_), nvme::kPageBytes}; }

    Core& core_;
    csd_kv_open_cb function_;
    void* argument_;
    void* page_ = nullptr;
    uint32_t transfer_bytes_;
    Request request_;
};

}  // namespace csd::spdk
