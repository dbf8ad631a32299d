// SPDX-License-Identifier: BSD-3-Clause
//
// What the drive is told while it waits to be killed.
//
// An operation follows from a seed and from the state before it, so that the parent, which sees only how many
// operations began and ended, knows what they were.
#pragma once

#include <random>

#include "crash/state.hpp"

namespace csd::crash {

using Random = std::mt19937_64;

enum class Kind : uint8_t {
    kStore,
    kStaged,     // several pieces, then the last one
    kAbandoned,  // pieces without a last one
    kAppend,
    kCompose,
    kDelete,
    kFormat,
    kFlush,
    kSetEdnek,
    kSelect,
};

struct Operation {
    Kind kind = Kind::kFlush;
    int place = 0;
    Content pieces;            // to store or to append
    std::vector<int> sources;  // of a compose
    bool must_exist = false;
    bool must_not_exist = false;
    bool flag = false;  // guarded append, delete the sources, the value of EDNEK
};

// One of the threads that share a drive; each has places of its own.
struct Lane {
    int index = 0;
    int count = 1;
    bool selects = false;

    bool owns(int place) const { return place < kKeys ? place % count == index : index == 0; }
};

Operation next_operation(Random& random, const Lane& lane, const State& state);

// What must come of it. A kill may leave any one of the outcomes; the last of them is what an acknowledged
// operation leaves. Nothing in between.
struct Expectation {
    uint16_t status = 0;
    std::vector<Delta> outcomes;
};
Expectation expect(const Operation& operation, const State& state);

std::string describe(const Operation& operation);

}  // namespace csd::crash
