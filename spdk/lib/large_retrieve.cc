// SPDX-License-Identifier: BSD-3-Clause
//
// A retrieve of more than one transfer: the value's size and version, its pieces, and the version again.
//
// The descriptions travel through the first 64 bytes of the caller's own buffer, so that nothing has to be allocated.
// The 2023 dialect has no descriptions; there each piece tells the size, and they must agree.
// Tested by large_test.cc.
#include <algorithm>

#include "core.hpp"
#include "pieces.hpp"

namespace csd::spdk {
namespace {

constexpr uint8_t kTries = 4;

// How much of a value of `size` bytes the caller has room for.
uint64_t wanted_of(const Large& large, uint64_t size) {
    return size > large.offset ? std::min(size - large.offset, large.data.bytes) : 0;
}

}  // namespace

int Core::retrieve_large(Request& request, const Key& key, const Data& data, uint64_t offset,
                         Callback done) {
    if (!has(CSD_KV_HAS_OFFSET)) return -ENOTSUP;
    // No piece may begin beyond what the dialect can say.
    if (is_2023() && data.bytes > UINT32_MAX - offset) return -EINVAL;
    const int rc = start_large(request, key, data, done);
    if (rc != 0) return rc;
    request.large.offset = offset;
    request.large.tries = 1;
    request.large.before = {};
    if (is_2023()) {
        prepare_retrieve(request);
    } else {
        request.large.after = false;
        prepare_description(request);
        if (request.bytes < nvme::kDescribeBytes) return -EINVAL;  // crumbs
    }
    return start(request);
}

void Core::prepare_retrieve(Request& request) {
    Large& large = request.large;
    const uint64_t left = large.total - large.place.moved;
    set_piece(request, large.place, std::min<uint64_t>(left, info_.max_transfer_bytes));
    nvme::Retrieve command;
    command.key = large.key;
    command.bytes = request.bytes;
    command.extended = true;
    command.offset = large.offset + large.place.moved;
    encode(request, command);
    request.step = retrieved_piece;
}

void Core::prepare_description(Request& request) {
    Large& large = request.large;
    borrow_front(large);
    set_piece(request, Place{}, nvme::kDescribeBytes);
    nvme::Retrieve command;
    command.key = large.key;
    command.bytes = request.bytes;
    command.extended = true;
    command.describe = true;
    encode(request, command);
    request.step = described;
}

void Core::described(Request& request, const spdk_nvme_cpl& completion) {
    Core& core = *request.core;
    Large& large = request.large;
    restore_front(large);
    if (!succeeded(completion)) return core.finish(request, completion);
    const nvme::ValueDescription now = take_description(large);
    if (large.after && now.size == large.before.size && now.version == large.before.version) {
        return core.finish(request, completion_of(nvme::kSuccess, now.size));
    }
    if (large.after && large.tries++ == kTries) {
        return core.finish(request, completion_of(nvme::kOffsetMismatch));
    }
    // The first description, or the value has changed: its pieces, from the beginning.
    large.before = now;
    large.after = false;
    large.total = wanted_of(large, now.size);
    if (large.total == 0) return core.finish(request, completion_of(nvme::kSuccess, now.size));
    large.place = {};
    core.prepare_retrieve(request);
    core.go_on(request);
}

void Core::retrieved_piece(Request& request, const spdk_nvme_cpl& completion) {
    Core& core = *request.core;
    Large& large = request.large;
    if (!succeeded(completion)) return core.finish(request, completion);
    if (core.is_2023()) {
        if (large.place.moved == 0) {
            large.before.size = completion.cdw0;
            large.total = wanted_of(large, completion.cdw0);
        } else if (large.before.size != completion.cdw0) {
            if (large.tries++ == kTries) {
                return core.finish(request, completion_of(nvme::kUnrecoveredError));
            }
            large.total = large.data.bytes;
            large.place = {};
            core.prepare_retrieve(request);
            return core.go_on(request);
        }
    }
    piece_moved(request);
    if (large.place.moved < large.total) {
        core.prepare_retrieve(request);
        return core.go_on(request);
    }
    if (core.is_2023()) return core.finish(request, completion);
    large.after = true;
    core.prepare_description(request);
    core.go_on(request);
}

}  // namespace csd::spdk
