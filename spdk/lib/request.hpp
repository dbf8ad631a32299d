// SPDX-License-Identifier: BSD-3-Clause
//
// Request: what lies inside the caller's struct csd_kv_request while a command is in flight.
//
// A verb is one command, or, for a large value, a run of commands driven by `step`: then the completion of each goes to
// the step, which sends the next one or finishes the request. Only the first half is touched by a verb of one command.
// Tested by core_test.cc and large_test.cc.
#pragma once

#include <array>
#include <new>
#include <type_traits>

#include "csd/key.hpp"
#include "csd/spdk/kv.h"
#include "nvme/identify.hpp"

namespace csd::spdk {

class Core;

struct Callback {
    spdk_nvme_cmd_cb function;
    void* argument;
};

// The data of a verb: one buffer, or iovecs of the caller.
struct Data {
    void* buffer = nullptr;
    const iovec* iov = nullptr;
    int iovcnt = 0;
    uint64_t bytes = 0;

    bool scattered() const { return iov != nullptr; }
};

inline constexpr int kWindowSegments = 16;

// A place in the data.
struct Place {
    uint64_t moved = 0;  // bytes before it
    int segment = 0;     // of scattered data
    size_t segment_offset = 0;
};

// A value on its way in several commands.
struct Large {
    Key key;
    uint32_t flags;
    uint8_t tries;
    bool after;       // the pieces are all there; the second description is on its way
    uint64_t offset;  // in the value, where the data begins
    uint64_t total;   // bytes to move
    Place place;      // of the next piece
    Data data;
    iovec window[kWindowSegments];  // the piece of scattered data that is being moved
    nvme::ValueDescription before;
    // A description is fetched into the front of the caller's buffer; what was there waits here.
    std::array<uint8_t, nvme::kDescribeBytes> borrowed;
    struct Request* next;  // of those that store large values
    bool waits;            // for another of them that stores under its key
};

struct Request {
    using Step = void (*)(Request&, const spdk_nvme_cpl&);
    enum class State : uint8_t { kSubmitting, kAnswered, kSent };

    Core* core;
    Callback done;
    Step step;  // nothing: the completion is the caller's
    State state;
    bool admin;
    int iovcnt;  // of the command's data, if iov is set
    const iovec* iov;
    void* buffer;
    uint32_t bytes;
    uint32_t segment;  // how far the driver has come in iov
    size_t segment_offset;
    spdk_nvme_cmd command;

    spdk_nvme_cpl answer;  // that came while the command was being submitted
    Request* next_stalled;
    spdk_bdev_io_wait_entry wait;
    Large large;
};
static_assert(sizeof(Request) <= sizeof(csd_kv_request), "csd_kv_request must have room");
static_assert(alignof(Request) <= alignof(csd_kv_request));
static_assert(std::is_trivially_destructible_v<Request>);

// Nothing is cleared: each verb sets what it uses.
inline Request& request_in(csd_kv_request* memory) {
    return *reinterpret_cast<Request*>(memory);
}

}  // namespace csd::spdk
