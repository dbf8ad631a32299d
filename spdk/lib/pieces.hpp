// SPDX-License-Identifier: BSD-3-Clause
//
// The data of a large value, piece by piece. Tested by large_test.cc.
#pragma once

#include "request.hpp"

namespace csd::spdk {

// Makes `bytes` of the data, from the place on, the data of the request's command, or less: of scattered data no more
// than the window has segments for. What lies in one segment becomes one buffer.
void set_piece(Request& request, const Place& place, uint64_t bytes);

// Counts the piece that was set as moved.
void piece_moved(Request& request);

// The first bytes of the data, as long as a description: out of it, and back.
void borrow_front(Large& large);
void restore_front(Large& large);
// What a description left there, once it has been put in order by restore_front().
nvme::ValueDescription take_description(Large& large);

}  // namespace csd::spdk
