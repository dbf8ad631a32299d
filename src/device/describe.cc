// SPDX-License-Identifier: BSD-3-Clause
//
// What the drive says of itself: Identify pages, the effects log, Feature 20h, Format.
// Tested by device_test.cc.
#include "csd/device.h"
#include "device/device.hpp"
#include "device/limits.hpp"

namespace csd::device {

using nvme::Dialect;

namespace {
constexpr uint32_t kFeatureAnswerOf2023 = 3;  // storage and query, as a capability
}  // namespace

nvme::Extensions Device::extensions() const {
    nvme::Extensions extensions;
    extensions.append = true;
    extensions.offset = true;
    extensions.select = true;
    const bool key_value = rules_.dialect == Dialect::kKeyValue;
    extensions.asynchronous = key_value;
    extensions.compose = key_value;
    extensions.more = key_value;
    extensions.reasons = key_value;
    extensions.formats = (1u << nvme::kDataFormats) - 1;
    extensions.dialect_2023 = !key_value;
    extensions.max_value_bytes = kMostValueBytes;
    extensions.max_result_bytes = query_options_.result_bytes;
    extensions.max_sql_bytes = rules_.max_sql_bytes;
    extensions.max_results = result_limits_.held;
    extensions.max_results_bytes = result_limits_.bytes;
    extensions.max_record_bytes = kMaxRecordBytes;
    return extensions;
}

// What does not depend on the values, so that it never waits for the index.
nvme::KeyValueNamespace Device::describe_format() const {
    nvme::KeyValueNamespace ns;
    ns.max_key_bytes = Key::kMaxBytes;
    ns.max_value_bytes = rules_.max_transfer_bytes;
    return ns;
}

nvme::KeyValueNamespace Device::describe_namespace() {
    const store::Usage usage = store_->usage();
    nvme::KeyValueNamespace ns = describe_format();
    ns.capacity_bytes = usage.capacity_bytes;
    ns.used_bytes = std::min(usage.used_bytes, usage.capacity_bytes);
    if (rules_.extensions) ns.extensions = extensions();
    return ns;
}

bool Device::describe_ready(uint32_t page) const {
    const bool counts_bytes = page == CSD_PAGE_IDENTIFY_NAMESPACE ||
                              page == CSD_PAGE_IDENTIFY_KV_NAMESPACE ||
                              page == CSD_PAGE_IDENTIFY_KV_ALLOCATED;
    return !counts_bytes || rules_.dialect == Dialect::k2023 || index_complete_;
}

uint16_t Device::describe(uint32_t page, uint32_t argument, MutableBytes data) {
    if (rules_.dialect == Dialect::k2023) {
        // The rest of these pages is the host's: the namespace is a block namespace.
        if (page == CSD_PAGE_IDENTIFY_NAMESPACE) {
            nvme::write_extensions(extensions(), data);
        } else if (page == CSD_PAGE_LOG_EFFECTS) {
            nvme::write_effects_log(rules_, data);
        } else {
            return nvme::kInvalidField;
        }
        return nvme::kSuccess;
    }
    std::fill(data.begin(), data.end(), uint8_t{0});
    switch (page) {
        case CSD_PAGE_IDENTIFY_NAMESPACE:
            nvme::write_compatible_namespace(describe_namespace(), data);
            return nvme::kSuccess;
        case CSD_PAGE_IDENTIFY_KV_NAMESPACE:
        case CSD_PAGE_IDENTIFY_KV_ALLOCATED:
            nvme::write_key_value_namespace(describe_namespace(), data);
            return nvme::kSuccess;
        case CSD_PAGE_IDENTIFY_KV_FORMAT:
            if (argument != 0) return nvme::kInvalidField;
            nvme::write_key_value_format(describe_format(), data);
            return nvme::kSuccess;
        case CSD_PAGE_IDENTIFY_KV_CONTROLLER:
            nvme::write_key_value_controller(data);
            return nvme::kSuccess;
        case CSD_PAGE_IDENTIFY_INDEPENDENT:
            nvme::write_independent_namespace(data);
            return nvme::kSuccess;
        case CSD_PAGE_LOG_EFFECTS: nvme::write_effects_log(rules_, data); return nvme::kSuccess;
        default: return nvme::kInvalidField;
    }
}

// The one value of the feature persists, so what a reset would bring back is what there is.
uint32_t Device::configuration(nvme::FeatureSelect select) const {
    if (rules_.dialect == Dialect::k2023) return kFeatureAnswerOf2023;
    switch (select) {
        case nvme::FeatureSelect::kDefault: return 0;
        case nvme::FeatureSelect::kCapabilities: return nvme::kKeyValueCapabilities;
        case nvme::FeatureSelect::kCurrent:
        case nvme::FeatureSelect::kSaved: break;
    }
    return store_->settings().delete_missing_is_error ? nvme::kEdnek : 0;
}

uint16_t Device::admin(const nvme::Sqe& sqe, uint32_t* dw0) {
    const nvme::DecodedAdmin decoded = nvme::decode_admin(sqe, rules_.dialect);
    if (decoded.status != nvme::kSuccess) return decoded.status;
    if (const auto* get = std::get_if<nvme::GetConfiguration>(&decoded.command)) {
        *dw0 = configuration(get->select);
        return nvme::kSuccess;
    }
    if (const auto* set = std::get_if<nvme::SetConfiguration>(&decoded.command)) {
        return set_feature(nvme::kFeatureKeyValue, set->delete_missing_is_error ? nvme::kEdnek : 0);
    }
    return format(0);
}

uint16_t Device::get_feature(uint8_t fid, uint32_t* dw0) {
    if (fid != nvme::kFeatureKeyValue) return nvme::kInvalidField;
    *dw0 = configuration(nvme::FeatureSelect::kCurrent);
    return nvme::kSuccess;
}

uint16_t Device::set_feature(uint8_t fid, uint32_t cdw11) {
    if (fid != nvme::kFeatureKeyValue || rules_.dialect == Dialect::k2023 ||
        (cdw11 & ~nvme::kEdnek) != 0) {
        return nvme::kInvalidField;
    }
    store::Settings settings = store_->settings();
    settings.delete_missing_is_error = (cdw11 & nvme::kEdnek) != 0;
    return nvme_status(store_->change_settings(settings).code(), rules_.dialect);
}

uint16_t Device::flush() {
    return nvme_status(store_->flush(CancelToken()).code(), rules_.dialect);
}

uint16_t Device::format(uint32_t format_index) {
    if (format_index != 0) return nvme::kInvalidFormat;
    return nvme_status(store_->format().code(), rules_.dialect);
}

}  // namespace csd::device
