// SPDX-License-Identifier: BSD-3-Clause
//
// THE HINGE: the commands of the drive as plain data, with encode and decode side by side.
//
//     Sqe sqe = encode(Store{.key = key, .bytes = 4096}, Dialect::kKeyValue, nsid);   // host side
//     Decoded d = decode(sqe, rules);                                                   // drive
//     side if (d.status != 0) ...; else std::visit(execute, d.command);
//
// docs/command-set.md is the normative description of every field; golden_vectors.hpp holds the
// worked bytes that both directions are tested against. Pure functions, no allocation, no I/O; any
// thread. Tested by command_test.cc and command_property_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>
#include <variant>

#include "base/bytes.hpp"
#include "csd/extensions.hpp"
#include "csd/key.hpp"
#include "nvme/status.hpp"

namespace csd::nvme {

inline constexpr uint8_t kCsiNvm = 0x00;
inline constexpr uint8_t kCsiKeyValue = 0x01;

enum class Opcode : uint8_t {
    kFlush = 0x00,
    kStore = 0x01,
    kRetrieve = 0x02,
    kList = 0x06,
    kDelete = 0x10,
    kExist = 0x14,
    kExtendedStore = 0x81,
    kExtendedRetrieve = 0x82,
    kSelectSend = 0x85,
    kSelectRetrieve = 0x86,
    kCompose = 0x8D,
};

// Bits 1:0 of every opcode: which way the data goes. A host kernel believes these bits.
enum class Direction : uint8_t { kNone = 0, kHostToDrive = 1, kDriveToHost = 2 };
constexpr Direction direction_of(uint8_t opcode) {
    return static_cast<Direction>(opcode & 3);
}

// A submission queue entry, 64 bytes as they lie in memory: sixteen little-endian dwords.
struct Sqe {
    alignas(8) std::array<uint8_t, 64> bytes{};

    uint32_t dword(size_t index) const { return load_le<uint32_t>(bytes, 4 * index); }
    void set_dword(size_t index, uint32_t value) { store_le<uint32_t>(bytes, 4 * index, value); }
    uint8_t opcode() const { return bytes[0]; }
    uint32_t nsid() const { return dword(1); }
};
static_assert(sizeof(Sqe) == 64);

// What a completion queue entry says of the command. `status` is the Status Field without the phase
// bit (SC in bits 7:0, SCT in 10:8, More in 13, DNR in 14), as Linux and nvme-cli show it; 0 is
// success.
struct Cqe {
    uint32_t dw0 = 0;
    uint32_t dw1 = 0;
    uint16_t status = 0;

    uint64_t result() const { return static_cast<uint64_t>(dw1) << 32 | dw0; }
};

inline constexpr uint8_t kDataFormats = 3;

// Common to Store, Extended Store and Compose: [8] and [9] of CDW11.
struct StoreCondition {
    bool must_exist = false;      // else 87h; nothing is stored
    bool must_not_exist = false;  // else 89h

    friend bool operator==(const StoreCondition&, const StoreCondition&) = default;
};

struct Flush {
    friend bool operator==(const Flush&, const Flush&) = default;
};

// 01h on a Key Value namespace; 81h with the extended fields.
struct Store {
    Key key;
    uint32_t bytes = 0;  // of data in this command
    StoreCondition condition;
    bool no_compression = false;  // bit 10 of 01h and of the 2023 dialect: accepted, nothing to do
    // Travels as 81h, as always on 2023; the fields below are zero otherwise.
    bool extended = false;
    bool append = false;
    bool at_offset = false;
    bool more = false;
    uint64_t offset = 0;

    friend bool operator==(const Store&, const Store&) = default;
};

struct Retrieve {
    Key key;             // empty only with describe: the Identify page
    uint32_t bytes = 0;  // of host buffer; 0 asks for the size only
    bool raw = false;    // RO bit 8 of 02h: accepted, nothing is ever compressed
    // Travels as 82h, as always on 2023; the fields below are zero otherwise.
    bool extended = false;
    bool describe = false;
    uint64_t offset = 0;

    friend bool operator==(const Retrieve&, const Retrieve&) = default;
};

struct List {
    Key start;  // empty: from the first key
    uint32_t bytes = 0;

    friend bool operator==(const List&, const List&) = default;
};

struct Delete {
    Key key;

    friend bool operator==(const Delete&, const Delete&) = default;
};

struct Exist {
    Key key;

    friend bool operator==(const Exist&, const Exist&) = default;
};

struct SelectSend {
    Key key;
    uint32_t bytes = 0;         // of data: options, then SQL
    uint32_t option_bytes = 0;  // at the front of the data; never more than `bytes`
    bool input_header = false;
    bool output_header = false;
    bool asynchronous = false;
    DataFormat input = DataFormat::kCsv;
    DataFormat output = DataFormat::kCsv;

    friend bool operator==(const SelectSend&, const SelectSend&) = default;
};

struct SelectRetrieve {
    uint32_t id = 0;  // 0: the text of this controller's last failed select
    uint32_t bytes = 0;
    bool keep = false;
    bool keep_unless_all = false;
    bool describe = false;
    uint64_t offset = 0;

    friend bool operator==(const SelectRetrieve&, const SelectRetrieve&) = default;
};

struct Compose {
    Key key;
    uint32_t bytes = 0;  // of data: the list of sources, see list_page.hpp
    StoreCondition condition;
    bool delete_sources = false;

    friend bool operator==(const Compose&, const Compose&) = default;
};

using Command =
    std::variant<Flush, Store, Retrieve, List, Delete, Exist, SelectSend, SelectRetrieve, Compose>;
static_assert(std::is_trivially_copyable_v<Command>,
              "a Command lies inside a C struct of the host");

// What the drive allows, as far as decoding must know.
struct Rules {
    Dialect dialect = Dialect::kKeyValue;
    bool extensions = true;           // false: 81h-8Dh are Invalid Opcode on a Key Value namespace
    uint32_t max_transfer_bytes = 0;  // 0: no limit but the 32 bits of CDW10
    uint32_t max_sql_bytes = 0;       // without the options in front; 0: no limit of its own
};

struct Decoded {
    uint16_t status = 0;  // an NVMe status; the command means something only when it is 0
    Direction direction =
        Direction::kNone;     // kNone when there is nothing to move, as for a size query
    uint32_t data_bytes = 0;  // to move in that direction; bounded by the rules
    Command command;
};

// Turns a submission queue entry into a typed command. Judges everything that the entry alone can
// tell: opcode, key length, reserved fields, contradictory options, transfer size, formats. It does
// not look at NSID, PSDT, FUSE or the data pointer: those belong to the host's controller.
Decoded decode(const Sqe& sqe, const Rules& rules);

// Builds the submission queue entry; the data pointer and the command identifier are the
// transport's. What a dialect cannot say is a programming error (assert): on 2023 Compose,
// describe, staged pieces, guarded appends, options of a select and offsets from 4 GiB on. Flush is
// the base command in both; on 2023 it belongs to the block namespace, so decode() does not know it
// there.
Sqe encode(const Command& command, Dialect dialect, uint32_t nsid);

// Bytes 8..15 and 56..63 of an entry as a key of `size` bytes, and the reverse. `size` <= 16.
Key unpack_key(const Sqe& sqe, size_t size, Dialect dialect);
void pack_key(const Key& key, Dialect dialect, Sqe& sqe);

}  // namespace csd::nvme
