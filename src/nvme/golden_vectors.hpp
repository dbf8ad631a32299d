// SPDX-License-Identifier: BSD-3-Clause
//
// Worked bytes of the command set: what both directions are tested against, and what docs/command-set.md prints.
//
// They were written down from the specification and not with our encoder. Used by command_test.cc,
// list_page_test.cc, identify_test.cc and, to hold the page to them, docs_test.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "nvme/command.hpp"

namespace csd::nvme::golden {

// A hex dump: "0010: 01 02 ..." with at most sixteen bytes in a line. Lines left out of a page are zero.
struct Dump {
    size_t size;
    std::string_view text;

    std::vector<uint8_t> bytes() const {
        std::vector<uint8_t> bytes(size);
        std::istringstream lines{std::string(text)};
        for (std::string line; std::getline(lines, line);) {
            if (line.empty()) continue;
            size_t at = std::stoul(line.substr(0, 4), nullptr, 16);
            std::istringstream digits(line.substr(5));
            for (std::string byte; digits >> byte;)
                bytes.at(at++) = static_cast<uint8_t>(std::stoul(byte, nullptr, 16));
        }
        return bytes;
    }
};

// Bytes that are refused have a status and no command.
struct Entry {
    std::string_view name;
    Dialect dialect;
    Command command;
    uint16_t status;
    std::string_view text;

