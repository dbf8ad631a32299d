// SPDX-License-Identifier: BSD-3-Clause
// Tested by discover_test.cc.
#include "discover.hpp"

#include <algorithm>
#include <cstring>

namespace csd::spdk {
namespace {

constexpr uint8_t kIdentify = 0x06;
constexpr uint8_t kCnsNamespace = 0x00;
constexpr uint8_t kCnsController = 0x01;
constexpr uint8_t kCnsKeyValueNamespace = 0x05;

constexpr size_t kMdts = 77;      // of Identify Controller: log2 of pages; 0: no limit
constexpr uint32_t kPage = 4096;  // CAP.MPSMIN of every controller this was seen on
constexpr uint32_t kMostTransfer = 1024 * 1024;  // where the level below does not name a limit

// A path that is gone, as opposed to a drive, or something before it, that does not answer such a question.
bool is_lost(const spdk_nvme_cpl& completion) {
    constexpr uint8_t kSctPath = 3;
    constexpr uint8_t kAbortedByQueueDeletion = 0x08;
    return completion.status.sct == kSctPath || (completion.status.sct == nvme::kSctGeneric &&
                                                 completion.status.sc == kAbortedByQueueDeletion);
}

uint32_t bits_of(const nvme::Extensions& extensions) {
    return (extensions.append ? CSD_KV_HAS_APPEND : 0) |
           (extensions.offset ? CSD_KV_HAS_OFFSET : 0) |
           (extensions.select ? CSD_KV_HAS_SELECT : 0) |
           (extensions.asynchronous ? CSD_KV_HAS_ASYNCHRONOUS : 0) |
           (extensions.compose ? CSD_KV_HAS_COMPOSE : 0) | (extensions.more ? CSD_KV_HAS_MORE : 0);
}

void adopt_extensions(const nvme::Extensions& extensions, csd_kv_info& info) {
    info.extensions = bits_of(extensions);
    info.formats = extensions.formats;
    info.max_sql_bytes = extensions.max_sql_bytes;
    info.max_results = extensions.max_results;
    info.max_value_bytes = extensions.max_value_bytes;
    info.max_result_bytes = extensions.max_result_bytes;
    info.max_results_bytes = extensions.max_results_bytes;
}

Discovery& owner(Request& request) {
    return *static_cast<Discovery*>(request.done.argument);
}

}  // namespace

int Core::open(const csd_kv_opts* options, csd_kv_open_cb function, void* argument) {
    if (function == nullptr) return -EINVAL;
    discovery_.reset(new (std::nothrow) Discovery(*this, options, function, argument));
    if (discovery_ == nullptr) return -ENOMEM;
    const int rc = discovery_->begin();
    if (rc != 0) discovery_.reset();
    return rc;
}

Discovery::Discovery(Core& core, const csd_kv_opts* options, csd_kv_open_cb function,
                     void* argument)
    : core_(core), function_(function), argument_(argument), transfer_bytes_(0) {
    if (options != nullptr) transfer_bytes_ = options->max_transfer_bytes;
    limit(core.transfer_limit() != 0 ? core.transfer_limit() : kMostTransfer);
    request_.done = {nullptr, this};
}

Discovery::~Discovery() {
    spdk_dma_free(page_);
}

int Discovery::begin() {
    page_ = spdk_dma_zmalloc(nvme::kPageBytes, nvme::kPageBytes, nullptr);
    if (page_ == nullptr) return -ENOMEM;
    if (core_.knows_namespace()) {
        identify(kCnsKeyValueNamespace, nvme::kCsiKeyValue, key_value);
    } else if (core_.takes_admin()) {
        identify(kCnsController, 0, controller);
    } else {
        describe();
    }
    return core_.start(request_);
}

void Discovery::prepare(const nvme::Sqe& sqe, bool admin, Request::Step step) {
    std::memset(page_, 0, nvme::kPageBytes);
    std::memcpy(&request_.command, sqe.bytes.data(), sizeof(request_.command));
    request_.admin = admin;
    request_.step = step;
    request_.buffer = page_;
    request_.iov = nullptr;
    request_.iovcnt = 0;
    request_.bytes = nvme::kPageBytes;
}

void Discovery::identify(uint8_t cns, uint8_t csi, Request::Step step) {
    nvme::Sqe sqe;
    sqe.bytes[0] = kIdentify;
    sqe.set_dword(1, cns == kCnsController ? 0 : core_.nsid_);
    sqe.set_dword(10, cns);
    sqe.set_dword(11, static_cast<uint32_t>(csi) << 24);
    prepare(sqe, true, step);
}

void Discovery::describe() {
    nvme::Retrieve question;
    question.bytes = nvme::kPageBytes;
    question.extended = true;
    question.describe = true;
    prepare(nvme::encode(question, nvme::Dialect::kKeyValue, core_.nsid_), false, described);
}

// A controller that does not tell its limit may still be asked the rest.
void Discovery::controller(Request& request, const spdk_nvme_cpl& completion) {
    Discovery& self = owner(request);
    if (is_lost(completion)) return self.end(-EIO);
    const uint8_t mdts = self.page()[kMdts];
    if (succeeded(completion) && mdts != 0 && mdts < 16) self.limit(kPage << mdts);
    self.describe();
    self.core_.go_on(request);
}

void Discovery::key_value(Request& request, const spdk_nvme_cpl& completion) {
    Discovery& self = owner(request);
    if (is_lost(completion)) return self.end(-EIO);
    if (succeeded(completion)) {
        if (const auto ns = nvme::read_key_value_namespace(self.page())) {
            self.adopt(*ns, true);
            return self.end(0);
        }
    }
    if (!self.core_.knows_namespace()) return self.end(-ENODEV);
    self.identify(kCnsNamespace, 0, block);
    self.core_.go_on(request);
}

void Discovery::block(Request& request, const spdk_nvme_cpl& completion) {
    Discovery& self = owner(request);
    if (is_lost(completion)) return self.end(-EIO);
    if (succeeded(completion)) {
        const auto extensions = nvme::read_extensions(self.page());
        if (extensions && extensions->dialect_2023) {
            self.adopt_2023(extensions);
            return self.end(0);
        }
    }
    self.describe();
    self.core_.go_on(request);
}

void Discovery::described(Request& request, const spdk_nvme_cpl& completion) {
    Discovery& self = owner(request);
    if (is_lost(completion)) return self.end(-EIO);
    if (nvme::status_kind(status_of(completion)) == nvme::status_kind(nvme::kInvalidKeySize)) {
        self.adopt_2023(std::nullopt);
        return self.end(0);
    }
    const auto ns =
        succeeded(completion) ? nvme::read_key_value_namespace(self.page()) : std::nullopt;
    if (ns) {
        self.adopt(*ns, false);
        return self.end(0);
    }
    if (self.core_.knows_namespace() || !self.core_.takes_admin()) return self.end(-ENODEV);
    self.identify(kCnsKeyValueNamespace, nvme::kCsiKeyValue, key_value);
    self.core_.go_on(request);
}

void Discovery::limit(uint32_t bytes) {
    if (bytes != 0 && (transfer_bytes_ == 0 || bytes < transfer_bytes_)) transfer_bytes_ = bytes;
}

// Where a target hides Identify it also takes 01h and 02h for Write and Read of its own.
void Discovery::adopt(const nvme::KeyValueNamespace& ns, bool standard_opcodes) {
    csd_kv_info& info = core_.info_;
    info.dialect = CSD_KV_STANDARD;
    info.standard_opcodes = standard_opcodes;
    info.max_key_bytes = std::min<uint32_t>(ns.max_key_bytes, CSD_KV_MAX_KEY_BYTES);
    info.capacity_bytes = ns.capacity_bytes;
    info.used_bytes = ns.used_bytes;
    info.max_value_bytes = ns.max_value_bytes;
    if (ns.extensions) adopt_extensions(*ns.extensions, info);
    limit(ns.max_value_bytes);  // VML: of one 01h
}

// Without CSDX: what every drive of 2023 could do.
void Discovery::adopt_2023(const std::optional<nvme::Extensions>& extensions) {
    csd_kv_info& info = core_.info_;
    info.dialect = CSD_KV_2023;
    info.standard_opcodes = false;
    info.max_key_bytes = CSD_KV_MAX_KEY_BYTES;
    info.extensions = CSD_KV_HAS_APPEND | CSD_KV_HAS_OFFSET | CSD_KV_HAS_SELECT;
    info.formats = 1u << CSD_KV_CSV | 1u << CSD_KV_JSON | 1u << CSD_KV_PARQUET;
    if (extensions) adopt_extensions(*extensions, info);
}

// The callback may close the handle, and with it what is left here.
void Discovery::end(int rc) {
    Core& core = core_;
    if (rc == 0) {
        core.info_.max_transfer_bytes =
            std::max(transfer_bytes_ & ~3u, 4u);  // so that every piece is aligned
        core.info_.scattered_buffers = CSD_SPDK_HAS_IOV != 0;
        core.ready_ = true;
    }
    core.in_flight_--;
    const csd_kv_open_cb function = function_;
    void* const argument = argument_;
    core.discovery_.reset();
    function(argument, rc);
}

}  // namespace csd::spdk
