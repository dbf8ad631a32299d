// SPDX-License-Identifier: BSD-3-Clause
//
// The names of statuses, as the specifications and nvme-cli write them. Tested by status_test.cc.
#include "nvme/status.hpp"

#include <cstdio>

namespace csd::nvme {
namespace {

struct Name {
    uint16_t kind;  // SCT and SC, without Do Not Retry
    const char* text;
};

// Beside what this drive returns: what a controller, a target or a kernel in between may say.
constexpr Name kNames[] = {
    {0x000, "Successful Completion"},
    {0x001, "Invalid Command Opcode"},
    {0x002, "Invalid Field in Command"},
    {0x003, "Command ID Conflict"},
    {0x004, "Data Transfer Error"},
    {0x005, "Commands Aborted due to Power Loss Notification"},
    {0x006, "Internal Error"},
    {0x007, "Command Abort Requested"},
    {0x008, "Command Aborted due to SQ Deletion"},
    {0x00B, "Invalid Namespace or Format"},
    {0x00C, "Command Sequence Error"},
    {0x00D, "Invalid SGL Segment Descriptor"},
    {0x00E, "Invalid Number of SGL Descriptors"},
    {0x00F, "Data SGL Length Invalid"},
    {0x011, "SGL Descriptor Type Invalid"},
    {0x013, "PRP Offset Invalid"},
    {0x015, "Operation Denied"},
    {0x01C, "Sanitize Failed"},
    {0x01D, "Sanitize In Progress"},
    {0x020, "Namespace is Write Protected"},
    {0x081, "Capacity Exceeded"},
    {0x082, "Namespace Not Ready"},
    {0x083, "Reservation Conflict"},
    {0x084, "Format In Progress"},
    {0x085, "Invalid Value Size"},
    {0x086, "Invalid Key Size"},
    {0x087, "KV Key Does Not Exist"},
    {0x088, "Unrecovered Error"},
    {0x089, "Key Exists"},
    {0x090, "Invalid Data Format"},
    {0x109, "Invalid Log Page"},
    {0x10A, "Invalid Format"},
    {0x10D, "Feature Identifier Not Saveable"},
    {0x12B, "I/O Command Set Combination Rejected"},
    {0x12C, "Invalid I/O Command Set"},
    {0x370, "Host Pathing Error"},
    {0x371, "Command Aborted By Host"},
    {0x701, "Query Refused"},
    {0x702, "Value Not Readable As Format"},
    {0x703, "Query Failed"},
    {0x704, "Query Limit Exceeded"},
    {0x705, "Query Engine Failure"},
    {0x706, "Query Engine Busy"},
    {0x707, "Query Still Running"},
    {0x708, "Offset Mismatch"},
};

const char* name_of(uint16_t kind) {
    for (const Name& name : kNames) {
        if (name.kind == kind) return name.text;
    }
    return "Unknown Status";
}

}  // namespace

std::string status_name(uint16_t status) {
    char numbers[32];
    std::snprintf(numbers, sizeof numbers, " (SCT %Xh, SC %02Xh)", status_code_type(status),
                  status_code(status));
    return std::string(name_of(status_kind(status))) + numbers;
}

}  // namespace csd::nvme