    Sqe sqe() const {
        Sqe sqe;
        std::ranges::copy(Dump{sqe.bytes.size(), text}.bytes(), sqe.bytes.begin());
        return sqe;
    }
};

struct Data {
    std::string_view name;
    Dump dump;
};

// What the drive of the examples allows.
inline Rules rules(Dialect dialect) {
    return {.dialect = dialect,
            .extensions = true,
            .max_transfer_bytes = 2 * 1024 * 1024,
            .max_sql_bytes = 65536};
}

inline Key key(std::string_view text) {
    return *Key::from_text(text);
}

// Namespace 1; command identifier and data pointer are zero, because they are the transport's.
inline const std::vector<Entry>& entries() {
    static const std::vector<Entry> kEntries = {
        {"flush", Dialect::kKeyValue, Flush{}, kSuccess, R"(
0000: 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"store", Dialect::kKeyValue, Store{.key = key("test_key"), .bytes = 5}, kSuccess, R"(
0000: 01 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"store-if-absent", Dialect::kKeyValue,
         Store{.key = key("0123456789abcdef"), .bytes = 5, .condition = {.must_not_exist = true}},
         kSuccess, R"(
0000: 01 00 00 00 01 00 00 00 30 31 32 33 34 35 36 37
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 10 02 00 00
0030: 00 00 00 00 00 00 00 00 38 39 61 62 63 64 65 66
)"},
        {"retrieve", Dialect::kKeyValue, Retrieve{.key = key("test_key"), .bytes = 4096}, kSuccess,
         R"(
0000: 02 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"list", Dialect::kKeyValue, List{.bytes = 4096}, kSuccess, R"(
0000: 06 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 00 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"list-from", Dialect::kKeyValue, List{.start = key("test_key"), .bytes = 4096}, kSuccess,
         R"(
0000: 06 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"delete", Dialect::kKeyValue, Delete{.key = key("test_key")}, kSuccess, R"(
0000: 10 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"exist", Dialect::kKeyValue, Exist{.key = key("test_key")}, kSuccess, R"(
0000: 14 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"append", Dialect::kKeyValue,
         Store{.key = key("test_key"),
               .bytes = 6,
               .extended = true,
               .append = true,
               .at_offset = true,
               .offset = 5},
         kSuccess, R"(
0000: 81 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 06 00 00 00 08 18 00 00
0030: 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"first-piece", Dialect::kKeyValue,
         Store{.key = key("test_key"), .bytes = 262144, .extended = true, .more = true}, kSuccess,
         R"(
0000: 81 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 04 00 08 20 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"last-piece", Dialect::kKeyValue,
         Store{.key = key("test_key"), .bytes = 1000, .extended = true, .offset = 262144}, kSuccess,
         R"(
0000: 81 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 e8 03 00 00 08 00 00 00
0030: 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"retrieve-at", Dialect::kKeyValue,
         Retrieve{.key = key("test_key"), .bytes = 65536, .extended = true, .offset = 0x123456789},
         kSuccess, R"(
0000: 82 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 01 00 08 00 00 00
0030: 89 67 45 23 01 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"describe-value", Dialect::kKeyValue,
         Retrieve{.key = key("test_key"), .bytes = 64, .extended = true, .describe = true},
         kSuccess, R"(
0000: 82 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 40 00 00 00 08 01 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"describe-drive", Dialect::kKeyValue,
         Retrieve{.bytes = 4096, .extended = true, .describe = true}, kSuccess, R"(
0000: 82 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 00 01 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"select", Dialect::kKeyValue,
         SelectSend{
             .key = key("test_key"), .bytes = 22, .input_header = true, .output_header = true},
         kSuccess, R"(
0000: 85 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 16 00 00 00 08 03 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"select-with-options", Dialect::kKeyValue,
         SelectSend{.key = key("test_key"),
                    .bytes = 39,
                    .option_bytes = 17,
                    .input_header = true,
                    .asynchronous = true,
                    .output = DataFormat::kJson},
         kSuccess, R"(
0000: 85 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 27 00 00 00 08 05 00 01
0030: 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"fetch", Dialect::kKeyValue,
         SelectRetrieve{.id = 7, .bytes = 4096, .keep_unless_all = true}, kSuccess, R"(
0000: 86 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 02 00 00 00
0030: 00 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"fetch-at", Dialect::kKeyValue,
         SelectRetrieve{.id = 7, .bytes = 4096, .keep = true, .offset = 0x123456000}, kSuccess, R"(
0000: 86 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 01 00 00 00
0030: 00 60 45 23 07 00 00 00 01 00 00 00 00 00 00 00
)"},
        {"describe-result", Dialect::kKeyValue,
         SelectRetrieve{.id = 7, .bytes = 64, .describe = true}, kSuccess, R"(
0000: 86 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 40 00 00 00 04 00 00 00
0030: 00 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"describe-last-failure", Dialect::kKeyValue, SelectRetrieve{.bytes = 64, .describe = true},
         kSuccess, R"(
0000: 86 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 40 00 00 00 04 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"fetch-reason", Dialect::kKeyValue, SelectRetrieve{.bytes = 4096}, kSuccess, R"(
0000: 86 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 00 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"compose", Dialect::kKeyValue,
         Compose{.key = key("whole"), .bytes = 20, .delete_sources = true}, kSuccess, R"(
0000: 8d 00 00 00 01 00 00 00 77 68 6f 6c 65 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 14 00 00 00 05 10 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"2023-store", Dialect::k2023, Store{.key = key("test_key"), .bytes = 5, .extended = true},
         kSuccess, R"(
0000: 81 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-append", Dialect::k2023,
         Store{.key = key("0123456789abcdef"), .bytes = 6, .extended = true, .append = true},
         kSuccess, R"(
0000: 81 00 00 00 01 00 00 00 66 65 64 63 62 61 39 38
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 06 00 00 00 10 08 00 00
0030: 00 00 00 00 00 00 00 00 37 36 35 34 33 32 31 30
)"},
        {"2023-retrieve", Dialect::k2023,
         Retrieve{.key = key("test_key"), .bytes = 65536, .extended = true, .offset = 65536},
         kSuccess, R"(
0000: 82 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 01 00 08 00 00 00
0030: 00 00 01 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-list", Dialect::k2023, List{.start = key("test_key"), .bytes = 4096}, kSuccess, R"(
0000: 06 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-delete", Dialect::k2023, Delete{.key = key("test_key")}, kSuccess, R"(
0000: 10 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-exist", Dialect::k2023, Exist{.key = key("test_key")}, kSuccess, R"(
0000: 14 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-select", Dialect::k2023,
         SelectSend{.key = key("test_key"),
                    .bytes = 22,
                    .input_header = true,
                    .output = DataFormat::kParquet},
         kSuccess, R"(
0000: 85 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 16 00 00 00 08 01 00 02
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-fetch", Dialect::k2023,
         SelectRetrieve{.id = 7, .bytes = 4096, .keep_unless_all = true, .offset = 4096}, kSuccess,
         R"(
0000: 86 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 02 00 00 00
0030: 00 10 00 00 07 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-offset-in-store", Dialect::kKeyValue, Flush{}, kInvalidField, R"(
0000: 01 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 08 00 00 00
0030: 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-17-byte-key", Dialect::kKeyValue, Flush{}, kInvalidField, R"(
0000: 02 00 00 00 01 00 00 00 30 31 32 33 34 35 36 37
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 11 00 00 00
0030: 00 00 00 00 00 00 00 00 38 39 61 62 63 64 65 66
)"},
        {"refused-empty-key", Dialect::kKeyValue, Flush{}, kInvalidKeySize, R"(
0000: 14 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-both-conditions", Dialect::kKeyValue, Flush{}, kInvalidField, R"(
0000: 01 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 08 03 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-append-with-more", Dialect::kKeyValue, Flush{}, kInvalidField, R"(
0000: 81 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 08 28 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-large-store", Dialect::kKeyValue, Flush{}, kInvalidValueSize, R"(
0000: 01 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 01 00 20 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-large-retrieve", Dialect::kKeyValue, Flush{}, kInvalidField, R"(
0000: 02 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 01 00 20 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-format", Dialect::kKeyValue, Flush{}, kInvalidField, R"(
0000: 85 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 16 00 00 00 08 00 03 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-describe-at-offset", Dialect::kKeyValue, Flush{}, kInvalidField, R"(
0000: 86 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 40 00 00 00 04 00 00 00
0030: 10 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"refused-opcode", Dialect::kKeyValue, Flush{}, kInvalidOpcode, R"(
0000: 83 00 00 00 01 00 00 00 74 65 73 74 5f 6b 65 79
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 16 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"},
        {"2023-refused-read", Dialect::k2023, Flush{}, kInvalidOpcode, R"(
0000: 02 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-refused-17-byte-key", Dialect::k2023, Flush{}, kInvalidKeySize, R"(
0000: 82 00 00 00 01 00 00 00 66 65 64 63 62 61 39 38
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 10 00 00 11 00 00 00
0030: 00 00 00 00 00 00 00 00 37 36 35 34 33 32 31 30
)"},
        {"2023-refused-both-conditions", Dialect::k2023, Flush{}, kUnrecoveredError, R"(
0000: 81 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 05 00 00 00 08 03 00 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-refused-format", Dialect::k2023, Flush{}, kInvalidDataFormat2023, R"(
0000: 85 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 16 00 00 00 08 00 03 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
        {"2023-refused-large-retrieve", Dialect::k2023, Flush{}, kUnrecoveredError, R"(
0000: 82 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 01 00 20 00 08 00 00 00
0030: 00 00 00 00 00 00 00 00 79 65 6b 5f 74 73 65 74
)"},
    };
    return kEntries;
}

inline const std::vector<Data>& data() {
    static const std::vector<Data> kData = {
        {"list-data", {28, R"(
0000: 03 00 00 00 01 00 42 00 06 00 70 68 6f 74 6f 73
0010: 08 00 74 65 73 74 5f 6b 65 79 00 00
)"}},
        {"2023-list-data", {30, R"(
0000: 03 00 00 00 01 00 42 00 00 00 06 00 70 68 6f 74
0010: 6f 73 00 00 08 00 74 65 73 74 5f 6b 65 79
)"}},
        {"compose-data", {20, R"(
0000: 02 00 00 00 06 00 70 61 72 74 2d 31 06 00 70 61
0010: 72 74 2d 32
)"}},
        {"select-data", {22, R"(
0000: 73 65 6c 65 63 74 20 2a 20 66 72 6f 6d 20 73 33
0010: 6f 62 6a 65 63 74
)"}},
        {"select-with-options-data", {39, R"(
0000: 7b 22 64 65 6c 69 6d 69 74 65 72 22 3a 22 3b 22
0010: 7d 73 65 6c 65 63 74 20 2a 20 66 72 6f 6d 20 73
0020: 33 6f 62 6a 65 63 74
)"}},
        {"value-description", {64, R"(
0000: 00 00 00 40 01 00 00 00 2a 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"}},
        {"result-description", {64, R"(
0000: 40 e2 01 00 00 00 00 00 01 00 00 00 00 00 00 00
0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"}},
        {"reason-description", {64, R"(
0000: 4f 00 00 00 00 00 00 00 02 00 00 00 01 03 1e 00
0010: 07 00 00 00 14 00 00 00 05 00 00 00 00 00 00 00
0020: 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00
0030: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)"}},
        {"reason-text", {79, R"(
0000: 74 68 65 72 65 20 69 73 20 6e 6f 20 63 6f 6c 75
0010: 6d 6e 20 22 70 72 69 7a 65 22 3b 20 64 69 64 20
0020: 79 6f 75 20 6d 65 61 6e 20 22 70 72 69 63 65 22
0030: 3f 20 28 6c 69 6e 65 20 31 2c 20 63 6f 6c 75 6d
0040: 6e 20 38 20 6f 66 20 74 68 65 20 53 51 4c 29
)"}},
        {"kv-namespace", {4096, R"(
0000: 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00 00
0010: 45 23 01 00 00 00 00 00 00 00 00 00 00 00 00 00
0030: 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff
0040: 01 23 45 67 89 ab cd ef 10 00 00 00 00 00 20 00
0f00: 43 53 44 58 01 bf 07 00 00 00 00 00 00 10 00 00
0f10: 00 00 00 40 00 00 00 00 00 00 01 00 80 00 00 00
0f20: 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00 00
0f30: 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00 00
)"}},
        {"kv-format", {4096, R"(
0040: 00 00 00 00 00 00 00 00 10 00 00 00 00 00 20 00
)"}},
        {"kv-controller", {4096, R"(
0000: 00 03 01 00 00 00 00 00 00 00 00 00 00 00 00 00
)"}},
        {"independent-namespace", {4096, R"(
0000: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00
)"}},
        {"compatible-namespace", {4096, R"(
0000: 00 00 20 00 00 00 00 00 00 00 20 00 00 00 00 00
0010: 92 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0060: 00 00 00 00 00 00 00 00 00 11 22 33 44 55 66 77
0070: 88 99 aa bb cc dd ee ff 01 23 45 67 89 ab cd ef
0080: 00 00 09 00 00 00 00 00 00 00 00 00 00 00 00 00
)"}},
        {"effects-log", {4096, R"(
0400: 01 00 00 00 03 00 00 00 01 00 00 00 00 00 00 00
0410: 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
0440: 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0450: 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0600: 00 00 00 00 03 00 00 00 01 00 00 00 00 00 00 00
0610: 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00
0630: 00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00
)"}},
        {"2023-effects-log", {4096, R"(
0410: 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
0440: 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0450: 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0600: 00 00 00 00 03 00 00 00 01 00 00 00 00 00 00 00
0610: 00 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00
)"}},
        {"2023-vendor-area", {4096, R"(
0f00: 43 53 44 58 01 07 07 01 00 00 00 00 00 10 00 00
0f10: 00 00 00 40 00 00 00 00 00 00 01 00 80 00 00 00
0f20: 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00 00
0f30: 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00 00
)"}},
    };
    return kData;
}

inline const Data& data(std::string_view name) {
    for (const Data& one : data()) {
        if (one.name == name) return one;
    }
    throw std::invalid_argument(std::string(name));
}

}  // namespace csd::nvme::golden
