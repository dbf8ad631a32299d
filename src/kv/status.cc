// SPDX-License-Identifier: BSD-3-Clause
// Tested by status_test.cc.
#include "kv/status.hpp"

namespace csd::kv {
namespace {

struct Row {
    uint16_t status;
    Code code;
    const char* sentence;
};

constexpr uint16_t generic(uint8_t sc) {
    return nvme::make_status(nvme::kSctGeneric, sc, false);
}
constexpr uint16_t specific(uint8_t sc) {
    return nvme::make_status(nvme::kSctCommandSpecific, sc, false);
}
constexpr uint16_t vendor(uint8_t sc) {
    return nvme::make_status(nvme::kSctVendor, sc, false);
}

constexpr Row kRows[] = {
    {generic(0x01), Code::kInvalidOpcode, "the drive does not know the command"},
    {generic(0x02), Code::kInvalidField, "the drive refused a field of the command"},
    {generic(0x04), Code::kTransport, "the data could not be moved"},
    {generic(0x06), Code::kInternal, "the drive has an internal error"},
    {generic(0x07), Code::kAborted, "the command was cancelled"},
    {generic(0x08), Code::kTransport, "the queue went away: the drive was reset or removed"},
    {generic(0x0B), Code::kInvalidField, "there is no such namespace or format"},
    {generic(0x15), Code::kTransport,
     "the system refused the command; NVMe passthrough needs CAP_SYS_ADMIN, which root has"},
    {generic(0x81), Code::kNoSpace, "the drive is full"},
    {generic(0x82), Code::kNotReady, "the namespace is not ready"},
    {generic(0x83), Code::kNotReady, "another host has reserved the namespace"},
    {generic(0x84), Code::kFormatInProgress, "the namespace is being formatted"},
    {generic(0x85), Code::kInvalidValueSize, "the value is larger than the drive allows"},
    {generic(0x86), Code::kInvalidKeySize, "the key length is not allowed"},
    {generic(0x87), Code::kNotFound, "the key does not exist"},
    {generic(0x88), Code::kIo, "the storage of the drive failed"},
    {generic(0x89), Code::kExists, "the key exists"},
    {generic(0x90), Code::kInvalidFormat, "the drive does not know the data format"},
    // Revision 1.0 of the Key Value Command Set called these command specific.
    {specific(0x81), Code::kNoSpace, "the drive is full"},
    {specific(0x85), Code::kInvalidValueSize, "the value is larger than the drive allows"},
    {specific(0x86), Code::kInvalidKeySize, "the key length is not allowed"},
    {specific(0x87), Code::kNotFound, "the key does not exist"},
    {specific(0x88), Code::kIo, "the storage of the drive failed"},
    {specific(0x89), Code::kExists, "the key exists"},
    {specific(0x0A), Code::kInvalidField, "there is no such format"},
    {specific(0x2C), Code::kInvalidField, "the namespace has another command set"},
    {vendor(0x01), Code::kQueryRefused, "the SQL is not one permitted SELECT"},
    {vendor(0x02), Code::kQueryData, "the value could not be read as the format given"},
    {vendor(0x03), Code::kQueryFailed, "the query failed while running"},
    {vendor(0x04), Code::kQueryLimit, "the query hit a limit of time, memory or result size"},
    {vendor(0x05), Code::kQueryEngine, "the query engine failed; the drive is well"},
    {vendor(0x06), Code::kQueryBusy, "the drive has no room for another query now"},
    {vendor(0x07), Code::kQueryRunning, "the query is still running"},
    {vendor(0x08), Code::kOffsetMismatch, "the value does not have the expected size"},
};

constexpr uint8_t kSctPath = 3;

const Row* find(uint16_t status) {
    for (const Row& row : kRows) {
        if (row.status == nvme::status_kind(status)) return &row;
    }
    return nullptr;
}

}  // namespace

Code to_code(uint16_t nvme_status) {
    if (nvme::status_kind(nvme_status) == nvme::kSuccess) return Code::kOk;
    if (nvme::status_code_type(nvme_status) == kSctPath) return Code::kTransport;
    const Row* row = find(nvme_status);
    return row != nullptr ? row->code : Code::kIo;
}

Status to_status(uint16_t nvme_status) {
    const Code code = to_code(nvme_status);
    if (code == Code::kOk) return {};
    if (nvme::status_code_type(nvme_status) == kSctPath) {
        // Linux says this of a command that it was given during a reset.
        return {code, "the drive cannot be reached, as it is being reset or was removed: " +
                          nvme::status_name(nvme_status)};
    }
    if (const Row* row = find(nvme_status)) return {code, row->sentence};
    return {code, "the drive failed: " + nvme::status_name(nvme_status)};
}

}  // namespace csd::kv
