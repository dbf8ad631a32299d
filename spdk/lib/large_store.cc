// SPDX-License-Identifier: BSD-3-Clause
//
// A store of more than one transfer.
//
// With the extension `more`: pieces join a hidden value in order, each sent when the one before is there, and the last
// makes it the value. On the 2023 dialect: a store, and appends. The hidden value belongs to the controller and the key,
// so two such stores of one key would mix their pieces: within a handle they take turns.
// Tested by large_test.cc.
#include <algorithm>

#include "core.hpp"
#include "pieces.hpp"

namespace csd::spdk {

int Core::store_large(Request& request, const Key& key, const Data& data, uint32_t flags,
                      Callback done) {
    if (!is_2023() && !has(CSD_KV_HAS_MORE)) return -ENOTSUP;
    if (info_.max_value_bytes != 0 && data.bytes > info_.max_value_bytes) return -EINVAL;
    const int rc = start_large(request, key, data, done);
    if (rc != 0) return rc;
    request.step = stored_piece;
    request.large.flags = flags;
    prepare_store(request);
    if (take_turn(request)) {
        const int submitted = start(request);
        if (submitted != 0) end_turn(request);
        return submitted;
    }
    request.core = this;
    in_flight_++;
    return 0;
}

// What both directions begin with.
int Core::start_large(Request& request, const Key& key, const Data& data, Callback done) {
    if (done.function == nullptr) return -EINVAL;
    if (data.scattered() && !info_.scattered_buffers) return -ENOTSUP;
    if (!data.scattered() && data.buffer == nullptr) return -EINVAL;
    if (!takes_pieces_of(data)) return -EFAULT;
    request.done = done;
    request.admin = false;
    Large& large = request.large;
    large.key = key;
    large.data = data;
    large.total = data.bytes;
    large.place = {};
    return 0;
}

void Core::prepare_store(Request& request) {
    const Large& large = request.large;
    const uint64_t left = large.total - large.place.moved;
    set_piece(request, large.place, std::min<uint64_t>(left, info_.max_transfer_bytes));
    const bool first = large.place.moved == 0;
    const bool last = request.bytes == left;
    nvme::Store command;
    command.key = large.key;
    command.bytes = request.bytes;
    command.extended = true;
    if (is_2023()) {
        command.append = !first;
    } else {
        command.more = !last;
        command.offset = large.place.moved;
    }
    if (is_2023() ? first : last) {
        command.condition = {.must_exist = (large.flags & CSD_KV_MUST_EXIST) != 0,
                             .must_not_exist = (large.flags & CSD_KV_MUST_NOT_EXIST) != 0};
    }
    encode(request, command);
}

void Core::stored_piece(Request& request, const spdk_nvme_cpl& completion) {
    Core& core = *request.core;
    if (succeeded(completion)) {
        piece_moved(request);
        if (request.large.place.moved < request.large.total) {
            core.prepare_store(request);
            return core.go_on(request);
        }
    }
    core.end_turn(request);
    core.finish(request, completion);
}

// False: another store of the key has the turn, and end_turn() will start this one.
bool Core::take_turn(Request& request) {
    Request** end = &large_stores_;
    bool free = true;
    for (; *end != nullptr; end = &(*end)->large.next) {
        if ((*end)->large.key == request.large.key) free = false;
    }
    request.large.next = nullptr;
    request.large.waits = !free;
    *end = &request;
    return free;
}

void Core::end_turn(Request& request) {
    Request** place = &large_stores_;
    while (*place != &request) place = &(*place)->large.next;
    *place = request.large.next;
    for (Request* next = *place; next != nullptr; next = next->large.next) {
        if (next->large.key != request.large.key) continue;
        next->large.waits = false;
        return go_on(*next);
    }
}

}  // namespace csd::spdk
